"""Permissions, however a template writes them."""

from typing import Any

import pytest

from constructs_lib.safety.rules import check_template
from tests.constructs_lib.safety.rules.sound import allow, ref, resource, sound

WRITES = allow(["s3:Put*"], "arn:aws:s3:::data/*")
EVERY_MODEL = allow("bedrock:InvokeModel*", "*")


def inline(statement: object) -> dict[str, Any]:
    template = sound()
    policy = {"PolicyName": "inline", "PolicyDocument": {"Statement": statement}}
    template["Resources"]["AgentRole"]["Properties"]["Policies"] = [policy]
    return template


def attached(type: str, statement: object, **properties: object) -> dict[str, Any]:
    template = sound()
    template["Resources"]["Added"] = resource(type, PolicyDocument={"Statement": [statement]}, **properties)
    return template


def rules(template: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in check_template(template):
        found.setdefault(each.logical_id, set()).add(each.rule)
    return found


@pytest.mark.parametrize("statement", [EVERY_MODEL, [WRITES, EVERY_MODEL]])
def test_of_a_policy_in_the_role(statement: object) -> None:
    assert rules(inline(statement)) == {"AgentRole": {"ModelAccessToAll"}}


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("AWS::IAM::Policy", {"Roles": [ref("AgentRole")]}),
        ("AWS::IAM::ManagedPolicy", {"Roles": [ref("AgentRole")]}),
        ("AWS::IAM::RolePolicy", {"RoleName": ref("AgentRole")}),
    ],
)
def test_of_every_kind_of_policy(type: str, properties: dict[str, object]) -> None:
    assert rules(attached(type, EVERY_MODEL, **properties)) == {"Added": {"ModelAccessToAll"}}


def test_of_a_policy_that_the_role_names() -> None:
    template = attached("AWS::IAM::ManagedPolicy", EVERY_MODEL)
    assert rules(template) == {}
    template["Resources"]["AgentRole"]["Properties"]["ManagedPolicyArns"] = [ref("Added")]
    assert rules(template) == {"Added": {"ModelAccessToAll"}}


def test_of_other_roles_are_not_looked_at() -> None:
    assert rules(attached("AWS::IAM::Policy", EVERY_MODEL, Roles=[ref("Caller")])) == {}


def test_everything_but_some_actions_is_a_wildcard() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert rules(inline(statement)) == {"AgentRole": {"RoleActionWildcard"}}


def test_everything_but_some_resources_is_everything() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": "arn:aws:iam::111122223333:role/other"}
    assert rules(inline(statement)) == {"AgentRole": {"RolePassesAnyRole"}}


def test_either_side_of_a_condition_is_looked_at() -> None:
    resources = {"Fn::If": ["Open", ["arn:aws:bedrock:us-east-1::foundation-model/nova", "*"], "arn:aws:x"]}
    assert rules(inline(allow("bedrock:InvokeModel", resources))) == {"AgentRole": {"ModelAccessToAll"}}


def test_what_is_denied_is_not_allowed() -> None:
    assert rules(inline({**EVERY_MODEL, "Effect": "Deny"})) == {}


@pytest.mark.parametrize(
    ("type", "properties"),
    [("AWS::IAM::UserPolicy", {"UserName": "ann"}), ("AWS::IAM::GroupPolicy", {"GroupName": "g"})],
)
def test_a_caller_by_a_wildcard_may_name_any_user(type: str, properties: dict[str, object]) -> None:
    statement = allow("bedrock-agentcore:Invoke*", "*")
    assert rules(attached(type, statement, **properties)) == {"Added": {"InvokesForAnyUser"}}
