"""What can never be fulfilled is found; what can is never called impossible."""

import itertools
from collections.abc import Mapping

import cedarpy
import pytest

from constructs_lib.gateway.cedar import Principal, ToolPolicies, ToolSignature
from constructs_lib.gateway.cedar.decisions import parsed_statement
from constructs_lib.gateway.cedar.reasoning import Reasoning
from constructs_lib.gateway.cedar.text import OAUTH_USER

A, NOTE = "context.input.a", "context.input.note"

IMPOSSIBLE = [
    "false",
    f"{A} < 5 && {A} > 10",
    f"{A} < 5 && {A} > 4",
    f"{A} <= 5 && {A} >= 5 && {A} != 5",
    f"5 < {A} && 6 > {A}",
    f"{A} == 5 && {A} == 6",
    f"{A} == 5 && {A} < 5",
    f"[1, 2].contains({A}) && {A} > 2",
    f"[1, 2].contains({A}) && {A} != 1 && {A} != 2",
    f"{A} > -3 && {A} < -3",
    f"!({A} < 5) && {A} < 5",
    f"!({A} < 5 || {A} >= 5)",
    f"({A} < 5 || {A} == 7) && {A} == 6",
    f"if {A} < 5 then {A} > 6 else {A} < 3",
    f'{NOTE} == "x" && {NOTE} == "y"',
    f'{NOTE} == "x" && {NOTE} like "y*"',
    f'{NOTE} like "a*" && {NOTE} like "b*"',
    f'{NOTE} like "*a" && {NOTE} like "*b"',
    f'{NOTE} like "a*" && !({NOTE} like "a*")',
    f'["x", "y"].contains({NOTE}) && !({NOTE} like "*")',
    'context.input has opt && !(context.input has opt)',
    '!(context.input has opt) && context.input.opt == 1',
    'principal.hasTag("t") && !principal.hasTag("t")',
    'principal.hasTag("t") && principal.getTag("t") == "x" && principal.getTag("t") == "y"',
    '!principal.hasTag("t") && principal.getTag("t") == "x"',
    "context.input.flag && !context.input.flag",
    "context.input.flag == true && context.input.flag == false",
    "context.input.flag && context.input.flag == false",
    'context.input.d.lessThan(decimal("0.5")) && context.input.d.greaterThan(decimal("0.5"))',
    'context.input.d.lessThan(decimal("0.5001")) && context.input.d.greaterThan(decimal("0.5"))',
    'context.input.l.contains("x") && !context.input.l.contains("x")',
    "principal is AgentCore::IamEntity",
    '"x" == "y"',
]  # fmt: skip

POSSIBLE = [
    "true",
    f"{A} < 5 && {A} > 3",
    f"{A} <= 5 && {A} >= 5",
    f"{A} < 5 || {A} > 10",
    f"!({A} < 5 && {A} > 10)",
    f"[1, 2].contains({A}) && {A} > 1",
    f'{NOTE} like "a*" && {NOTE} like "ab*"',
    f'{NOTE} like "a*" && {NOTE} like "*b"',
    f'{NOTE} == "axb" && {NOTE} like "a*b"',
    f'{NOTE} != "x" && {NOTE} != "y"',
    "context.input has opt && context.input.opt == 1",
    'context.input.d.lessThan(decimal("0.5002")) && context.input.d.greaterThan(decimal("0.5"))',
    'context.input.l.contains("x") && context.input.l.contains("y")',
    "principal is AgentCore::OAuthUser",
    "context.input.flag",
    "!context.input.flag",
    f"{A} == context.input.b && {A} == 1 && context.input.b == 2",  # two arguments compared: not followed
    'principal.hasTag("t") && principal.getTag("t") == "x" && !principal.hasTag("u")',
]  # fmt: skip


def statement(condition: str, clause: str = "when") -> Mapping[str, object]:
    return parsed_statement("P", f"permit(principal, action, resource) {clause} {{ {condition} }};")


@pytest.mark.parametrize("condition", IMPOSSIBLE)
def test_contradictions_are_found(condition: str) -> None:
    assert not Reasoning(OAUTH_USER).possible([statement(condition)])


@pytest.mark.parametrize("condition", POSSIBLE)
def test_what_can_be_fulfilled_is_possible(condition: str) -> None:
    assert Reasoning(OAUTH_USER).possible([statement(condition)])


def test_unless_is_the_opposite() -> None:
    assert not Reasoning().possible([statement("true", "unless")])
    assert Reasoning().possible([statement("context.input.flag", "unless")])
    both = "permit(principal, action, resource) when { context.input.a < 3 } unless { context.input.a < 4 };"
    assert not Reasoning().possible([parsed_statement("P", both)])


def test_statements_together() -> None:
    small, large = statement(f"{A} < 5"), statement(f"{A} > 10")
    assert not Reasoning().possible([small, large])
    assert Reasoning().possible([small], [large])
    assert not Reasoning().possible([small], [statement(f"{A} < 7")])
    assert Reasoning().possible([small], [statement(f"{A} < 4")])


def test_conditions_too_large_to_follow_count_as_possible() -> None:
    def never(count: int) -> str:
        return " && ".join([*(f"({A}{n} < 5 || {A}{n} > 10)" for n in range(count)), f"{A}0 == 7"])

    assert not Reasoning().possible([statement(never(8))])
    assert Reasoning().possible([statement(never(20))])


def test_no_call_that_cedar_allows_is_called_impossible() -> None:
    """Every condition over small values that reasoning rejects is denied by Cedar for all of these values."""
    tool = ToolSignature(
        "T___t",
        {
            "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "s": {"type": "string"}},
            "required": ["a", "b"],
        },
    )
    atoms = [f"{A} < 1", f"{A} == 1", "context.input.b", "context.input has s", f"[0, 2].contains({A})"]
    negated = [*atoms, *(f"!({atom})" for atom in atoms)]
    arn, ann = "arn:aws:gateway", Principal.user("ann")
    calls = [
        {"a": a, "b": b, **s} for a, b, s in itertools.product((0, 1, 2), (True, False), ({}, {"s": "x"}))
    ]  # fmt: skip
    rejected = 0
    for first, second, third in itertools.product(negated, repeat=3):
        for condition in (f"{first} && {second} && {third}", f"({first} || {second}) && {third}"):
            text = f"permit(principal, action, resource) when {{ {condition} }};"
            policies = ToolPolicies({"P": text}, tools=[tool], gateway_arn=arn)
            allowed = any(policies.decide(principal=ann, tool=tool.name, arguments=call).allowed for call in calls)
            possible = Reasoning(OAUTH_USER).possible([parsed_statement("P", text)])
            assert possible or not allowed, condition
            assert policies.may_use(principal=ann, tool=tool.name) is possible, condition
            rejected += not possible
    assert rejected > 300


def test_the_conditions_here_are_cedar() -> None:
    for condition in (*IMPOSSIBLE, *POSSIBLE):
        cedarpy.PolicySet.from_str(f"permit(principal, action, resource) when {{ {condition} }};")
