"""Each failure ends in a structured error or a notice with code and remedy, a log line, and a kept message."""

import asyncio
import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ReadTimeoutError
from mcp_types import CallToolResult, TextContent
from strands.types.content import Messages
from strands.types.exceptions import ModelThrottledException

from agents.memory_assistant.agent import build_agent
from agents.shared import retries
from agents.shared.artifacts import MAX_ARTIFACTS, MAX_BYTES, Artifact, ArtifactsOfTurn
from agents.shared.conversation import Conversation
from agents.shared.errors import AgentError
from agents.shared.gateway.tools import MAX_TEXT, result_content
from agents.shared.identity import Proof
from agents.shared.requests import read_request
from agents.shared.session import Session
from agents.shared.settings import Settings
from agents.shared.tasks import read_tasks
from agents.shared.telemetry import LogEvent, log_as_json
from tests.agents.conftest import SESSION, Process, error_code, variables
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import ScriptedModel, Step, texts, transcript


class Busy:
    """Throttles so many calls, then answers."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, messages: Messages) -> Step:
        if self.left:
            self.left -= 1
            return ModelThrottledException("slow down")
        return f"You said {texts(messages[-1])}"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest wait that each draw allowed; what is drawn is no wait."""
    longest: list[float] = []

    def draw(least: float, most: float) -> float:
        assert least == 0
        longest.append(most)
        return 0.0

    monkeypatch.setattr(random, "uniform", draw)
    return longest


