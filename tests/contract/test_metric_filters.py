"""The metric filters of `AgentMonitoring`, held against log lines that the agents' own logger writes."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from strands.types.content import Messages
from strands.types.exceptions import ModelThrottledException

from agents.shared import retries
from agents.shared.guardrails.assessments import Finding, Intervention
from agents.shared.guardrails.record import InterventionRecord
from agents.shared.request_log import Outcome
from agents.shared.session import Session
from agents.shared.settings import Settings
from agents.shared.telemetry import LogEvent, log_as_json
from constructs_lib.observability.monitoring.dashboards.queries import AGENT_QUERIES
from constructs_lib.observability.monitoring.log_metrics import LOG_METRICS
from tests.agents.conftest import MEMORY_ID, SESSION, Process, forget_clients, memory, variables
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Step
from tests.constructs_lib.observability.monitoring.support import watched
from tests.constructs_lib.support import resources
from workbench.dashboards.insights.query import run
from workbench.dashboards.insights.records import record
from workbench.telemetry.metric_filters import LogEvent as Line
from workbench.telemetry.metric_filters import MetricFilter
from workbench.telemetry.store import Datum

__all__ = ["memory"]


@cache
def filters() -> dict[str, MetricFilter]:
    """The filters of a synthesized template, by the metric's name, as CloudFormation hands them to PutMetricFilter."""
    found = {}
    for each in resources(watched().template, "AWS::Logs::MetricFilter").values():
        properties = each["Properties"]
        (transformation,) = properties["MetricTransformations"]
        dimensions = {item["Key"]: item["Value"] for item in transformation.get("Dimensions", [])}
        described = {
            "filterPattern": properties["FilterPattern"],
            "metricTransformations": [
                {
                    "metricName": transformation["MetricName"],
                    "metricNamespace": transformation["MetricNamespace"],
                    "metricValue": transformation["MetricValue"],
                    "dimensions": dimensions,
                }
            ],
        }
        found[transformation["MetricName"]] = MetricFilter.of_request(described)
    return found


@dataclass
class Log:
    """What an agent wrote."""

    stream: io.StringIO

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def counted(self) -> dict[str, list[Datum]]:
        """What each filter publishes of it; those that publish nothing are left out."""
        events = [Line(message, time.time()) for message in self.lines]
        found = {name: list(each.values(events)) for name, each in filters().items()}
        return {name: data for name, data in found.items() if data}

    def sums(self) -> dict[str, float]:
        """The same as CloudWatch's Sum, times left out."""
        counted = {name: data for name, data in self.counted().items() if name != "AnswerTime"}
        return {name: sum(datum.value for datum in data) for name, data in counted.items()}


@pytest.fixture
def log() -> Iterator[Log]:
    """What agents write, by the handler that they write with."""
    root, agents, stream = logging.getLogger(), logging.getLogger("agents"), io.StringIO()
    level = agents.level
    console = logging.StreamHandler(stream)
    root.addHandler(console)
    log_as_json()
    yield Log(stream)
    root.removeHandler(console)
    agents.setLevel(level)


def echo(_: Messages) -> Step:
    return "Hello"


def failing(error: Exception) -> Callable[[Messages], Step]:
    return lambda _: error


def test_every_filter_is_held_against_a_line_below() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert set(filters()) == {each.name for each in LOG_METRICS}
    assert not [name for name in filters() if f'"{name}"' not in source]


def test_an_answer(memory: FakeMemory, log: Log) -> None:
    assert Process(echo).say("Hi")["response"] == "Hello"
    assert log.sums() == {"EndedRequests": 1.0, "InputTokens": 0.0, "OutputTokens": 0.0}
    (datum,) = log.counted()["AnswerTime"]
    assert 0 <= datum.value < 60_000
    ended = next(json.loads(line) for line in log.lines if LogEvent.REQUEST_ENDED in line)
    assert ended["event"] == LogEvent.REQUEST_ENDED
    assert ended["detail"] == {
        "session_id": SESSION,
        "actor_id": "ann",
        "outcome": Outcome.ANSWERED,
        "code": "none",
        "duration_ms": datum.value,
    }


def test_tokens(memory: FakeMemory, log: Log) -> None:
    process = Process(echo)
    stream = process.model.stream

    async def with_usage(*args: Any, **kwargs: Any) -> Any:
        async for event in stream(*args, **kwargs):
            yield event
        usage = {"inputTokens": 120, "outputTokens": 30, "totalTokens": 150}
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 1}}}

    process.model.stream = with_usage  # type: ignore[method-assign]
    process.say("one")
    process.say("two")
    # Each turn says what it used, not what the session has used so far.
    assert [datum.value for datum in log.counted()["InputTokens"]] == [120, 120]
    assert [datum.value for datum in log.counted()["OutputTokens"]] == [30, 30]


def test_a_throttled_model_is_no_error(memory: FakeMemory, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries.ThrottledModelRetries, "_calculate_delay", lambda *_: 0.0)
    answer = Process(failing(ModelThrottledException("too many"))).say("Hi")
    assert "error" in answer
    counted = log.sums()
    attempts = counted.pop("ModelThrottles")
    assert attempts == retries.MAX_ATTEMPTS
    assert counted == {"EndedRequests": 1, "ThrottledRequests": 1, "InputTokens": 0, "OutputTokens": 0}


def test_a_failure(memory: FakeMemory, log: Log) -> None:
    assert "error" in Process(failing(RuntimeError("broken"))).say("Hi")
    assert log.sums() == {"EndedRequests": 1, "FailedRequests": 1, "InputTokens": 0, "OutputTokens": 0}


