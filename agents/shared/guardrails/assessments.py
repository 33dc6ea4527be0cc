"""What a guardrail found, without what it found it in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Source = Literal["INPUT", "OUTPUT"]

POLICIES = {
    "topicPolicy": "TopicPolicy",
    "contentPolicy": "ContentPolicy",
    "wordPolicy": "WordPolicy",
    "sensitiveInformationPolicy": "SensitiveInformationPolicy",
    "contextualGroundingPolicy": "ContextualGroundingPolicy",
}
"""Policies as the API calls them, and as metrics do."""

_BLOCKED, _MASKED = "BLOCKED", "ANONYMIZED"


@dataclass(frozen=True)
class Finding:
    """One thing a policy found.

    Args:
        policy: The policy, by its metric's name.
        name: The topic's name, or the type of the filter, list or entity; never the text that was found.
        action: `BLOCKED` or `ANONYMIZED`.
    """

    policy: str
    name: str
    action: str


@dataclass(frozen=True)
class Intervention:
    """What a guardrail did, or would have done.

    Args:
        source: Whether the user or the model said it.
        findings: What was found; at least one.
    """

    source: Source
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Whether the text was blocked, rather than masked."""
        return any(finding.action == _BLOCKED for finding in self.findings)


def in_trace(trace: Mapping[str, object]) -> list[Intervention]:
    """The interventions in the trace of a model call.

    Args:
        trace: `trace.guardrail` of a response of Converse or of the last event of ConverseStream.
    """
    given, answered = trace.get("inputAssessment"), trace.get("outputAssessments")
    on_input = list(given.values()) if isinstance(given, Mapping) else []
    of_each = list(answered.values()) if isinstance(answered, Mapping) else []
    on_output = [assessment for each in of_each if isinstance(each, list) for assessment in each]
    return [*in_assessments("INPUT", on_input), *in_assessments("OUTPUT", on_output)]


def masks_of_input(trace: Mapping[str, object]) -> dict[str, str]:
    """What the guardrail masked in a question, and what it wrote instead.

    Args:
        trace: `trace.guardrail` of a model call.
    """
    given = trace.get("inputAssessment")
    assessments = given.values() if isinstance(given, Mapping) else ()
    items = (item for one in assessments if isinstance(one, Mapping) for _, item in _items(one))
    return {
        str(item["match"]): f"{{{item.get('name') or item.get('type')}}}"
        for item in items
        if item.get("action") == _MASKED and item.get("match")
    }


def in_assessments(source: Source, assessments: Sequence[object]) -> list[Intervention]:
    """The intervention in the assessments of one text; empty if there was none.

    Args:
        source: Who said the text.
        assessments: `assessments` of ApplyGuardrail, or an assessment of a trace.
    """
    findings = tuple(finding for one in assessments if isinstance(one, Mapping) for finding in _findings(one))
    return [Intervention(source, findings)] if findings else []


def _findings(assessment: Mapping[str, object]) -> Iterator[Finding]:
    for policy, item in _items(assessment):
        if item.get("action") in (_BLOCKED, _MASKED):
            # An own word has neither name nor type, and its text is what was said.
            yield Finding(policy, str(item.get("name") or item.get("type") or "CUSTOM_WORD"), str(item["action"]))


def _items(assessment: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for policy, metric in POLICIES.items():
        lists = assessment.get(policy)
        for listed in lists.values() if isinstance(lists, Mapping) else ():
            for item in listed if isinstance(listed, list) else ():
                if isinstance(item, Mapping):
                    yield metric, item
