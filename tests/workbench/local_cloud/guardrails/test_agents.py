"""The memory assistant under a guardrail: its real code and clients, on the emulator's Converse and a local model."""

import json
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from starlette.testclient import TestClient
from strands import Agent
from strands.models import BedrockModel

from agents.memory_assistant.agent import build_agent
from agents.memory_assistant.main import create_app
from agents.shared import aws
from agents.shared.guardrails.parameters import REDACTED
from agents.shared.guardrails.record import METRICS, NAMESPACE
from agents.shared.identity import ACTOR_HEADER
from agents.shared.memory import ConversationMemory
from agents.shared.service import AgentService
from agents.shared.session import Session
from agents.shared.settings import Settings
from tests.agents.conftest import SESSION, SESSION_HEADER, forget_clients, variables
from tests.agents.fake_memory import FakeMemory, serve_memory
from tests.workbench.local_cloud.guardrails.guarded_cloud import (
    MODEL,
    MODEL_ARN,
    GuardedCloud,
    allow,
    guardrail,
    personal,
    version,
)

BLOCKED_INPUT, BLOCKED_OUTPUT = "I cannot help with this.", "I may not say this."
Capture = pytest.CaptureFixture[str]
Log = pytest.LogCaptureFixture
Metric = dict[str, object]


class Assistant:
    """One session process of the assistant."""

    def __init__(self, build: Callable[..., Agent] = build_agent, **changed: str) -> None:
        environ = variables(AGENT_MODEL_ID=MODEL, **changed)
        self._client = TestClient(create_app(AgentService(build, environ=environ)))

    def say(self, prompt: str, *, stream: bool = False) -> dict[str, object]:
        headers = {ACTOR_HEADER: "ann", SESSION_HEADER: SESSION}
        sent = {"prompt": prompt, "stream": stream}
        response = self._client.post("/invocations", json=sent, headers=headers)
        if not stream:
            answer: dict[str, object] = response.json()
            return answer
        events = [json.loads(line.removeprefix("data: ")) for line in response.text.splitlines() if line]
        return {**events[-1], "streamed": "".join(one["text"] for one in events if one["type"] == "text")}


@pytest.fixture
def memory() -> Iterator[FakeMemory]:
    with serve_memory() as fake:
        yield fake


@pytest.fixture(scope="session")
def protected(guarded: GuardedCloud) -> dict[str, str]:
    """A guardrail that blocks a word in either direction, another one in answers, and masks e-mail addresses."""
    policies = {
        "WordPolicyConfig": {
            "WordsConfig": [{"Text": "unicorn"}, {"Text": "dragon", "InputEnabled": False}, {"Text": "griffin"}]
        },
        **personal("EMAIL", "ANONYMIZE", InputAction="ANONYMIZE", OutputAction="ANONYMIZE"),
    }
    return guarded.deploy("agents", Guardrail=guardrail("agents", **policies), Version=version())


@pytest.fixture
def assistant(
    guarded: GuardedCloud, protected: dict[str, str], memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Assistant]]:
    """Starts assistants under the guardrail, as a role that may call the model with it only."""
    condition = {"bedrock:GuardrailIdentifier": f"{protected['Arn']}:{protected['Version']}"}
    become(
        guarded,
        memory,
        monkeypatch,
        allow("bedrock:InvokeModelWithResponseStream", MODEL_ARN, StringEquals=condition),
        allow("bedrock:ApplyGuardrail", protected["Arn"]),
    )
    yield partial(Assistant, AGENT_GUARDRAIL_ID=protected["Id"], AGENT_GUARDRAIL_VERSION=protected["Version"])
    forget_clients()
    aws.guardrail_client.cache_clear()


