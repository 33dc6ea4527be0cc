"""A session is its first actor's: in one process, in several, and when nobody can say."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest
from strands.types.content import Messages

from agents.shared.ownership import KEPT_SECONDS
from tests.agents.conftest import SESSION, Process, error_code, variables
from tests.agents.fake_memory import FakeMemory
from tests.agents.fake_sessions import FakeSessions, serve_sessions
from tests.agents.scripted_model import Step, texts

ENVIRON = variables(AGENT_SESSIONS_TABLE="sessions")


def echo(messages: Messages) -> Step:
    return f"You said {texts(messages[-1])}"


@pytest.fixture
def sessions(memory: FakeMemory, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSessions]:
    with serve_sessions() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", fake.url)
        yield fake


def test_the_first_actor_gets_the_session(sessions: FakeSessions) -> None:
    assert Process(echo, ENVIRON).say("one")["response"] == "You said one"
    item = sessions.items[SESSION]
    assert item["actor_id"] == {"S": "ann"}
    assert abs(int(item["expires_at"]["N"]) - time.time() - KEPT_SECONDS) < 60


def test_a_process_asks_once(sessions: FakeSessions) -> None:
    process = Process(echo, ENVIRON)
    for prompt in ("one", "two", "three"):
        process.say(prompt)
    assert len(sessions.calls) == 1


def test_another_actor_gets_the_same_answer_whether_or_not_the_session_is_alive(
    sessions: FakeSessions, memory: FakeMemory
) -> None:
    alive = Process(echo, ENVIRON)
    alive.say("one")
    memory.calls.clear()
    refused = alive.say("what did I say?", actor="bob")
    assert error_code(refused) == "session_of_another_actor"
    assert refused["error"]["status"] == 403  # type: ignore[index]
    assert Process(echo, ENVIRON).say("what did I say?", actor="bob") == refused
    assert memory.calls == []
    # It takes as long, too: the table is asked in both.
    assert len(sessions.calls) == 3
    assert alive.say("two")["response"] == "You said two"


def test_a_streamed_refusal_is_the_same(sessions: FakeSessions) -> None:
    process = Process(echo, ENVIRON)
    process.say("one")
    (event,) = process.stream("two", actor="bob")
    assert event == process.say("two", actor="bob")


def test_the_owner_returns_in_another_process(sessions: FakeSessions) -> None:
    Process(echo, ENVIRON).say("one")
    assert Process(echo, ENVIRON).say("two")["response"] == "You said two"
    assert sessions.items[SESSION]["actor_id"] == {"S": "ann"}


def test_one_of_two_who_come_at_once_wins(sessions: FakeSessions) -> None:
    sessions.delay = 0.05
    answers: dict[str, object] = {}
    actors = [f"actor{number}" for number in range(4)]
    processes = {actor: Process(echo, ENVIRON) for actor in actors}
    threads = [
        threading.Thread(target=lambda a=actor: answers.update({a: "error" in processes[a].say("hello", actor=a)}))
        for actor in actors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers.values())) == ["False", "True", "True", "True"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ((400, "AccessDeniedException"), "AccessDeniedException"),
        ((400, "ResourceNotFoundException"), "ResourceNotFoundException"),
    ],
)
def test_nobody_gets_in_while_the_table_does_not_answer(
    sessions: FakeSessions,
    memory: FakeMemory,
    caplog: pytest.LogCaptureFixture,
    failure: tuple[int, str],
    reason: str,
) -> None:
    sessions.failure = failure
    process = Process(echo, ENVIRON)
    with caplog.at_level(logging.ERROR):
        refused = process.say("one")
    assert error_code(refused) == "sessions_unavailable"
    assert refused["error"]["status"] == 503  # type: ignore[index]
    assert f"table=<sessions>, reason=<{reason}>" in caplog.text
    assert process.model.heard == []
    assert memory.calls == []
    sessions.failure = None
    assert process.say("one")["response"] == "You said one"


def test_nobody_gets_in_while_the_table_cannot_be_reached(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    assert error_code(Process(echo, ENVIRON).say("one")) == "sessions_unavailable"


def test_a_known_owner_goes_on_while_the_table_does_not_answer(sessions: FakeSessions) -> None:
    process = Process(echo, ENVIRON)
    process.say("one")
    sessions.failure = (500, "InternalServerError")
    assert process.say("two")["response"] == "You said two"
