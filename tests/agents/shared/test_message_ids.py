"""A message that comes twice under one id is answered once."""

import asyncio

import pytest
from bedrock_agentcore.runtime import RequestContext
from strands.types.content import Messages

from agents.shared.identity import ACTOR_HEADER
from tests.agents.conftest import SESSION, SESSION_HEADER, Json, Process, error_code
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Step, texts

MESSAGE = "message-0123456789abcdef"


class Counting:
    """Answers with how often it was asked."""

    asked = 0
    failure: Exception | None = None

    def __call__(self, messages: Messages) -> Step:
        self.asked += 1
        return self.failure or f"{texts(messages[-1])} {self.asked}"


def say(process: Process, message_id: object = MESSAGE, prompt: str = "one", session: str = SESSION) -> Json:
    answer = process.post({"prompt": prompt, "message_id": message_id}, session=session)
    assert isinstance(answer, dict)
    return answer


def test_the_same_message_gets_the_same_answer(memory: FakeMemory) -> None:
    script = Counting()
    process = Process(script)
    assert say(process) == say(process)
    assert script.asked == 1
    assert memory.said("ann", SESSION) == [("USER", "one"), ("ASSISTANT", "one 1")]


def test_another_process_of_the_session_knows_the_answer(memory: FakeMemory) -> None:
    first = say(Process(Counting()))
    again = Counting()
    assert say(Process(again))["response"] == first["response"] == "one 1"
    assert again.asked == 0


def test_another_message_or_session_is_answered(memory: FakeMemory) -> None:
    process = Process(Counting())
    say(process)
    assert say(process, f"{MESSAGE}-2")["response"] == "one 2"
    assert say(process, session=f"{SESSION}-other")["response"] == "one 3"
    assert say(process, None)["response"] == "one 4"


def test_a_message_that_failed_is_answered_when_it_comes_again(memory: FakeMemory) -> None:
    script = Counting()
    script.failure = RuntimeError("no")
    process = Process(script)
    assert "error" in say(process)
    script.failure = None
    assert say(process)["response"] == "one 2"


async def test_the_same_message_twice_at_once_is_answered_once(memory: FakeMemory) -> None:
    script = Counting()
    process = Process(script)
    gate = process.model.gate = asyncio.Event()
    headers = {SESSION_HEADER: SESSION, ACTOR_HEADER: "ann"}

    async def ask() -> object:
        context = RequestContext(session_id=SESSION, request_headers=headers, request=None)
        return await process.app.handlers["main"]({"prompt": "one", "message_id": MESSAGE}, context)

    both = [asyncio.create_task(ask()) for _ in range(2)]
    await asyncio.sleep(0.1)
    gate.set()
    first, second = await asyncio.gather(*both)
    assert first == second
    assert script.asked == 1


@pytest.mark.parametrize("message_id", ["short", 7, "x" * 101, "with blank 0123456789"])
def test_refuses_an_id(memory: FakeMemory, message_id: object) -> None:
    assert error_code(say(Process(Counting()), message_id)) == "message_id_invalid"
