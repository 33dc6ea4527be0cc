"""The cloud engineer's stacks in a stage of their own: clean under every rule pack, reading and writing apart."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from agents.cloud_engineer.agent import SYSTEM_PROMPT
from agents.cloud_engineer.announced import CHANGE_TOOLS, EXECUTE, PROPOSE
from constructs_lib import AgentCoreChecks
from stacks.cloud_engineer_permissions import CHANGED_TYPES
from stacks.cloud_engineer_tools_stack import CloudEngineerToolsStack
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import PACKS
from tests.contract.test_rule_packs import WITH_CHECKOV, checkov
from tests.stacks.engineer_stage import EngineerStage

Template = Mapping[str, Any]
READS = ("Describe", "Get", "List")
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cloud-engineer.md"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("engineer")
    app = cdk.App(analytics_reporting=False, outdir=str(output))
    EngineerStage(app)
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in PACKS), AgentCoreChecks(app, production=["Engineer/*"]))
    try:
        app.synth()
    except RuntimeError as error:
        if "validation" not in str(error).lower():
            raise
    return output


@pytest.fixture(scope="module")
def templates(assembly: Path) -> dict[str, Template]:
    manifest = json.loads((assembly / "assembly-Engineer" / "manifest.json").read_text())
    stacks = {name: each for name, each in manifest["artifacts"].items() if each["type"] == "aws:cloudformation:stack"}
    return {
        str(each["displayName"]).rpartition("/")[2]: json.loads(
            (assembly / "assembly-Engineer" / each["properties"]["templateFile"]).read_text()
        )
        for each in stacks.values()
    }


def test_no_rule_pack_finds_anything(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())
    assert len(report["pluginReports"]) >= 5
    found = [
        (violation["ruleName"], place["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for place in violation["violatingConstructs"]
    ]
    assert not found


@pytest.mark.parametrize("stack", ["Tools", "CloudEngineer"])
def test_cfn_lint_says_nothing(templates: dict[str, Template], stack: str) -> None:
    assert not complaints(dict(templates[stack]))


def statements(template: Template, part: str) -> list[dict[str, Any]]:
    return [
        statement
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith(part)
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions(template: Template, part: str) -> set[str]:
    found = [statement["Action"] for statement in statements(template, part)]
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


@pytest.mark.parametrize("function", ["Inventory", "Prices"])
def test_what_reads_can_do_nothing_else(templates: dict[str, Template], function: str) -> None:
    allowed = {action for action in actions(templates["Tools"], function) if not action.startswith("logs:")}
    assert allowed
    assert not [action for action in allowed if not action.split(":")[1].startswith(READS)]


def test_who_proposes_cannot_carry_out_and_who_carries_out_cannot_propose(templates: dict[str, Template]) -> None:
    proposes, executes = (actions(templates["Tools"], part) for part in ("Changes", "Approvals"))
    assert "cloudformation:CreateChangeSet" in proposes - executes
    assert "cloudformation:ExecuteChangeSet" in executes - proposes
    assert "iam:PassRole" in proposes - executes


def test_who_proposes_deletes_change_sets_of_its_stacks_and_no_stack(templates: dict[str, Template]) -> None:
    found = [each for each in statements(templates["Tools"], "Changes") if "DeleteChangeSet" in str(each["Action"])]
    assert [json.dumps(each["Resource"]).rstrip(']}" ').endswith(":stack/engineer-*/*") for each in found] == [True]
    assert "cloudformation:DeleteStack" not in actions(templates["Tools"], "Changes")


def test_the_gateway_itself_only_reads(templates: dict[str, Template]) -> None:
    allowed = actions(templates["Tools"], "ToolsTargets")
    assert {action for action in allowed if action != "lambda:InvokeFunction"} == {
        "ce:GetCostAndUsage",
        "dynamodb:DescribeTable",
        "dynamodb:ListTables",
    }


def test_the_gateway_names_the_resources_of_all_actions_that_require_them(templates: dict[str, Template]) -> None:
    everywhere = [each["Action"] for each in statements(templates["Tools"], "ToolsTargets") if each["Resource"] == "*"]
    assert sorted(everywhere) == ["ce:GetCostAndUsage", "dynamodb:ListTables"]


def test_a_change_touches_nothing_whose_name_does_not_start_with_its_stack(templates: dict[str, Template]) -> None:
    resources = [statement["Resource"] for statement in statements(templates["Tools"], "ChangePolicy")]
    assert resources
    assert not [each for each in resources if not json.dumps(each).rstrip(']}" ').endswith("engineer-*")]


def only(template: Template, part: str, action: str) -> dict[str, Any]:
    (found,) = [each for each in statements(template, part) if each["Action"] == action]
    return found


def test_an_alarm_of_a_change_tells_topics_of_changes_and_touches_no_instance(templates: dict[str, Template]) -> None:
    conditions = only(templates["Tools"], "ChangePolicy", "cloudwatch:PutMetricAlarm")["Condition"]
    (allowed,) = conditions["ForAllValues:StringLike"]["cloudwatch:AlarmActions"]
    assert ":sns:" in json.dumps(allowed)
    assert json.dumps(allowed).rstrip(']}" ').endswith("engineer-*")


def test_a_proposal_names_its_role_and_consists_of_what_opens_nothing(templates: dict[str, Template]) -> None:
    tools = templates["Tools"]
    conditions = only(tools, "Changes", "cloudformation:CreateChangeSet")["Condition"]
    passed = only(tools, "Changes", "iam:PassRole")["Resource"]
    assert conditions["StringEquals"] == {"cloudformation:RoleArn": passed}
    assert conditions["Null"] == {"cloudformation:ResourceTypes": "false"}
    types = conditions["ForAllValues:StringEquals"]["cloudformation:ResourceTypes"]
    assert types
    assert not [each for each in types if each.endswith("Policy") or "*" in each or "::IAM::" in each]
    (function,) = [
        each["Properties"]["Environment"]["Variables"]
        for each in tools["Resources"].values()
        if "CHANGE_ROLE_ARN" in str(each.get("Properties", {}).get("Environment", {}))
    ]
    assert function["CHANGED_TYPES"].split(",") == types


def gateway_tools(tools: Template) -> dict[str, dict[str, Any]]:
    return {
        f"{target['Name']}___{tool['Name']}": tool
        for resource in tools["Resources"].values()
        if resource["Type"] == "AWS::BedrockAgentCore::GatewayTarget"
        for target in [resource["Properties"]]
        for tool in target["TargetConfiguration"]["Mcp"]
        .get("Lambda", {})
        .get("ToolSchema", {})
        .get("InlinePayload", [])
    }


def test_the_tools_that_the_agent_announces_and_holds_back_are_the_gateways(templates: dict[str, Template]) -> None:
    tools = gateway_tools(templates["Tools"])
    assert EXECUTE in tools
    for announced in CHANGE_TOOLS:
        tool = tools[announced.name]
        assert announced.description == tool["Description"]
        properties = {name: each["Description"] for name, each in tool["InputSchema"]["Properties"].items()}
        schema = announced.input_schema
        assert isinstance(schema["properties"], dict)
        assert {name: each["description"] for name, each in schema["properties"].items()} == properties


def test_who_writes_or_reads_a_change_is_told_of_what_types_it_may_consist(templates: dict[str, Template]) -> None:
    (announced,) = [tool for tool in CHANGE_TOOLS if tool.name == PROPOSE]
    told = {
        "prompt": SYSTEM_PROMPT,
        "gateway": json.dumps(gateway_tools(templates["Tools"])[PROPOSE]),
        "announced": json.dumps(announced.input_schema),
    }
    named = {where: set(re.findall(r"AWS::\w+::\w+", text)) for where, text in told.items()}
    assert named == {where: set(CHANGED_TYPES) for where in told}
    table = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("| `AWS::")]
    assert [line.split("`")[1] for line in table] == list(CHANGED_TYPES)


def test_only_engineers_are_permitted_to_change(templates: dict[str, Template]) -> None:
    policies = [
        json.dumps(resource["Properties"]["Definition"])
        for resource in templates["Tools"]["Resources"].values()
        if resource["Type"] == "AWS::BedrockAgentCore::Policy"
    ]
    (forbid,) = [text for text in policies if "forbid(" in text]
    assert "changes___propose_change" in forbid
    assert "approvals___execute_change" in forbid
    assert "engineers" in forbid


def test_the_model_is_called_with_the_guardrail_or_not_at_all(templates: dict[str, Template]) -> None:
    own = statements(templates["CloudEngineer"], "CloudEngineer")
    calls = [each for each in own if "bedrock:InvokeModel" in json.dumps(each["Action"])]
    allowed = [each["Condition"]["ArnLike"] for each in calls if each["Effect"] == "Allow"]
    (denied,) = (each["Condition"]["ArnNotLike"] for each in calls if each["Effect"] == "Deny")
    assert allowed
    assert "Guardrail" in json.dumps(denied["bedrock:GuardrailIdentifier"])
    assert [each for each in allowed if each != denied] == []


@WITH_CHECKOV
def test_checkov_finds_nothing(assembly: Path) -> None:
    assert checkov(assembly / "assembly-Engineer") == {}


def test_a_stack_without_a_way_to_the_internet_leaves_the_documentation_out() -> None:
    stage = EngineerStage(cdk.App(analytics_reporting=False), documentation=False)
    tools = stage.node.find_child("Tools")
    assert isinstance(tools, CloudEngineerToolsStack)
    assert sorted(tools.gateway.targets) == [
        "approvals",
        "changes",
        "costs",
        "dynamodb",
        "inventory",
        "prices",
        "tables",
    ]
