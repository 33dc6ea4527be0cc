"""Memory that fails: the answer comes, says so, and nothing that was said is lost."""

import logging

import pytest
from botocore.config import Config
from strands.types.content import Messages

from agents.shared import aws
from tests.agents.conftest import SESSION, Process
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Step, texts, transcript


def echo(messages: Messages) -> Step:
    return f"You said {texts(messages[-1])}"


def notices(answer: dict[str, object]) -> str:
    found = answer["notices"]
    assert isinstance(found, list)
    return " ".join(found)


def test_down_from_the_start(memory: FakeMemory, caplog: pytest.LogCaptureFixture) -> None:
    memory.fail()
    with caplog.at_level(logging.WARNING):
        answer = Process(echo).say("one")
    assert answer["response"] == "You said one"
    assert notices(answer).count("AccessDeniedException") == 3
    logged = [record.getMessage() for record in caplog.records if record.name == "agents.shared.memory"]
    assert [
        operation for line in logged for operation in ("ListEvents", "Retrieve", "CreateEvent") if operation in line
    ]
    assert all("reason=<AccessDeniedException>" in line for line in logged)


def test_unreachable(memory: FakeMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = Process(echo).say("one")
    assert answer["response"] == "You said one"
    assert "EndpointConnectionError" in notices(answer)


def test_too_slow(memory: FakeMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = aws.AGENTCORE_CONFIG.merge(Config(read_timeout=0.1, retries={"total_max_attempts": 1}))
    monkeypatch.setattr(aws, "AGENTCORE_CONFIG", impatient)
    memory.delays["RetrieveMemoryRecords"] = 1
    answer = Process(echo).say("one")
    assert answer["response"] == "You said one"
    assert "ReadTimeoutError" in notices(answer)
    assert memory.said("ann", SESSION) == [("USER", "one"), ("ASSISTANT", "You said one")]


def test_recovers_and_stores_what_was_said_meanwhile(memory: FakeMemory) -> None:
    Process(echo).say("earlier")
    memory.fail()
    process = Process(echo)
    process.say("one")
    process.say("two")
    memory.recover()
    answer = process.say("three")
    assert answer["notices"] == []
    heard = transcript(process.model.heard[-1])
    assert [word for word in ("earlier", "one", "two", "three") if f"user: {word}" in heard] == [
        "earlier",
        "one",
        "two",
        "three",
    ]
    assert [text for role, text in memory.said("ann", SESSION) if role == "USER"] == ["earlier", "one", "two", "three"]
    memory.calls.clear()
    process.say("four")
    assert memory.operations() == ["RetrieveMemoryRecords", "CreateEvent"]


def test_fails_midway(memory: FakeMemory) -> None:
    process = Process(echo)
    process.say("one")
    memory.fail("CreateEvent", status=500, code="ServiceException")
    assert "ServiceException" in notices(process.say("two"))
    memory.recover()
    process.say("three")
    restarted = Process(echo)
    restarted.say("four")
    heard = transcript(restarted.model.heard[0])
    assert [heard.count(f"user: {word}") for word in ("one", "two", "three", "four")] == [1, 1, 1, 1]


def test_an_answer_lost_on_the_way_back_is_not_stored_twice(memory: FakeMemory) -> None:
    process = Process(echo)
    memory.failures_after_storing["CreateEvent"] = (500, "ServiceException")
    process.say("one")
    memory.recover()
    process.say("two")
    assert [text for role, text in memory.said("ann", SESSION) if role == "USER"] == ["one", "two"]


def test_a_message_the_service_refuses_for_good_does_not_block_the_next(memory: FakeMemory) -> None:
    process = Process(echo)
    memory.fail("CreateEvent", status=400, code="ValidationException")
    assert "could not be stored" in notices(process.say("one"))
    memory.recover()
    assert process.say("two")["notices"] == []
    assert [text for role, text in memory.said("ann", SESSION) if role == "USER"] == ["two"]


def test_long_term_memory_alone_may_fail(memory: FakeMemory) -> None:
    memory.fail("RetrieveMemoryRecords")
    process = Process(echo)
    assert "looked up" in notices(process.say("one"))
    memory.recover()
    memory.records = [("/users/ann/facts/", "Lives in Graz", 0.9)]
    process.say("two")
    assert "Lives in Graz" in texts(process.model.heard[-1][-1])


def test_events_of_another_program_are_left_out(memory: FakeMemory) -> None:
    Process(echo).say("one")
    foreign = {"conversational": {"role": "USER", "content": {"text": "not in Strands' format"}}}
    memory.events.append(
        {**memory.events[0], "payload": [foreign], "metadata": {}, "eventId": "9#9", "clientToken": "x"}
    )
    restarted = Process(echo)
    assert restarted.say("two")["notices"] == []
    assert "user: one" in transcript(restarted.model.heard[0])


def test_nobody_elses_events_are_read(memory: FakeMemory) -> None:
    Process(echo).say("one")
    Process(echo).say("hello", actor=f"session_{SESSION}")
    Process(echo).say("hello", actor="agent_memory_assistant")
    restarted = Process(echo)
    memory.calls.clear()
    restarted.say("two")
    asked = {call.path[3] for call in memory.calls if call.operation == "ListEvents"}
    assert asked == {"ann"}
    assert "hello" not in transcript(restarted.model.heard[0])
