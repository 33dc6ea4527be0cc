"""Interventions read from traces, and what an agent without a guardrail pays for having none: nothing."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from agents.shared.guardrails.assessments import Finding, in_assessments, in_trace
from agents.shared.guardrails.parameters import guardrail_parameters
from agents.shared.guardrails.record import InterventionRecord
from agents.shared.session import Session
from agents.shared.settings import Settings
from tests.agents.conftest import SESSION, variables
from tests.conftest import ROOT

WORD = {"wordPolicy": {"customWords": [{"match": "secret project", "action": "BLOCKED", "detected": True}]}}
MAIL = {
    "sensitiveInformationPolicy": {
        "piiEntities": [{"match": "ann@example.org", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}]
    }
}
DETECTED_ONLY = {"topicPolicy": {"topics": [{"name": "Law", "type": "DENY", "action": "NONE", "detected": True}]}}
METRICS = {"invocationMetrics": {"usage": {"topicPolicyUnits": 1}}, "appliedGuardrailDetails": {"guardrailId": "g"}}


def settings(**changed: str) -> Settings:
    return Settings.from_environment(variables(AGENT_GUARDRAIL_ID="g", AGENT_GUARDRAIL_VERSION="3", **changed))


def test_reads_both_directions_of_a_trace() -> None:
    trace = {"inputAssessment": {"g": {**MAIL, **METRICS}}, "outputAssessments": {"g": [METRICS, {**WORD, **METRICS}]}}
    on_input, on_output = in_trace(trace)
    assert (on_input.source, on_input.blocked) == ("INPUT", False)
    assert on_input.findings == (Finding("SensitiveInformationPolicy", "EMAIL", "ANONYMIZED"),)
    assert (on_output.source, on_output.blocked) == ("OUTPUT", True)


@pytest.mark.parametrize("trace", [{}, {"inputAssessment": {"g": METRICS}}, {"inputAssessment": {"g": DETECTED_ONLY}}])
def test_a_trace_without_an_intervention_has_none(trace: Mapping[str, object]) -> None:
    assert in_trace(trace) == []


def test_a_record_holds_no_word_of_the_conversation(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (intervention,) = in_assessments("INPUT", [{**WORD, **MAIL}])
    InterventionRecord(settings(), Session(SESSION, "ann")).add(intervention)
    written = capsys.readouterr().out
    assert "secret project" not in written + caplog.text
    assert "example.org" not in written + caplog.text
    line = json.loads(written)
    assert (line["GuardrailId"], line["WordPolicy"], line["SensitiveInformationPolicy"]) == ("g", 1, 1)


def test_a_guardrail_named_by_its_arn_is_counted_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123"
    named = Settings.from_environment(variables(AGENT_GUARDRAIL_ID=arn, AGENT_GUARDRAIL_VERSION="1"))
    (intervention,) = in_assessments("INPUT", [WORD])
    InterventionRecord(named, Session(SESSION, "ann")).add(intervention)
    assert json.loads(capsys.readouterr().out)["GuardrailId"] == "abc123"


def test_the_model_is_told_of_an_enforced_guardrail_only() -> None:
    assert guardrail_parameters(Settings.from_environment(variables())) == {}
    assert guardrail_parameters(settings(AGENT_GUARDRAIL_MODE="SHADOW")) == {}
    told = guardrail_parameters(settings())
    assert (told["guardrail_id"], told["guardrail_version"], told["guardrail_redact_input"]) == ("g", "3", True)


# Makes a session's conversation as the first request does, and says what was imported for it.
_START = """
import sys
from agents.memory_assistant.main import build
from agents.shared.service import AgentService
from agents.shared.session import Session
from agents.shared.settings import Settings
import os
service = AgentService(build, warm_up=["agents.memory_assistant.agent"])
service._get_ready()
service._converse(Settings.from_environment(os.environ), Session("s" * 33, "ann"))
print(*sorted(name for name in sys.modules if name.startswith("agents.shared.guardrails")))
"""


@pytest.mark.parametrize(
    ("guarded", "imported"),
    [
        ({}, {"agents.shared.guardrails", "agents.shared.guardrails.parameters"}),
        (
            {"AGENT_GUARDRAIL_ID": "g", "AGENT_GUARDRAIL_VERSION": "1"},
            {"agents.shared.guardrails.guard", "agents.shared.guardrails.record"},
        ),
    ],
)
def test_only_an_agent_with_a_guardrail_imports_it(guarded: dict[str, str], imported: set[str]) -> None:
    environ = {**variables(**guarded), "PYTHONPATH": str(ROOT), "AWS_REGION": "us-east-1", "PATH": ""}
    started = subprocess.run([sys.executable, "-c", _START], env=environ, capture_output=True, text=True, check=True)
    found = set(started.stdout.split())
    assert found >= imported
    assert guarded or found == imported
