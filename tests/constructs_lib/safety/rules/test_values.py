"""Intrinsic functions, conditions and references between stacks."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.safety.rules import Settings, check_template, check_templates
from constructs_lib.safety.rules.values import absent, can_be, literal, targets, text
from tests.constructs_lib.safety.rules.cases import bad
from tests.constructs_lib.safety.rules.sound import attribute, sound

STRANGE: list[object] = [
    {"Ref": "Shown"},
    {"Ref": "Nowhere"},
    {"Fn::GetAtt": ["Nowhere", {"Ref": "Shown"}]},
    {"Fn::GetAtt": "Key.Arn"},
    {"Fn::If": ["Condition", {"Ref": "AWS::NoValue"}, {"Ref": "Shown"}]},
    {"Fn::Join": [",", {"Ref": "Shown"}]},
    {"Fn::Sub": ["${Name}", {"Name": {"Ref": "Shown"}}]},
    {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Shown"}]}]},
    {"Fn::ImportValue": {"Fn::Sub": "${Shown}-export"}},
    {"Fn::GetStackOutput": {"StackName": "A", "OutputName": "B"}},
    {"Fn::GetStackOutput": "A"},
    {"Fn::FindInMap": ["Map", "Key", "Value"]},
    {"Fn::Transform": {"Name": "AWS::Include"}},
    None,
    [],
    {},
    [None, 1, [[]]],
    "text",
    17,
    True,
]


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from places(each, (*path, key))


@pytest.mark.parametrize("strange", STRANGE, ids=str)
def test_no_value_anywhere_breaks_a_rule(strange: object) -> None:
    template = sound()
    everything = Settings(production=["*"], permissions_boundary=True, guardrail=True)
    ways = {name: list(places(body)) for name, body in template["Resources"].items()}
    # One place in each resource at a time: every place has its turn.
    for turn in range(max(map(len, ways.values()))):
        resources = copy.deepcopy(template["Resources"])
        for name, paths in ways.items():
            *way, last = paths[turn % len(paths)]
            within: Any = resources[name]
            for key in way:
                within = within[key]
            within[last] = strange
        check_template({"Resources": resources, "Parameters": template["Parameters"]}, settings=everything)


@pytest.mark.parametrize("template", [{}, {"Resources": None}, {"Resources": {"A": None, "B": {"Type": 1}}}])
def test_a_template_without_resources_has_no_finding(template: dict[str, object]) -> None:
    assert check_template(template) == []


def test_what_is_known_at_deployment_only_is_no_finding() -> None:
    template = sound()
    runtime = template["Resources"]["Runtime"]["Properties"]
    runtime["AgentRuntimeName"] = {"Fn::Sub": "my-${Shown}"}
    runtime["AgentRuntimeArtifact"]["CodeConfiguration"]["Code"]["S3"]["Prefix"] = {"Ref": "Shown"}
    template["Resources"]["Gateway"]["Properties"]["AuthorizerType"] = {"Ref": "Shown"}
    assert check_template(template) == []


def test_either_side_of_a_condition_counts() -> None:
    template = sound()
    gateway = template["Resources"]["Gateway"]["Properties"]
    gateway["AuthorizerType"] = {"Fn::If": ["Open", "NONE", "CUSTOM_JWT"]}
    gateway["KmsKeyArn"] = {"Fn::If": ["Open", {"Ref": "AWS::NoValue"}, attribute("Key")]}
    assert [each.rule for each in check_template(template)] == ["GatewayWithoutAuthorizer"]


@pytest.mark.parametrize(
    "reference", [{"Fn::ImportValue": "State:Arn"}, {"Fn::GetStackOutput": {"StackName": "State", "OutputName": "Arn"}}]
)
def test_templates_of_one_deployment_are_seen_together(reference: dict[str, object]) -> None:
    whole = sound()["Resources"]
    moved = [each for each in whole if each.startswith("Memory") and each != "Memory"]
    exported = {"Outputs": {"Arn": {"Value": attribute("Memory", "MemoryArn"), "Export": {"Name": "State:Arn"}}}}
    logs = {each: copy.deepcopy(whole[each]) for each in moved}
    for each in logs.values():
        if "ResourceArn" in each["Properties"]:
            each["Properties"]["ResourceArn"] = reference
        if "KmsKeyId" in each["Properties"]:
            each["Properties"]["KmsKeyId"] = "arn:aws:kms:us-east-1:111122223333:key/1"
    state: dict[str, object] = {**exported, "Resources": {each: whole[each] for each in whole if each not in moved}}
    together = check_templates({"State": state, "Logs": {"Resources": logs}})
    assert together == []
    assert "MemoryLogsNotDelivered" in {each.rule for each in check_template(state)}


def test_a_nested_stack_is_seen_with_its_parent() -> None:
    parent = sound()["Resources"]
    nested = {each: parent.pop(each) for each in ("MemoryLogsSource", "MemoryTracesSource")}
    for each in nested.values():
        each["Properties"]["ResourceArn"] = {"Ref": "MemoryArn"}
    for each in ("MemoryLogs", "MemoryTraces"):
        parent[each]["Properties"]["DeliverySourceName"] = {"Fn::GetAtt": ["Inner", f"Outputs.{each}"]}
    given = {"MemoryArn": attribute("Memory", "MemoryArn")}
    parent["Inner"] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": given}}
    outputs = {each: {"Value": {"Ref": f"{each}Source"}} for each in ("MemoryLogs", "MemoryTraces")}
    inner: dict[str, object] = {
        "Parameters": {"MemoryArn": {"Type": "String"}},
        "Resources": nested,
        "Outputs": outputs,
    }
    templates: dict[str, dict[str, object]] = {"State": {"Resources": parent}, "State/Inner": inner}
    everything = Settings(production=["*"])
    assert check_templates(templates, settings=everything, parents={"State/Inner": ("State", "Inner")}) == []
    assert check_templates(templates, settings=everything) != []


def test_policies_of_another_stack_count_for_the_role() -> None:
    whole = bad("ModelAccessToAll")["Resources"]
    policy = copy.deepcopy(whole.pop("AgentPolicy"))
    policy["Properties"]["Roles"] = [{"Fn::ImportValue": {"Fn::Sub": "Agent-Role"}}]
    outputs = {"Role": {"Value": {"Ref": "AgentRole"}, "Export": {"Name": "Agent-Role"}}}
    findings = check_templates(
        {"Agent": {"Resources": whole, "Outputs": outputs}, "Rights": {"Resources": {"P": policy}}}
    )
    assert ("Rights", "P", "ModelAccessToAll") in {(each.template, each.logical_id, each.rule) for each in findings}


def test_production_is_where_the_patterns_say() -> None:
    template = bad("PublicNetworkInProduction")
    settings = Settings(production=["Prod/*"])
    assert check_template(template, name="Dev/Agent", settings=settings) == []
    assert {each.rule for each in check_template(template, name="Prod/Agent", settings=settings)} == {
        "PublicNetworkInProduction"
    }


def test_text_of_intrinsic_functions() -> None:
    assert text({"Fn::Join": ["/", ["a", {"Ref": "B"}, attribute("C", "Arn")]]}) == "a/${B}/${C.Arn}"
    assert text({"Fn::Sub": ["x-${A}-${B}", {"A": "1"}]}) == "x-1-${B}"
    assert literal({"Fn::Join": ["", ["a", "b"]]}) == "ab"
    assert literal({"Ref": "A"}) is None
    assert targets({"Fn::Sub": "${A.Arn} ${!NotThis} ${AWS::Region}"}) == {"A", "AWS::Region"}
    assert targets({"x": [{"Fn::GetAtt": "B.Arn"}]}) == {"B"}
    assert absent({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, []]})
    assert not absent({"Ref": "A"})
    assert can_be({"Fn::If": ["C", {"Fn::If": ["D", 1, 2]}, 3]}, 2)
