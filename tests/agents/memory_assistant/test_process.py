"""The assistant as Runtime starts it: a process, real clients, memory and model over HTTP."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agents.shared.identity import ACTOR_HEADER
from tests.agents.conftest import SESSION, SESSION_HEADER, variables
from tests.agents.fake_bedrock import Converse, serve_bedrock
from tests.agents.fake_gateway import serve_gateway
from tests.agents.fake_memory import FakeMemory
from tests.agents.fake_sessions import serve_sessions

AGENTS = Path(__file__).parents[3] / "agents"

# main.py is unchanged: where it binds 8080, this process binds a port of its own, as the local cloud does.
BIND_ELSEWHERE = """
import os, socket
_bind = socket.socket.bind
def bind(self, address):
    moved = isinstance(address, tuple) and address[1] == 8080
    return _bind(self, (address[0], int(os.environ["TEST_PORT"])) if moved else address)
socket.socket.bind = bind
"""


def remembering(request: Converse) -> str:
    heard = json.dumps(request["messages"])
    return "210 it is" if "number is 42" in heard and "multiplied" in heard else "Noted"


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """The layout of the packaged agent: packages by their names, the entry point at the root."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(AGENTS / "shared", tmp_path / "agents" / "shared", ignore=ignored)
    shutil.copytree(AGENTS / "memory_assistant", tmp_path / "agents" / "memory_assistant", ignore=ignored)
    shutil.copy(AGENTS / "__init__.py", tmp_path / "agents")
    (tmp_path / "agents" / "memory_assistant" / "main.py").rename(tmp_path / "main.py")
    (tmp_path / "sitecustomize.py").write_text(BIND_ELSEWHERE)
    return tmp_path


@contextmanager
def started(root: Path, model_url: str, memory: FakeMemory, **further: str) -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        **variables(),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(root),
        "TEST_PORT": str(port),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model_url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": memory.url,
        **further,
    }
    process = subprocess.Popen([sys.executable, "main.py"], cwd=root, env=environ)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        try:
            _wait_for_ping(client, process)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def _wait_for_ping(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert client.get("/ping").json()["status"] == "Healthy"
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no ping, the process ended with {process.poll()}")


def test_remembers_when_its_process_is_ended_and_started_again(deployed: Path, memory: FakeMemory) -> None:
    headers = {SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"}
    with serve_bedrock(remembering) as model_url:
        with started(deployed, model_url, memory) as client:
            told = client.post("/invocations", json={"prompt": "My favorite number is 42"}, headers=headers).json()
            assert told == {"response": "Noted ", "notices": [], "session_id": SESSION}
        with started(deployed, model_url, memory) as client:
            question = {"prompt": "What is my favorite number multiplied by 5?", "stream": True}
            with client.stream("POST", "/invocations", json=question, headers=headers) as answer:
                lines = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]
    assert [line["type"] for line in lines] == ["text", "text", "text", "end"]
    assert lines[-1]["response"] == "210 it is "


def test_uses_its_gateway_as_its_role_and_binds_its_sessions(deployed: Path, memory: FakeMemory) -> None:
    headers = {SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"}
    told: list[Converse] = []

    def listening(request: Converse) -> str:
        told.append(request)
        return "Noted"

    with serve_bedrock(listening) as model_url, serve_gateway() as gateway, serve_sessions() as sessions:
        gateway.auth, gateway.secrets = "IAM", {"test": "test"}
        gateway.tools["Orders___get"] = lambda *_: "an order"
        further = {
            "AGENT_GATEWAY_URL": gateway.url,
            "AGENT_SESSIONS_TABLE": sessions.table,
            "AWS_ENDPOINT_URL_DYNAMODB": sessions.url,
        }
        with started(deployed, model_url, memory, **further) as client:
            answer = client.post("/invocations", json={"prompt": "Hello"}, headers=headers).json()
            refused = client.post("/invocations", json={"prompt": "Hello"}, headers={**headers, ACTOR_HEADER: "bob"})
    assert answer == {"response": "Noted ", "notices": [], "session_id": SESSION}
    assert refused.json()["error"]["code"] == "session_of_another_actor"
    assert '"Orders___get"' in json.dumps(told[0]["toolConfig"])
    assert sessions.items[SESSION]["actor_id"] == {"S": "ann"}
    assert len(told) == 1
