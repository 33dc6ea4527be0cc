"""Guardrails on a whole local cloud: its own servers, and calls passed on to Amazon Bedrock."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import ROOT
from tests.workbench.local_cloud.guardrails.guarded_cloud import MODEL, guardrail, version, words
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.model_choice import ModelChoice

MESSAGES = [{"role": "user", "content": [{"text": "Where is the unicorn?"}]}]


def client(cloud: LocalCloud, service: str) -> Any:
    create: Any = boto3.client
    return create(
        service,
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def deploy(cloud: LocalCloud, name: str) -> dict[str, str]:
    """Deploy a guardrail against unicorns; what a Converse request names it by."""
    outputs = {
        "Id": {"Value": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
        "Version": {"Value": {"Fn::GetAtt": ["Version", "Version"]}},
    }
    resources = {"Guardrail": guardrail(name, **words("unicorn")), "Version": version()}
    formation = client(cloud, "cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}))
    waiter = formation.get_waiter("stack_create_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    found = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    return {"guardrailIdentifier": found["Id"], "guardrailVersion": found["Version"]}


@pytest.mark.local_cloud
def test_the_local_cloud_applies_what_it_deploys(local_cloud: LocalCloud) -> None:
    named = deploy(local_cloud, "whole")
    runtime = client(local_cloud, "bedrock-runtime")
    answer = runtime.converse(modelId=MODEL, messages=MESSAGES, guardrailConfig=named)
    assert answer["stopReason"] == "guardrail_intervened"
    applied = runtime.apply_guardrail(**named, source="INPUT", content=[{"text": {"text": "unicorn"}}])
    assert applied["action"] == "GUARDRAIL_INTERVENED"
    assert "not Amazon Bedrock Guardrails" in applied["actionReason"]


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A server that stands for Amazon Bedrock; the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            message = {"role": "assistant", "content": [{"text": "from Bedrock"}]}
            usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
            body = {
                "output": {"message": message},
                "stopReason": "end_turn",
                "usage": usage,
                "metrics": {"latencyMs": 4},
            }
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSERSOWNKEY")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield asked
        server.shutdown()


@pytest.mark.local_cloud
def test_a_real_model_is_not_asked_under_a_stand_in(bedrock: list[str], tmp_path: Path) -> None:
    with LocalCloud(workbench_home(ROOT), work=tmp_path, model=ModelChoice.parse("bedrock")) as cloud:
        named, runtime = deploy(cloud, "relayed"), client(cloud, "bedrock-runtime")
        with pytest.raises(runtime.exceptions.ValidationException, match="local stand-in, which Amazon Bedrock"):
            runtime.converse(modelId=MODEL, messages=MESSAGES, guardrailConfig=named)
        assert bedrock == []
        # A guardrail of the user's own account is Bedrock's to know.
        own = {"guardrailIdentifier": "abc123def456", "guardrailVersion": "1"}
        answer = runtime.converse(modelId=MODEL, messages=MESSAGES, guardrailConfig=own)
    assert answer["output"]["message"]["content"] == [{"text": "from Bedrock"}]
    assert len(bedrock) == 1