def test_a_throttled_model_is_asked_again(
    memory: FakeMemory, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    process = Process(Busy(3))
    assert process.say("one")["response"] == "You said one"
    assert caplog.text.count(LogEvent.MODEL_THROTTLED) == 3
    # Full jitter below waits that double.
    assert waits[:3] == [1, 2, 4]


def test_a_model_that_stays_throttled_is_given_up_and_the_message_is_kept(
    memory: FakeMemory, waits: list[float]
) -> None:
    script = Busy(retries.MAX_ATTEMPTS)
    process = Process(script)
    assert error_code(process.say("one")) == "model_busy"
    assert len(process.model.heard) == retries.MAX_ATTEMPTS
    assert process.say("two")["response"] == "You said two"
    assert "user: one" in transcript(process.model.heard[-1])
    assert "user: one" in transcript(_first_heard_after_restart(script))


def _first_heard_after_restart(script: Busy) -> Messages:
    restarted = Process(script)
    restarted.say("three")
    return restarted.model.heard[0]


def test_a_silent_model_is_an_error_of_its_own(memory: FakeMemory) -> None:
    process = Process(lambda _: ReadTimeoutError(endpoint_url="https://bedrock"))
    assert error_code(process.say("one")) == "model_timed_out"
    assert [text for role, text in memory.said("ann", SESSION) if role == "USER"] == ["one"]


async def test_a_turn_that_takes_too_long_ends_and_its_message_stays(caplog: pytest.LogCaptureFixture) -> None:
    model = ScriptedModel(lambda _: "word " * 50, gate=asyncio.Event())
    settings = Settings.from_environment(variables(BEDROCK_AGENTCORE_MEMORY_ID=""))
    agent = build_agent(settings, Session(SESSION, "ann"), model=model)
    conversation = Conversation(agent, None, turn_seconds=0.05)
    assert model.gate is not None
    asyncio.get_running_loop().call_later(0.3, model.gate.set)
    with pytest.raises(AgentError) as failed:
        await _listen(conversation, "a long story")
    assert failed.value.code == "turn_timed_out"
    assert LogEvent.TURN_TIMED_OUT in caplog.text
    assert "user: a long story" in transcript(agent.messages)
    model.gate = None
    assert (await _listen(conversation, "shorter"))[-1] == "end"


async def _listen(conversation: Conversation, prompt: str) -> list[object]:
    return [event["type"] async for event in conversation.turn(prompt, Proof())]


@pytest.mark.parametrize("prompt", ["a\x00b", "bell \x07", "\x1b[31mred"])
def test_what_is_no_text_is_refused(memory: FakeMemory, prompt: str) -> None:
    assert error_code(Process(Busy(0)).say(prompt)) == "prompt_invalid"
    assert memory.calls == []


def test_half_a_character_is_refused() -> None:
    with pytest.raises(AgentError) as refused:
        read_request({"prompt": "\ud83d"}, 100)
    assert refused.value.code == "prompt_invalid"


@pytest.mark.parametrize("prompt", ["line\none\r\n\ttab", "naïve – 日本語 🙂", "e\u0301"])
def test_what_is_text_is_taken(memory: FakeMemory, prompt: str) -> None:
    assert Process(Busy(0)).say(prompt)["response"] == f"You said {prompt}"


def test_a_notice_has_code_message_and_remedy(memory: FakeMemory) -> None:
    memory.fail("RetrieveMemoryRecords")
    notice, *_ = Process(Busy(0)).stream("one")
    assert notice["code"] == "memory_unavailable"
    assert notice["message"]
    assert notice["remedy"]


def test_a_result_that_would_fill_the_context_is_cut() -> None:
    result = CallToolResult(content=[TextContent(type="text", text="x" * (MAX_TEXT + 5))])
    (part,) = result_content(result)
    assert part["text"].endswith("[… 5 characters left out: ask for less …]")
    assert len(part["text"]) < MAX_TEXT + 100


def test_an_artifact_is_limited() -> None:
    Artifact("a.txt", "text/plain", b"x" * MAX_BYTES)
    with pytest.raises(ValueError, match="at most 1,000,000 bytes"):
        Artifact("a.txt", "text/plain", b"x" * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="a file's name"):
        Artifact("../a.txt", "text/plain", b"")


def test_a_turn_brings_so_many_artifacts_along_and_charts_of_tools_are_among_them() -> None:
    artifacts = ArtifactsOfTurn()
    image = {"format": "png", "source": {"bytes": b"\x89PNG"}}
    message = {"message": {"role": "user", "content": [{"toolResult": {"content": [{"image": image}]}}]}}
    (chart,) = artifacts.found_in(message)
    assert (chart.name, chart.media_type) == ("chart-1.png", "image/png")
    yielded = {"tool_stream_event": {"data": Artifact("a.txt", "text/plain", b"")}}
    assert sum(len(list(artifacts.found_in(yielded))) for _ in range(20)) == MAX_ARTIFACTS - 1


def test_tasks_have_an_id_of_their_own(tmp_path: Path) -> None:
    task = '[[task]]\nid = "a"\ntitle = "A"\ndescription = "A."\nprompt = "Do a."\ncategory = "All"\n'
    (tmp_path / "tasks.toml").write_text(task * 2)
    with pytest.raises(ValueError, match="two tasks have the id 'a'"):
        read_tasks(tmp_path / "tasks.toml")


@pytest.fixture
def no_handlers() -> Iterator[None]:
    """Logging as it is in a process that has just started."""
    loggers = [logging.getLogger(), logging.getLogger("agents")]
    kept = [logger.handlers for logger in loggers]
    for logger in loggers:
        logger.handlers = []
    yield
    for logger, handlers in zip(loggers, kept, strict=True):
        logger.handlers = handlers


@pytest.mark.parametrize("instrumented", [False, True])
def test_a_log_line_is_json_with_its_event_and_is_written_once(
    no_handlers: None, capsys: pytest.CaptureFixture[str], instrumented: bool
) -> None:
    if instrumented:
        logging.getLogger().addHandler(logging.StreamHandler())
    log_as_json()
    log_as_json()
    logging.getLogger("agents.shared.x").warning("tool=<a___b> | %s", LogEvent.TOOL_DENIED)
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["event"], told["detail"]) == ("WARNING", "tool denied", {"tool": "a___b"})
