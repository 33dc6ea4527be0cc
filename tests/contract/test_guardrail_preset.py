"""The preset of `ContentGuardrail` as it is synthesized, in the hands of the local cloud's stand-in for guardrails."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.safety import ContentGuardrail
from tests.constructs_lib.safety.source_table import LINES, Line
from tests.constructs_lib.support import only, stack, template
from workbench.local_cloud.guardrails.assessment import Assessment, Content, assess
from workbench.local_cloud.guardrails.policy import Policy, Source, read_policy

DATA = Path(__file__).parents[1] / "data/guardrails"
ADVERSARIAL: Sequence[Mapping[str, Any]] = tomllib.loads((DATA / "adversarial.toml").read_text())["prompts"]
HARMLESS: Mapping[str, Any] = tomllib.loads((DATA / "harmless.toml").read_text())
# Texts on the lines that no adversarial prompt is about.
TEXTS = {
    "cloud engineering": "How do I share one Transit Gateway between accounts?",
    "AWS services": "Which AWS service keeps session data of my users?",
    "infrastructure as code": "Write a CDK stack with a bucket and a queue.",
    "security best practices": "How do I keep the root user of my accounts safe?",
    "cost optimization": "How do I lower the cost of my NAT gateways?",
    "DevOps practices": "Set up a pipeline that deploys to staging first.",
    "cloud architecture": "Draw the architecture of an event-driven order service.",
    "names (configurable)": "My name is Mia Berg and I run the platform team.",
    "addresses (configurable)": "Ship the appliance to 100 Main Street, Springfield, IL 62701.",
    "ids of AWS accounts: allow": "Which roles of account 123456789012 may read the bucket?",
    "ARNs: allow": "What is wrong with arn:aws:iam::123456789012:role/Deploy?",
}


def preset(**props: bool) -> Policy:
    of = stack()
    ContentGuardrail.cloud_engineering(of, "Guardrail", **props)  # type: ignore[arg-type]
    return read_policy(only(template(of), "AWS::Bedrock::Guardrail")["Properties"])


@pytest.fixture(scope="module")
def policy() -> Policy:
    return preset()


@pytest.fixture(scope="module")
def full() -> Policy:
    return preset(names=True, addresses=True)


def judged(policy: Policy, text: str, source: Source = "INPUT") -> Assessment:
    return assess(policy, source, [Content(text)])


def outcome(assessment: Assessment) -> str:
    return "block" if assessment.blocked else "mask" if assessment.masked else "pass"


def found(assessment: Assessment) -> set[str]:
    """What was found, by the name that the guardrail has for it."""
    findings = [one for lists in assessment.policies.values() for each in lists.values() for one in each]
    return {str(one.get("name", one.get("type"))) for one in findings if one["detected"]}


@pytest.mark.parametrize("prompt", ADVERSARIAL, ids=lambda prompt: str(prompt["text"])[:40])
def test_what_should_not_get_through(prompt: Mapping[str, Any], policy: Policy) -> None:
    assessment = judged(policy, prompt["text"])
    assert outcome(assessment) == prompt["expected"]
    assert set(prompt.get("by", ())) <= found(assessment)


@pytest.mark.parametrize("text", HARMLESS["passed"], ids=lambda text: text[:40])
def test_what_is_harmless_gets_through(text: str, policy: Policy) -> None:
    assert outcome(judged(policy, text)) == "pass"


@pytest.mark.parametrize("prompt", HARMLESS["masked"], ids=lambda prompt: prompt["text"][:40])
def test_what_is_harmless_but_personal_is_masked(prompt: Mapping[str, Any], policy: Policy) -> None:
    assessment = judged(policy, prompt["text"])
    assert outcome(assessment) == "mask"
    assert all(f"{{{entity}}}" in assessment.texts[0] for entity in prompt["by"])


@pytest.mark.parametrize("source", ["INPUT", "OUTPUT"])
@pytest.mark.parametrize(
    "line", [line for line in LINES if line.name != "GROUNDING"], ids=lambda line: f"{line.section}: {line.says}"
)
def test_each_line_of_the_source_document_acts_both_ways(line: Line, source: Source, full: Policy) -> None:
    text = TEXTS.get(line.says) or next(each["text"] for each in ADVERSARIAL if line.name in each.get("by", ()))
    assessment = judged(full, text, source)
    assert outcome(assessment) == {"blocked": "block", "masked": "mask"}.get(line.locally, "pass")
    if line.entry is not None:
        assert line.name in found(assessment)
    else:
        assert not found(assessment)


def test_answers_beside_their_source_are_misinformation(policy: Policy) -> None:
    def answered(answer: str) -> str:
        source = Content("A queue keeps messages for four days by default.", frozenset({"grounding_source"}))
        query = Content("How long does a queue keep messages?", frozenset({"query"}))
        return outcome(assess(policy, "OUTPUT", [source, query, Content(answer)]))

    assert answered("A queue keeps messages for four days by default.") == "pass"
    assert answered("Buckets are replicated across seven continents every minute.") == "block"


def test_answers_without_a_source_are_not_held_against_one(policy: Policy) -> None:
    assert outcome(judged(policy, "Buckets are replicated across seven continents.", "OUTPUT")) == "pass"