def test_settings_that_are_wrong_are_a_failure(memory: FakeMemory, log: Log) -> None:
    assert "error" in Process(echo, environ=variables(AGENT_MODEL_ID="")).say("Hi")
    assert log.sums() == {"EndedRequests": 1, "FailedRequests": 1}


def test_a_caller_without_identity(memory: FakeMemory, log: Log) -> None:
    assert "error" in Process(echo).say("Hi", actor=None)
    assert log.sums() == {"EndedRequests": 1, "UnauthenticatedRequests": 1}


def test_a_request_that_the_caller_got_wrong(memory: FakeMemory, log: Log) -> None:
    assert "error" in Process(echo).say("")
    assert log.sums() == {"EndedRequests": 1}


def test_a_memory_that_fails(memory: FakeMemory, log: Log) -> None:
    memory.fail()
    answer = Process(echo).say("Hi")
    assert answer["response"] == "Hello"
    counted = log.counted()
    assert [datum.value for datum in counted["MemoryFailures"]] == [1.0] * 3
    assert [datum.dimensions for datum in counted["FailuresOfMemory"]] == [{"MemoryId": MEMORY_ID}] * 3
    assert "FailedRequests" not in counted


def test_a_memory_that_is_not_there(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    assert Process(echo).say("Hi")["response"] == "Hello"
    forget_clients()
    counted = log.counted()
    assert len(counted["MemoryFailures"]) == len(counted["FailuresOfMemory"]) >= 3


def test_a_throttled_memory_is_not_unavailable(memory: FakeMemory, log: Log) -> None:
    memory.fail(status=429, code="ThrottledException")
    assert Process(echo).say("Hi")["response"] == "Hello"
    assert log.sums() == {"EndedRequests": 1, "InputTokens": 0, "OutputTokens": 0}
    assert [line for line in log.lines if LogEvent.MEMORY_UNAVAILABLE in line]


def test_a_gateway_that_fails(memory: FakeMemory, log: Log) -> None:
    environ = variables(AGENT_GATEWAY_URL="http://127.0.0.1:9/mcp")
    assert Process(echo, environ=environ).say("Hi")["response"] == "Hello"
    assert log.sums()["GatewayFailures"] == 1


def test_saved_queries_find_these_lines(memory: FakeMemory, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries.ThrottledModelRetries, "_calculate_delay", lambda *_: 0.0)
    Process(echo).say("Hi")
    Process(echo).say("Hi", actor=None)
    Process(failing(RuntimeError("broken"))).say("Hi")
    Process(failing(ModelThrottledException("too many"))).say("Hi")
    memory.fail()
    Process(echo).say("Hi")
    records = [record(line, milliseconds=number, group="g", stream="s") for number, line in enumerate(log.lines)]
    found = {name: run("\n| ".join(lines), records).rows for name, lines in AGENT_QUERIES.items()}
    assert {row["detail.code"] for row in found["Requests that failed"]} == {"model_failed"}
    outcomes = {(row["detail.outcome"], row["detail.code"]): row["requests"] for row in found["Requests by outcome"]}
    assert outcomes == {
        ("answered", "none"): 2,
        ("unauthenticated", "identity_required"): 1,
        ("failed", "model_failed"): 1,
        ("throttled", "model_busy"): 1,
    }
    assert len(found["Slowest requests"]) == 5
    assert {row["errorType"] for row in found["Errors with their cause"]} >= {"RuntimeError"}
    assert {row["detail.reason"] for row in found["Memory failures"]} == {"AccessDeniedException"}
    assert sum(float(row["attempts"] or 0) for row in found["Throttled by the model"]) == retries.MAX_ATTEMPTS
    assert [row["users"] for row in found["Active users"]] == [1]
    assert len(found["Callers without identity"]) == 1
    assert found["Tokens by session"]
    # The guardrail's lines are written in tests of their own.
    assert found["Guardrail interventions"] == ()


def test_a_guardrail_that_intervenes(log: Log) -> None:
    environ = variables(AGENT_GUARDRAIL_ID="abcdefghijkl", AGENT_GUARDRAIL_VERSION="1")
    settings = Settings.from_environment(environ)
    InterventionRecord(settings, Session(SESSION, "ann")).add(
        Intervention("INPUT", (Finding("TopicPolicy", "Finance", "BLOCKED"),))
    )
    records = [record(line, milliseconds=0, group="g", stream="s") for line in log.lines]
    (row,) = run("\n| ".join(AGENT_QUERIES["Guardrail interventions"]), records).rows
    assert (row["detail.findings"], row["detail.source"]) == ("TopicPolicy:Finance:BLOCKED", "INPUT")
    assert log.counted() == {}


def test_what_others_log_does_not_count(log: Log) -> None:
    logging.getLogger("strands.agent").warning("outcome=<failed>, duration_ms=<1> | request ended")
    logging.getLogger("agents.shared.x").warning("said=<outcome=<failed> | request ended> | something else")
    assert len(log.lines) == 2
    assert log.counted() == {}


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "request ended"',
        "request ended",
        '{"message": "request ended"}',
        '{"event": "request ended by somebody", "detail": {"outcome": "failed"}}',
        '{"body": "x | request ended", "attributes": {"event": "other"}}',
    ],
)
def test_other_lines_do_not_count(line: str) -> None:
    log = Log(io.StringIO(line + "\n"))
    assert log.counted() == {}
