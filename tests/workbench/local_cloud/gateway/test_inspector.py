"""The MCP Inspector's command line against a local gateway, as anybody may run it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, allow
from tests.workbench.local_cloud.gateway.test_inbound import Issuer, bearer, issuer

__all__ = ["issuer"]

INSPECTOR = Path(__file__).parents[3] / "inspector" / "node_modules" / ".bin" / "inspector"
pytestmark = pytest.mark.skipif(not INSPECTOR.exists(), reason="the MCP Inspector is installed by `make test`")


def inspect(url: str, home: Path, *arguments: str, succeeds: bool = True) -> Any:
    """Run the Inspector; what it printed, parsed."""
    command = [str(INSPECTOR), "--cli", url, "--transport", "http", *arguments]
    environment = {**os.environ, "HOME": str(home), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) is succeeds, done.stdout + done.stderr
    return json.loads(done.stdout) if succeeds else done.stdout + done.stderr


@pytest.fixture(scope="module")
def gateway(cloud: GatewayCloud, issuer: Issuer) -> Gateway:
    function = cloud.function("inspected")
    discovery = {"discoveryUrl": f"{issuer.url}/.well-known/openid-configuration", "allowedClients": ["app"]}
    made = cloud.gateway(
        "inspected",
        allow("lambda:InvokeFunction", function),
        protocolConfiguration={"mcp": {"searchType": "SEMANTIC"}},
        authorizerType="CUSTOM_JWT",
        authorizerConfiguration={"customJWTAuthorizer": discovery},
    )
    made.lambda_target("Echo", function)
    return made


@pytest.fixture
def authorization(issuer: Issuer) -> list[str]:
    return ["--header", f"Authorization: {bearer(issuer.token())['authorization']}"]


def test_inspector_lists_tools(gateway: Gateway, tmp_path: Path, authorization: list[str]) -> None:
    listed = inspect(gateway.url, tmp_path, "--method", "tools/list", *authorization)
    assert [tool["name"] for tool in listed["tools"]] == ["x_amz_bedrock_agentcore_search", "Echo___echo"]


def test_inspector_searches_and_calls(gateway: Gateway, tmp_path: Path, authorization: list[str]) -> None:
    call = ["--method", "tools/call", "--tool-name"]
    arguments = ["--tool-arg", "query=a tool that says what it hears"]
    found = inspect(gateway.url, tmp_path, *call, "x_amz_bedrock_agentcore_search", *arguments, *authorization)
    assert [tool["name"] for tool in found["structuredContent"]["tools"]] == ["Echo___echo"]
    called = inspect(gateway.url, tmp_path, *call, "Echo___echo", "--tool-arg", "text=hello", *authorization)
    assert json.loads(called["content"][0]["text"])["event"] == {"text": "hello"}


def test_inspector_without_a_token_stays_out(gateway: Gateway, tmp_path: Path) -> None:
    said = inspect(gateway.url, tmp_path, "--method", "tools/list", succeeds=False)
    assert "401" in said or "auth" in said.lower()
