"""`--model bedrock`: calls go to the Bedrock endpoint of the user's own settings, here a server that stands for it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from tests.conftest import ROOT
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.model_choice import ModelChoice

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "from Bedrock"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
    "metrics": {"latencyMs": 4},
}


@dataclass
class Bedrock:
    """What was asked, and what is answered."""

    url: str = ""
    status: int = 200
    body: object = field(default_factory=lambda: ANSWER)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedrock]:
    state = Bedrock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            answer = json.dumps(state.body).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("x-amzn-ErrorType", "ThrottlingException")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", state.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSERSOWNKEY")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield state
        server.shutdown()


@pytest.mark.local_cloud
def test_a_call_reaches_bedrock_unchanged_under_the_users_credentials(bedrock: Bedrock, tmp_path: Path) -> None:
    choice = ModelChoice.parse("bedrock")
    with LocalCloud(workbench_home(ROOT), work=tmp_path, model=choice) as cloud:
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=cloud.endpoint,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        answer = client.converse(
            modelId=MODEL,
            messages=[{"role": "user", "content": [{"text": "Hello"}, {"cachePoint": {"type": "default"}}]}],
        )
        assert answer["output"]["message"]["content"] == [{"text": "from Bedrock"}]
        bedrock.status, bedrock.body = 429, {"message": "too many"}
        with pytest.raises(client.exceptions.ThrottlingException, match="too many"):
            client.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": "Hello"}]}])
    path, headers, body = bedrock.requests[0]
    assert path == "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    assert "Credential=AKIAUSERSOWNKEY/" in headers["authorization"]
    assert "/us-west-2/bedrock/aws4_request" in headers["authorization"]
    assert json.loads(body)["messages"][0]["content"][1] == {"cachePoint": {"type": "default"}}
    assert cloud.record.model == "Amazon Bedrock, your account"


def test_fails_without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(WorkbenchError, match="no AWS credentials for Amazon Bedrock: configure them"):
        ModelChoice.parse("bedrock")


def test_only_the_relay_sees_the_users_settings(bedrock: Bedrock) -> None:
    assert ModelChoice.parse("bedrock").variables()["AWS_ACCESS_KEY_ID"] == "AKIAUSERSOWNKEY"
    assert ModelChoice.parse("scripted").variables() == {}