def become(
    guarded: GuardedCloud, memory: FakeMemory, monkeypatch: pytest.MonkeyPatch, *statements: dict[str, object]
) -> None:
    """Let this process's clients be those of a role with these permissions."""
    keys = guarded.role_session(*statements).get_credentials()
    assert keys is not None
    assert keys.token is not None
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys.token)
    monkeypatch.setenv("AWS_ENDPOINT_URL", guarded.cloud.endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", memory.url)
    forget_clients()
    aws.guardrail_client.cache_clear()


def metrics(capture: Capture) -> list[Metric]:
    """The lines of standard output in the embedded metric format."""
    lines = [json.loads(line) for line in capture.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    for line in lines:
        (described,) = line["_aws"]["CloudWatchMetrics"]
        assert described["Namespace"] == NAMESPACE
        assert {one["Name"] for one in described["Metrics"]} == set(METRICS)
        assert all(isinstance(line[name], int) for name in METRICS)
        assert {name for names in described["Dimensions"] for name in names} <= line.keys()
    return lines


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_question_is_answered_in_a_friendly_way_and_never_kept(
    guarded: GuardedCloud,
    assistant: Callable[..., Assistant],
    memory: FakeMemory,
    capsys: Capture,
    caplog: Log,
    stream: bool,
) -> None:
    heard = len(guarded.model.heard)
    answer = assistant().say("Tell me of the unicorn", stream=stream)
    assert answer["response"] == answer.get("streamed", answer["response"]) == BLOCKED_INPUT
    assert answer["notices"] == ["A safety rule stopped your message; it was not passed on and is not kept."]
    assert len(guarded.model.heard) == heard
    assert memory.said("ann", SESSION) == [("USER", REDACTED), ("ASSISTANT", BLOCKED_INPUT)]
    assert "unicorn" not in json.dumps(memory.events)
    (metric,) = metrics(capsys)
    assert (metric["Interventions"], metric["Blocked"], metric["Masked"], metric["WordPolicy"]) == (1, 1, 0, 1)
    assert (metric["Source"], metric["Mode"]) == ("INPUT", "ENFORCE")
    (line,) = [one.getMessage() for one in caplog.records if "guardrail intervened" in one.getMessage()]
    assert "findings=<WordPolicy:CUSTOM_WORD:BLOCKED>" in line
    assert "unicorn" not in line


def test_the_conversation_goes_on_after_a_block_and_in_the_next_process(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory
) -> None:
    first = assistant()
    first.say("My number is 42")
    first.say("And my unicorn is pink")
    assert first.say("What is my number multiplied by 2?")["response"] == "The answer is 84."
    assert "unicorn" not in guarded.model.heard[-1]
    assert REDACTED in guarded.model.heard[-1]
    second = assistant().say("What is my number multiplied by 3?")
    assert (second["response"], second["notices"]) == ("The answer is 126.", [])


def test_what_was_said_before_there_was_a_guardrail_does_not_block_what_is_asked_now(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(guarded, memory, monkeypatch, allow("bedrock:*", "*"))
    assert "unicorn" in str(Assistant().say("My unicorn is pink")["response"])
    assert assistant().say("What is 6 * 7?")["response"] == "The answer is 42."
    assert "unicorn" in guarded.model.heard[-1]


def test_a_blocked_answer_is_neither_said_nor_kept(
    assistant: Callable[..., Assistant], memory: FakeMemory, capsys: Capture
) -> None:
    answer = assistant().say("say: here be a dragon", stream=True)
    assert answer["response"] == answer["streamed"] == BLOCKED_OUTPUT
    assert answer["notices"] == ["A safety rule held the answer back; what led to it is not kept."]
    assert memory.said("ann", SESSION) == [("USER", REDACTED), ("ASSISTANT", BLOCKED_OUTPUT)]
    (metric,) = metrics(capsys)
    assert (metric["Source"], metric["Blocked"]) == ("OUTPUT", 1)


def test_masked_data_reach_neither_the_model_nor_the_memory_and_the_message_stays(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory, capsys: Capture
) -> None:
    answer = assistant().say("My address is ann@example.org")
    assert "ann@example.org" not in guarded.model.heard[-1]
    assert answer["response"] == "I'll remember that: My address is {EMAIL}"
    assert answer["notices"] == ["A safety rule masked a part of your message before it was passed on."]
    (metric,) = metrics(capsys)
    assert (metric["Blocked"], metric["Masked"], metric["SensitiveInformationPolicy"]) == (0, 1, 1)
    assert memory.said("ann", SESSION)[0] == ("USER", "My address is {EMAIL}")
    assert "ann@example.org" not in json.dumps(memory.events)


def test_masked_data_of_a_question_that_needs_a_tool_are_not_kept_either(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory
) -> None:
    answer = assistant().say("I am ann@example.org. What is 6 * 7?")
    assert answer["response"] == "The answer is 42."
    assert answer["notices"] == ["A safety rule masked a part of your message before it was passed on."]
    assert "ann@example.org" not in guarded.model.heard[-1] + guarded.model.heard[-2]
    assert "ann@example.org" not in json.dumps(memory.events)


def test_what_memory_adds_to_a_question_is_judged_as_well(
    assistant: Callable[..., Assistant], memory: FakeMemory
) -> None:
    memory.records.append(("/users/ann/facts/", "Ann keeps a griffin.", 0.9))
    assert assistant().say("What do I keep?")["response"] == BLOCKED_INPUT


def test_without_a_guardrail_the_same_words_pass(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(guarded, memory, monkeypatch, allow("bedrock:InvokeModel*", MODEL_ARN))
    assert Assistant().say("say: unicorn")["response"] == "unicorn"
    assert "unicorn" in json.dumps(memory.events)


def test_the_role_cannot_call_the_model_without_the_guardrail(assistant: Callable[..., Assistant]) -> None:
    answer = Assistant().say("say: unicorn")
    assert answer["error"]["code"] == "model_denied"  # type: ignore[index]


def test_a_guardrail_the_role_may_not_apply_is_an_error_not_an_unguarded_answer(
    guarded: GuardedCloud,
    protected: dict[str, str],
    assistant: Callable[..., Assistant],
    memory: FakeMemory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    become(guarded, memory, monkeypatch, allow("bedrock:InvokeModelWithResponseStream", MODEL_ARN))
    heard = len(guarded.model.heard)
    denied = assistant().say("say: hello")
    assert denied["error"]["code"] == "guardrail_denied"  # type: ignore[index]
    assert len(guarded.model.heard) == heard


def test_a_guardrail_that_is_gone_is_an_error_not_an_unguarded_answer(
    guarded: GuardedCloud, assistant: Callable[..., Assistant], memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(guarded, memory, monkeypatch, allow("bedrock:*", "*"))
    heard = len(guarded.model.heard)
    gone = assistant(AGENT_GUARDRAIL_ID="gone").say("say: hello")
    assert gone["error"]["code"] == "model_failed"  # type: ignore[index]
    assert len(guarded.model.heard) == heard


def test_an_agent_that_does_not_tell_its_model_of_the_guardrail_does_not_answer(
    guarded: GuardedCloud, assistant: Callable[..., Assistant]
) -> None:
    def forgetful(settings: Settings, session: Session, *, memory: ConversationMemory | None) -> Agent:
        model = BedrockModel(boto_session=aws.boto_session(), model_id=settings.model_id)
        return build_agent(settings, session, memory=memory, model=model)

    answer = assistant(forgetful).say("say: unicorn")
    assert answer["error"]["code"] == "guardrail_missing"  # type: ignore[index]


def test_a_shadow_records_what_it_would_have_done_and_changes_nothing(
    guarded: GuardedCloud,
    assistant: Callable[..., Assistant],
    protected: dict[str, str],
    memory: FakeMemory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    caplog: Log,
) -> None:
    become(
        guarded,
        memory,
        monkeypatch,
        allow("bedrock:InvokeModelWithResponseStream", MODEL_ARN),
        allow("bedrock:ApplyGuardrail", protected["Arn"]),
    )
    answer = assistant(AGENT_GUARDRAIL_MODE="SHADOW").say("say: a dragon and ann@example.org")
    assert (answer["response"], answer["notices"]) == ("a dragon and ann@example.org", [])
    assert memory.said("ann", SESSION)[0] == ("USER", "say: a dragon and ann@example.org")
    found = {str(one["Source"]): one for one in metrics(capsys)}
    assert {one["Mode"] for one in found.values()} == {"SHADOW"}
    assert (found["INPUT"]["Masked"], found["INPUT"]["WordPolicy"]) == (1, 0)
    assert (found["OUTPUT"]["Blocked"], found["OUTPUT"]["WordPolicy"]) == (1, 1)
    lines = [one.getMessage() for one in caplog.records if "guardrail would intervene" in one.getMessage()]
    assert len(lines) == 2
    assert not any("example.org" in line or "dragon" in line for line in lines)


def test_a_shadow_that_fails_costs_a_log_line_and_no_answer(
    guarded: GuardedCloud,
    assistant: Callable[..., Assistant],
    memory: FakeMemory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    caplog: Log,
) -> None:
    become(guarded, memory, monkeypatch, allow("bedrock:InvokeModelWithResponseStream", MODEL_ARN))
    answer = assistant(AGENT_GUARDRAIL_MODE="SHADOW").say("say: unicorn")
    assert (answer["response"], answer["notices"]) == ("unicorn", [])
    assert metrics(capsys) == []
    assert sum("not recorded" in one.getMessage() for one in caplog.records) == 2


def test_memory_is_written_at_the_end_of_a_turn_only(assistant: Callable[..., Assistant], memory: FakeMemory) -> None:
    # What is blocked is redacted before anything leaves the process.
    assistant().say("unicorn")
    assert memory.operations().count("CreateEvent") == 1
