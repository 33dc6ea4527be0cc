"""Requests to the app: errors, streaming, sessions, and turns that fail."""

import asyncio
import json
import threading
import time

import jwt
import pytest
from botocore.exceptions import ClientError
from strands.types.content import Messages

from agents.shared.identity import ACTOR_HEADER
from tests.agents.conftest import SESSION, SESSION_HEADER, Process, error_code, variables
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Step, UseTool, texts, transcript


def echo(messages: Messages) -> Step:
    return f"You said {texts(messages[-1])}"


def calculating(messages: Messages) -> Step:
    if "toolResult" in messages[-1]["content"][0]:
        return f"It is {texts(messages[-1])}"
    return UseTool("calculator", {"expression": texts(messages[-1])})


class Flaky:
    """Fails while told to."""

    failure: Exception | None = None

    def __call__(self, messages: Messages) -> Step:
        return self.failure or echo(messages)


@pytest.mark.parametrize(
    ("payload", "code"),
    [({}, "prompt_missing"), ({"prompt": "x" * 32_001}, "prompt_too_long"), (["x"], "payload_invalid")],
)
def test_refuses_a_payload(memory: FakeMemory, payload: object, code: str) -> None:
    answer = Process(echo).post(payload)
    assert isinstance(answer, dict)
    assert error_code(answer) == code
    assert memory.calls == []


def test_streams_an_error_to_who_asked_for_a_stream(memory: FakeMemory) -> None:
    (event,) = Process(echo).stream("")
    assert error_code(event) == "prompt_missing"


def test_refuses_everything_while_the_settings_are_wrong() -> None:
    answer = Process(echo, variables(AGENT_MEMORY_TOP_K="many")).say("one")
    assert error_code(answer) == "settings_invalid"


@pytest.mark.parametrize("session", [None, "short"])
def test_refuses_a_session_id(memory: FakeMemory, session: str | None) -> None:
    assert error_code(Process(echo).say("one", session=session)) == "session_id_invalid"


def test_refuses_without_identity(memory: FakeMemory) -> None:
    assert error_code(Process(echo).say("one", actor=None)) == "identity_required"


def test_a_session_stays_its_actors(memory: FakeMemory) -> None:
    process = Process(echo)
    process.say("one")
    memory.calls.clear()
    assert error_code(process.say("what did I say?", actor="bob")) == "session_of_another_actor"
    assert memory.calls == []
    assert process.say("two")["response"] == "You said two"


def test_memory_keeps_actors_apart_where_the_process_that_knew_is_gone(memory: FakeMemory) -> None:
    Process(echo).say("my secret")
    stranger = Process(echo)
    stranger.say("what did I say?", actor="bob")
    assert "secret" not in transcript(stranger.model.heard[0])


def test_a_token_decides_whose_memory_it_is(memory: FakeMemory) -> None:
    token = jwt.encode({"sub": "ann"}, "a key the agent never sees, 32 bytes")
    process = Process(echo, variables(AGENT_INBOUND_AUTH="JWT"))
    process.say("one", actor="bob", headers={"Authorization": f"Bearer {token}"})
    assert memory.said("ann", SESSION)
    assert not memory.said("bob", SESSION)


def test_streams_parts_in_order(memory: FakeMemory) -> None:
    memory.fail("RetrieveMemoryRecords")
    events = Process(calculating).stream("6 * 7")
    assert [event["type"] for event in events] == ["notice", "tool", "tool_result", "text", "text", "text", "end"]
    assert events[1]["name"] == "calculator"
    assert "".join(str(event["text"]) for event in events if event["type"] == "text") == "It is 42"
    assert events[-1]["response"] == "It is 42"
    assert events[-1]["notices"] == [events[0]["message"]]


