"""Each rule: silent on the sound template, and the only one to speak on its bad one."""

from collections.abc import Mapping

import pytest

from constructs_lib.safety.rules import RULES, Finding, Settings, check_template
from tests.constructs_lib.safety.rules.cases import CASES, bad
from tests.constructs_lib.safety.rules.sound import sound

EVERYTHING = Settings(production=["template"], permissions_boundary=True, guardrail=True)


def found(template: Mapping[str, object], settings: Settings = EVERYTHING) -> list[Finding]:
    return check_template(template, settings=settings)


def test_the_sound_template_has_no_finding() -> None:
    assert found(sound()) == []


def test_every_rule_has_a_bad_template() -> None:
    assert set(CASES) == set(RULES)
    assert len(RULES) >= 40


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_bad_template_breaks_its_rule_and_no_other(rule: str) -> None:
    findings = found(bad(rule))
    assert {each.rule for each in findings} == {rule}
    assert all(each.severity is RULES[rule].severity and each.message and each.path for each in findings)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_sound_template_has_something_for_the_rule_to_look_at(rule: str) -> None:
    # Its good template is one without agents, below.
    added = {"AWS::XRay::ResourcePolicy"}
    types = {each["Type"] for each in sound()["Resources"].values()} | added
    assert types & set(RULES[rule].types)


def test_xrays_policy_in_a_stack_of_its_own_is_fine() -> None:
    template = {"Resources": {"Policy": {"Type": "AWS::XRay::ResourcePolicy", "Properties": {"PolicyName": "spans"}}}}
    assert found(template) == []


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_says_why_and_what_to_do(rule: str) -> None:
    said = RULES[rule]
    assert said.id.isidentifier()
    assert all(len(text) > 15 for text in (said.title, said.why))
    assert said.remedy.endswith(".")
    assert said.why.endswith(".")
    assert "  " not in said.why + said.remedy
