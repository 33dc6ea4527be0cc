"""`examples/tool_gateway` on the local cloud: all six kinds of sources, deployed, used, changed, deleted."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import httpx
import httpx2
import pytest
from mcp import ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.serving import serving
from workbench.assembly import read_assembly
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.deploy import destroy
from workbench.local_cloud.sign_in import password_token
from workbench.permissions.access_log import read_decisions
from workbench.permissions.grants import RolePolicies
from workbench.permissions.report import PermissionReport, build_report

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples/tool_gateway"
PASSWORD = "Correct-Horse-9-Battery"
CLERK = "clerk@example.com"
WEATHER, GITHUB = "https://api.weather.example.com", "https://api.githubcopilot.com"
KEYS = {"tool-gateway/weather": "weather-key", "tool-gateway/github": "github-token"}
ALL_TOOLS = {
    "analyst___explain",
    "deliveries___track",
    "github___list_issues",
    "orders___get_order",
    "orders___refund_order",
    "stock___GetItem",
    "weather___get_forecast",
}

pytestmark = pytest.mark.local_cloud


async def weather(request: Request) -> Response:
    return JSONResponse({"town": request.path_params["town"], "key": dict(request.headers)})


def github() -> Starlette:
    server = MCPServer("github")

    @server.tool()
    def list_issues(owner: str, repo: str, state: str = "OPEN") -> str:
        """List the issues of a repository."""
        return f"{owner}/{repo} has no {state} issues"

    return server.streamable_http_app(streamable_http_path="/mcp/readonly", stateless_http=True)


@pytest.fixture(scope="module")
def others() -> Iterator[dict[str, str]]:
    """What is not ours, served on this machine: the weather's API and GitHub's MCP server."""
    api = Starlette(routes=[Route("/v1/forecasts/{town}", weather)])
    with serving(api) as weather_url, serving(github()) as github_url:
        yield {WEATHER: weather_url, GITHUB: github_url}


class Shop:
    """The example on a local cloud."""

    def __init__(self, cloud: LocalCloud, directory: Path) -> None:
        self.cloud = cloud
        self.directory = directory
        self._syntheses = 0

    def client(self, service: str) -> Any:
        keys = administrator()
        session: Any = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name="us-east-1")
        return session.client(service, endpoint_url=self.cloud.endpoint)

    def deploy(self) -> None:
        self._syntheses += 1
        output = self.directory.parent / f"cdk.out.{self._syntheses}"
        result = subprocess.run(
            [sys.executable, "app.py"],
            cwd=self.directory,
            env={
                **os.environ,
                "CDK_OUTDIR": str(output),
                "CDK_CONTEXT_JSON": json.dumps({"passwordSignIn": "true"}),
                "PYTHONPATH": str(ROOT),
                "CDK_VALIDATION": "false",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        self.cloud.deploy(read_assembly(output))

    def output(self, key: str) -> str:
        (stack,) = self.client("cloudformation").describe_stacks(StackName="ToolGateway")["Stacks"]
        return next(str(each["OutputValue"]) for each in stack["Outputs"] if each["OutputKey"] == key)

    def physical_id(self, type: str, part: str) -> str:
        resources = self.client("cloudformation").describe_stack_resources(StackName="ToolGateway")["StackResources"]
        (found,) = [each for each in resources if each["ResourceType"] == type and part in each["LogicalResourceId"]]
        return str(found["PhysicalResourceId"])

    def make_people(self) -> None:
        pools = self.client("cognito-idp")
        (pool,) = [each["Id"] for each in pools.list_user_pools(MaxResults=10)["UserPools"]]
        pools.admin_create_user(UserPoolId=pool, Username=CLERK, MessageAction="SUPPRESS")
        pools.admin_set_user_password(UserPoolId=pool, Username=CLERK, Password=PASSWORD, Permanent=True)
        pools.admin_add_user_to_group(UserPoolId=pool, Username=CLERK, GroupName="clerks")
        self._pool = pool

    async def tools(self) -> set[str]:
        async with self._session() as session:
            return {tool.name for tool in (await session.list_tools()).tools}

    async def call(self, name: str, **arguments: object) -> tuple[bool, str]:
        """Whether it failed, and what it said."""
        async with self._session() as session:
            try:
                result = await session.call_tool(name, arguments)
            except MCPError as error:
                return True, str(error)
            return bool(result.is_error), "".join(getattr(part, "text", "") for part in result.content)

    def report(self, role: str) -> PermissionReport:
        arn = self.client("iam").get_role(RoleName=role)["Role"]["Arn"]
        decisions = read_decisions(Path(self.cloud.record.access_log), role_arn=arn)
        return build_report(arn, RolePolicies(self.client("iam"), arn).grants(), decisions)

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[ClientSession]:
        """A session of the public MCP client, signed in."""
        token = password_token(self.cloud.endpoint, self._pool, self.output("ClientId"), CLERK, PASSWORD).access_token
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
            streamable_http_client(self.output("GatewayUrl"), http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            yield session


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, others: dict[str, str]) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    shutil.copytree(EXAMPLE, directory / "app", ignore=shutil.ignore_patterns("cdk.out", "__pycache__"))
    with LocalCloud(ROOT / ".workbench", work=directory / "cloud") as cloud:
        httpx.put(f"{cloud.agentcore_url}/_local/addresses", json=others, trust_env=False).raise_for_status()
        shop = Shop(cloud, directory / "app")
        for name, key in KEYS.items():
            shop.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps({"api_key": key}))
        shop.deploy()
        shop.make_people()
        yield shop


# What is no single name, and why. Everything else names one action on one resource.
KNOWN_WILDCARDS: Mapping[str, str] = {
    r"secretsmanager:GetSecretValue on .*:secret:tool-gateway/\w+-\?{6}": "Secrets Manager adds six characters",
    r"bedrock-agentcore:\w*Authorize\w* on .*:gateway/[\w-]+-\?{10}": "the gateway waits for this grant, and its id"
    " gets ten characters at its creation",
    r"logs:\w+ on .*:log-group:/aws/bedrock-agentcore/runtimes/\w+-\*": "a runtime's id is known after its role is, and"
    " its endpoints' names follow",
    r"execute-api:Invoke on .*/GET/deliveries/\*": "a path parameter can be anything",
}

CALLS: Sequence[tuple[str, dict[str, object], str]] = [
    ("orders___get_order", {"number": 7}, "Desk lamp"),
    ("orders___refund_order", {"number": 7, "euros": 20.0}, "20.0"),
    ("weather___get_forecast", {"town": "Oslo"}, "weather-key"),
    ("stock___GetItem", {"Key": {"sku": {"S": "lamp"}}}, "forty"),
    ("github___list_issues", {"owner": "octo", "repo": "cat"}, "octo/cat has no OPEN issues"),
    ("deliveries___track", {"number": "7"}, "out for delivery"),
    ("analyst___explain", {"figures": "10, 20", "question": "Which is more?"}, "neither this conversation"),
]


async def test_the_public_client_lists_the_tools_of_all_six_kinds(shop: Shop) -> None:
    assert await shop.tools() >= ALL_TOOLS


@pytest.mark.parametrize(("tool", "arguments", "expected"), CALLS, ids=[call[0] for call in CALLS])
async def test_a_tool_of_each_kind_answers(shop: Shop, tool: str, arguments: dict[str, object], expected: str) -> None:
    if tool == "stock___GetItem":
        table = shop.physical_id("AWS::DynamoDB::Table", "Stock")
        item = {"sku": {"S": "lamp"}, "count": {"S": "forty"}}
        shop.client("dynamodb").put_item(TableName=table, Item=item)
        arguments = {**arguments, "TableName": table}
    failed, said = await shop.call(tool, **arguments)
    assert not failed, said
    assert expected in said


async def test_tools_are_found_by_what_they_do(shop: Shop) -> None:
    failed, said = await shop.call("x_amz_bedrock_agentcore_search", query="forecast the weather")
    assert not failed
    assert json.loads(said)["tools"][0]["name"] == "weather___get_forecast"


async def test_the_policy_forbids_large_refunds(shop: Shop) -> None:
    failed, said = await shop.call("orders___refund_order", number=7, euros=101.0)
    assert failed
    assert "refunded" not in said


def test_no_role_was_denied_anything_or_has_what_it_did_not_need(shop: Shop) -> None:
    roles = [each["RoleName"] for each in shop.client("iam").list_roles()["Roles"]]
    gateway, agent = (next(role for role in roles if part in role) for part in ("GatewayRole", "AnalystRole"))
    # What an agent prints is delivered within seconds.
    deadline = time.monotonic() + 20
    while any(grant.action.startswith("logs:") for grant in shop.report(agent).unused):
        assert time.monotonic() < deadline, "the agent's output does not reach its log group"
        time.sleep(0.2)
    for role in (gateway, agent):
        report = shop.report(role)
        assert not report.denials
        assert {(grant.action, grant.resource) for grant in report.unused} == set(), role
        wide = {f"{grant.action} on {grant.resource}" for grant in report.wildcards}
        assert not [grant for grant in wide if not any(re.fullmatch(known, grant) for known in KNOWN_WILDCARDS)]


async def test_a_changed_app_is_updated_in_place(shop: Shop) -> None:
    url = shop.output("GatewayUrl")
    for file, before, after in (
        ("orders/index.py", '"Desk lamp"', '"Floor lamp"'),
        ("app.py", 'Argument("euros") > 100', 'Argument("euros") > 200'),
    ):
        text = (shop.directory / file).read_text()
        assert before in text
        (shop.directory / file).write_text(text.replace(before, after))
    shop.deploy()
    assert shop.output("GatewayUrl") == url
    assert "Floor lamp" in (await shop.call("orders___get_order", number=7))[1]
    assert not (await shop.call("orders___refund_order", number=7, euros=101.0))[0]
    assert (await shop.call("orders___refund_order", number=7, euros=201.0))[0]


def test_its_deletion_leaves_what_is_to_be_kept_and_nothing_else(shop: Shop) -> None:
    destroy(read_assembly(shop.directory.parent / "cdk.out.1"), shop.cloud.endpoint)
    control = shop.client("bedrock-agentcore-control")
    assert not control.list_gateways()["items"]
    assert not control.list_policy_engines()["policyEngines"]
    assert not control.list_api_key_credential_providers()["credentialProviders"]
    assert not control.list_agent_runtimes()["agentRuntimes"]
    assert not shop.client("lambda").list_functions()["Functions"]
    # Users outlive their stack: the directory is retained.
    assert shop.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