async def test_streams_each_part_when_it_comes_and_stores_before_the_end(memory: FakeMemory) -> None:
    process = Process(echo)
    gate = process.model.gate = asyncio.Event()
    headers = {SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"}
    seen: list[dict[str, object]] = []
    body = await process.app.handlers["main"]({"prompt": "one", "stream": True}, _context(headers))
    async for event in body:
        seen.append(event)
        if event["type"] == "text" and not gate.is_set():
            assert "CreateEvent" not in memory.operations()
            gate.set()
        if event["type"] == "end":
            assert memory.said("ann", SESSION) == [("USER", "one"), ("ASSISTANT", "You said one")]
    assert [event["type"] for event in seen] == ["text", "text", "text", "end"]


async def test_a_caller_who_leaves_does_not_break_the_conversation(memory: FakeMemory) -> None:
    process = Process(echo)
    process.model.gate = asyncio.Event()
    invoke = process.app.handlers["main"]
    context = _context({SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"})

    async def listen() -> None:
        async for _ in await invoke({"prompt": "one", "stream": True}, context):
            started.set()

    started = asyncio.Event()
    listener = asyncio.create_task(listen())
    await asyncio.wait_for(started.wait(), 5)
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)
    process.model.gate.set()
    answer = await invoke({"prompt": "two"}, context)
    assert answer["response"] == "You said two"
    assert [text for role, text in memory.said("ann", SESSION) if role == "USER"] == ["one", "two"]


def test_two_requests_at_once_take_turns(memory: FakeMemory) -> None:
    process = Process(echo)
    process.say("zero")
    memory.delays["RetrieveMemoryRecords"] = 0.1
    answers: list[object] = []
    threads = [threading.Thread(target=lambda n=n: answers.append(process.say(f"m{n}")["response"])) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers)) == ["You said m0", "You said m1", "You said m2"]


async def test_the_event_loop_stays_free_while_memory_is_slow(memory: FakeMemory) -> None:
    process = Process(echo)
    context = _context({SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"})
    await process.app.handlers["main"]({"prompt": "one"}, context)
    memory.delays = dict.fromkeys(("ListEvents", "RetrieveMemoryRecords", "CreateEvent"), 0.8)
    restarted = Process(echo)
    turn = asyncio.create_task(restarted.app.handlers["main"]({"prompt": "two"}, context))
    gaps = []
    while not turn.done():
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        gaps.append(time.perf_counter() - before)
    assert (await turn)["response"] == "You said two"
    assert max(gaps) < 0.75


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RuntimeError("boom"), "model_failed"),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ConverseStream"), "model_denied"),
        (ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "ConverseStream"), "model_failed"),
    ],
)
def test_a_failed_model_is_an_error_and_the_conversation_goes_on(
    memory: FakeMemory, failure: Exception, code: str
) -> None:
    script = Flaky()
    process = Process(script)
    process.say("one")
    script.failure = failure
    failed = process.say("two")
    assert error_code(failed) == code
    assert "boom" not in json.dumps(failed)
    script.failure = None
    assert process.say("three")["response"] == "You said three"
    assert "user: two" in transcript(process.model.heard[-1])
    restarted = Process(script)
    assert restarted.say("four")["response"] == "You said four"
    heard = transcript(restarted.model.heard[-1])
    assert [heard.count(f"user: {word}") for word in ("one", "two", "three", "four")] == [1, 1, 1, 1]


def test_a_model_that_fails_after_a_tool_does_not_break_the_conversation(memory: FakeMemory) -> None:
    def fails_on_results(messages: Messages) -> Step:
        step = calculating(messages)
        if isinstance(step, UseTool) and texts(messages[-1]) == "hello":
            return "Hello"
        return step if isinstance(step, UseTool) else RuntimeError("boom")

    process = Process(fails_on_results)
    assert error_code(process.say("6 * 7")) == "model_failed"
    assert process.say("hello")["response"] == "Hello"
    assert Process(fails_on_results).say("hello")["response"] == "Hello"


def test_a_tool_that_fails_tells_the_model(memory: FakeMemory) -> None:
    response = Process(calculating).say("1 / 0")["response"]
    assert isinstance(response, str)
    assert "division by zero" in response


def _context(headers: dict[str, str]) -> object:
    from bedrock_agentcore.runtime import RequestContext

    return RequestContext(session_id=headers[SESSION_HEADER], request_headers=headers, request=None)
