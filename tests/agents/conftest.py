"""An assistant on a scripted model and a memory over HTTP, driven through its own ASGI app."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest
from starlette.testclient import TestClient

from agents.memory_assistant.agent import build_agent
from agents.memory_assistant.main import create_app
from agents.shared import aws
from agents.shared.identity import ACTOR_HEADER
from agents.shared.service import AgentService
from tests.agents.fake_memory import FakeMemory, serve_memory
from tests.agents.scripted_model import Script, ScriptedModel

MEMORY_ID = "assistant_memory-0123456789"
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
SESSION = "session-of-ann-0123456789-0123456789"
NAMESPACES = ["/users/{actorId}/facts/", "/users/{actorId}/preferences/"]
Json = dict[str, object]


def variables(**changed: str) -> dict[str, str]:
    """What the stack sets, with changes."""
    return {
        "AGENT_MODEL_ID": "scripted",
        "BEDROCK_AGENTCORE_MEMORY_ID": MEMORY_ID,
        "AGENT_MEMORY_NAMESPACES": json.dumps(NAMESPACES),
        "AGENT_MEMORY_RECORD_PATHS": json.dumps(["/users/{actorId}/"]),
        "AGENT_INBOUND_AUTH": "IAM",
        "AGENT_ACTOR_HEADER_ALLOWED": "true",
        **changed,
    }


@dataclass
class Process:
    """One session process: its memory of itself ends with it."""

    script: Script
    environ: dict[str, str] = field(default_factory=variables)

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self.script)
        self.app = create_app(AgentService(partial(build_agent, model=self.model), environ=self.environ))
        self.client = TestClient(self.app)

    def say(
        self,
        prompt: object,
        *,
        actor: str | None = "ann",
        session: str | None = SESSION,
        headers: dict[str, str] | None = None,
    ) -> Json:
        """The plain answer."""
        answer = self.post({"prompt": prompt}, actor=actor, session=session, headers=headers)
        return cast("Json", answer)

    def post(
        self,
        payload: object,
        *,
        actor: str | None = "ann",
        session: str | None = SESSION,
        headers: dict[str, str] | None = None,
    ) -> object:
        """The answer to any payload."""
        response = self.client.post("/invocations", json=payload, headers=self._headers(actor, session, headers))
        assert response.status_code == 200
        return response.json()

    def stream(
        self,
        prompt: object,
        *,
        actor: str = "ann",
        session: str = SESSION,
        headers: dict[str, str] | None = None,
    ) -> list[Json]:
        """The events of a streamed answer."""
        sent = {"prompt": prompt, "stream": True}
        response = self.client.post("/invocations", json=sent, headers=self._headers(actor, session, headers))
        assert response.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data: ")) for line in response.text.splitlines() if line]

    @staticmethod
    def _headers(actor: str | None, session: str | None, headers: dict[str, str] | None) -> dict[str, str]:
        sent = dict(headers or {})
        if actor is not None:
            sent[ACTOR_HEADER] = actor
        if session is not None:
            sent[SESSION_HEADER] = session
        return sent


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMemory]:
    """AgentCore Memory, reached by real boto3 clients."""
    with serve_memory() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        forget_clients()
        yield fake
    forget_clients()


def forget_clients() -> None:
    """Let the next client read the environment again."""
    aws.sessions_client.cache_clear()
    aws.agentcore_client.cache_clear()
    aws.conversations_client.cache_clear()
    aws.boto_session.cache_clear()


def error_code(answer: Json) -> object:
    """The code of a structured error, which has all its parts."""
    error = answer["error"]
    assert isinstance(error, dict)
    assert set(error) == {"code", "status", "message", "remedy"}
    assert all(error.values())
    return error["code"]
