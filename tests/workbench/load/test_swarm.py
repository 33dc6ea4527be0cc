"""The swarm against a server of its own: what it says, what it counts, and that it finds a leak."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.errors import WorkbenchError
from workbench.load.canaries import Canaries
from workbench.load.plan import LoadPlan, Ramp, Sent, Speaker
from workbench.load.runner import carry_out

CANARY = re.compile(r"canary\w+")


class Agent(ThreadingHTTPServer):
    """Remembers the canary of each session, or, where it leaks, the last one of all."""

    notices: Sequence[str] = ()

    def __init__(self, *, leaks: bool = False, fails: bool = False, breaks_off: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.leaks, self.fails, self.breaks_off = leaks, fails, breaks_off
        self.canaries: dict[str, str] = {}
        self.seen: list[tuple[str, str, str]] = []

    def answer(self, session: str, token: str, prompt: str) -> str:
        self.seen.append((session, token, prompt))
        key = "everybody" if self.leaks else session
        if found := CANARY.search(prompt):
            self.canaries[key] = found[0]
        return f"It is {self.canaries.get(key, 'unknown')}" if "What is my canary" in prompt else "Noted"


class Handler(BaseHTTPRequestHandler):
    server: Agent

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        session = self.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"]
        text = self.server.answer(session, self.headers["Authorization"], body["prompt"])
        self.send_response(503 if self.server.fails else 200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        events = [{"type": "text", "text": text}, {"type": "end", "response": text, "notices": self.server.notices}]
        for event in events[:1] if self.server.breaks_off else events:
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())


@pytest.fixture
def serve() -> Iterator[Callable[[Agent], Agent]]:
    running: list[Agent] = []

    def start(agent: Agent) -> Agent:
        threading.Thread(target=agent.serve_forever, daemon=True).start()
        running.append(agent)
        return agent

    yield start
    for agent in running:
        agent.shutdown()
        agent.server_close()


def sent(agent: Agent, *, users: int = 3, requests: int = 4, cap: int = 0) -> tuple[Sent, ...]:
    plan = LoadPlan(
        address=f"http://127.0.0.1:{agent.server_address[1]}/invocations",
        canaries=Canaries.fresh().run,
        speakers=tuple(Speaker(number, f"actor-{number}", f"token-{number}") for number in range(users)),
        requests=requests,
        ramp=Ramp(users, users, 0),
        think_seconds=0,
        most_requests=cap,
        timeout_seconds=5,
    )
    return carry_out(plan, lambda _: None)[0]


def test_every_user_has_a_session_says_all_and_gets_its_own_canary_back(serve: Callable[[Agent], Agent]) -> None:
    agent = serve(Agent())
    messages = sent(agent)

    assert {(message.user, message.turn) for message in messages} == {(u, t) for u in range(3) for t in range(1, 5)}
    assert len({message.session for message in messages}) == 3
    assert {len({token for session, token, _ in agent.seen if session == of}) for of, _, _ in agent.seen} == {1}
    assert [message for message in messages if message.error or message.foreign] == []
    assert {message.recalled for message in messages if message.turn % 2 == 0} == {True}
    assert all(message.first_token_seconds is not None for message in messages)


def test_a_leak_is_found(serve: Callable[[Agent], Agent]) -> None:
    messages = sent(serve(Agent(leaks=True)))
    assert any(message.foreign for message in messages)


@pytest.mark.parametrize(
    ("agent", "error"), [({"fails": True}, "HTTP 503"), ({"breaks_off": True}, "stream_broken_off")]
)
def test_a_message_without_a_whole_answer_is_failed(
    agent: dict[str, bool], error: str, serve: Callable[[Agent], Agent]
) -> None:
    messages = sent(serve(Agent(**agent)), users=1, requests=2)
    assert len(messages) == 2
    assert all(error in message.error for message in messages)


def test_what_an_answer_goes_without_is_noted(serve: Callable[[Agent], Agent]) -> None:
    agent = Agent()
    agent.notices = ["Memory is away"]
    assert {message.notices for message in sent(serve(agent))} == {("Memory is away",)}


def test_it_stops_at_the_cap(serve: Callable[[Agent], Agent]) -> None:
    assert len(sent(serve(Agent()), requests=50, cap=7)) == 7


def test_fails_where_the_swarm_cannot_run() -> None:
    plan = LoadPlan(
        address="http://127.0.0.1:9/",
        canaries="x",
        speakers=(),
        requests=1,
        ramp="nonsense",  # type: ignore[arg-type]
        think_seconds=0,
        most_requests=0,
        timeout_seconds=1,
    )
    with pytest.raises(WorkbenchError, match="broke off with exit code 1") as failed:
        carry_out(plan, lambda _: None)
    assert "TypeError" in failed.value.detail
