import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import boto3
import pytest
from botocore.config import Config

from workbench.conversations.answers import AgentError, Answer, TextPart
from workbench.conversations.client import ACTOR_HEADER, AgentClient, new_session_id

ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/memory_assistant-0123456789"
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


@dataclass
class Service:
    """A data plane that answers one thing and keeps the requests."""

    url: str = ""
    status: int = 200
    content_type: str = "application/json"
    body: bytes = b'{"response": "hello", "notices": []}'
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.requests.append((unquote(self.path), dict(self.headers), body))
            self.send_response(state.status)
            self.send_header("Content-Type", state.content_type)
            self.send_header("Content-Length", str(len(state.body)))
            self.send_header("x-amzn-ErrorType", "AccessDeniedException")
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()


def _client(service: Service, actor: str = "") -> AgentClient:
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    session = boto3.Session("test", "test", region_name="us-east-1")
    return AgentClient(session.client("bedrock-agentcore", endpoint_url=service.url, config=config), ARN, actor=actor)


def test_asks_in_the_session_and_returns_the_answer(service: Service) -> None:
    session = new_session_id()
    assert _client(service).ask("Hello?", session) == Answer("hello")
    path, headers, body = service.requests[0]
    assert ARN in path
    assert headers[SESSION_HEADER] == session
    assert json.loads(body) == {"prompt": "Hello?", "stream": False}


def test_names_the_actor_in_a_signed_header(service: Service) -> None:
    _client(service, "ann").ask("Hello?", new_session_id())
    _, headers, _ = service.requests[0]
    assert headers[ACTOR_HEADER] == "ann"
    assert ACTOR_HEADER.lower() in headers["Authorization"]


def test_names_no_actor_where_none_is_given(service: Service) -> None:
    _client(service).ask("Hello?", new_session_id())
    assert ACTOR_HEADER not in service.requests[0][1]


def test_streams(service: Service) -> None:
    service.content_type = "text/event-stream; charset=utf-8"
    service.body = b'data: {"type": "text", "text": "hi"}\n\ndata: {"type": "end", "response": "hi", "notices": []}\n\n'
    assert list(_client(service).stream("Hello?", new_session_id()))[-1] == Answer("hi")
    _, headers, body = service.requests[0]
    assert headers["Accept"] == "text/event-stream"
    assert json.loads(body)["stream"] is True


def test_an_agent_that_does_not_stream_answers_as_a_whole(service: Service) -> None:
    assert list(_client(service).stream("Hello?", new_session_id())) == [TextPart("hello"), Answer("hello")]


def test_a_service_error_becomes_an_agent_error(service: Service) -> None:
    service.status, service.body = 403, b'{"message": "not authorized to perform"}'
    with pytest.raises(AgentError, match="AccessDeniedException: not authorized to perform"):
        _client(service).ask("Hello?", new_session_id())


def test_a_short_session_id_is_refused_before_it_is_sent(service: Service) -> None:
    with pytest.raises(AgentError, match="runtimeSessionId"):
        _client(service).ask("Hello?", "short")
    assert service.requests == []


def test_stops_a_session(service: Service) -> None:
    session = new_session_id()
    _client(service).stop_session(session)
    path, headers, _ = service.requests[0]
    assert "stopruntimesession" in path
    assert headers[SESSION_HEADER] == session


def test_an_agent_without_memory_cannot_learn(service: Service) -> None:
    with pytest.raises(AgentError, match="no_memory"):
        _client(service).wait_for_extraction()
