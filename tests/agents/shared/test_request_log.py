"""What the log line of a request says, and how lines become fields."""

import logging

import pytest

from agents.shared.errors import AgentError
from agents.shared.log_fields import log_fields
from agents.shared.request_log import Outcome, request_entry


def entry_of(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    (line,) = [each.getMessage() for each in caplog.records if each.name == "agents.shared.request_log"]
    fields = log_fields(line)
    assert fields["event"] == "request ended"
    detail = fields["detail"]
    assert isinstance(detail, dict)
    return detail


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (401, Outcome.UNAUTHENTICATED),
        (403, Outcome.REFUSED),
        (429, Outcome.THROTTLED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
        (504, Outcome.FAILED),
    ],
)
def test_an_error_by_its_status(caplog: pytest.LogCaptureFixture, status: int, outcome: Outcome) -> None:
    with caplog.at_level(logging.INFO, "agents"), request_entry("s-1") as entry:
        entry.saw(AgentError("some_code", "It is wrong.", "Mend it.", status=status).body())
        entry.complete()
    detail = entry_of(caplog)
    assert (detail["outcome"], detail["code"], detail["session_id"]) == (outcome, "some_code", "s-1")


def test_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "agents"), request_entry("s-1") as entry:
        entry.actor_id = "ann"
        entry.saw({"type": "end", "response": "Hello", "notices": []})
        entry.complete()
    detail = entry_of(caplog)
    assert (detail["outcome"], detail["code"], detail["actor_id"]) == (Outcome.ANSWERED, "none", "ann")
    assert isinstance(detail["duration_ms"], int)


def test_a_caller_who_leaves(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "agents"), request_entry("s-1") as entry:
        entry.saw({"type": "text", "text": "Hel"})
    assert entry_of(caplog)["outcome"] == Outcome.ABANDONED


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("tool=<echo>, count=<3> | tool denied", {"event": "tool denied", "detail": {"tool": "echo", "count": 3}}),
        ("x=<-1> | y", {"event": "y", "detail": {"x": -1}}),
        ("nothing to tell | done", {"event": "done", "detail": {}}),
        ("error=<a, b=c> | failed", {"event": "failed", "detail": {"error": "a, b=c"}}),
        ("error=<in <b>, or so>, n=<1> | failed", {"event": "failed", "detail": {"error": "in <b>, or so", "n": 1}}),
        ("error=<x | request ended> | failed", {"event": "failed", "detail": {"error": "x | request ended"}}),
        ("A line of another library", {}),
    ],
)
def test_fields_of_a_line(message: str, fields: dict[str, object]) -> None:
    assert log_fields(message) == fields
