"""The resources of a policy, and the order in which they deploy."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_kms as kms

from constructs_lib.gateway.policy_conditions import Argument
from constructs_lib.gateway.policy_engine import (
    attach_policies,
    create_policy_engine,
    engine_configuration,
    evaluation_statements,
)
from constructs_lib.gateway.tool_policy import PolicyMode, ToolPolicy, ToolRule, Tools
from tests.constructs_lib.gateway.policy_tools import TOOLS
from tests.constructs_lib.support import only, resources, stack, template, text

POLICY = ToolPolicy([
    ToolRule.forbid("NoLarge", tools=["Orders___refund"], where=Argument("amount") > 1000, description="Ask a human."),
    ToolRule.permit("Support", tools=["Orders___refund"], groups=["support"]),
    ToolRule.permit("Lookup", tools=["Orders___lookup"]),
])  # fmt: skip


def deployed(policy: ToolPolicy = POLICY, *, key: bool = False, name: str = "Test") -> dict[str, Any]:
    """The template of a gateway with two targets and the policy."""
    into = stack(name)
    engine = create_policy_engine(into, "PolicyEngine", encryption_key=kms.Key(into, "Key") if key else None)
    gateway = agentcore.CfnGateway(
        into,
        "Gateway",
        name="shop",
        authorizer_type="NONE",
        role_arn="arn:aws:iam::111122223333:role/Gateway",
        policy_engine_configuration=engine_configuration(engine, policy),
    )
    targets = [
        agentcore.CfnGatewayTarget(
            into,
            target,
            name=target,
            gateway_identifier=gateway.attr_gateway_identifier,
            target_configuration=agentcore.CfnGatewayTarget.TargetConfigurationProperty(
                mcp=agentcore.CfnGatewayTarget.McpTargetConfigurationProperty(
                    mcp_server=agentcore.CfnGatewayTarget.McpServerTargetConfigurationProperty(
                        endpoint="https://example.com/mcp"
                    )
                )
            ),
        )
        for target in ("Orders", "Mail")
    ]
    cdk.CfnOutput(
        into, "Statements", value=into.to_json_string(evaluation_statements(engine, gateway.attr_gateway_arn))
    )
    attach_policies(
        engine, policy, gateway_arn=gateway.attr_gateway_arn, jwt=True, tools=TOOLS, targets=targets
    )  # fmt: skip
    return dict(template(into))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return deployed()


def policies(of: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The policies in the order in which they deploy."""
    left = resources(of, "AWS::BedrockAgentCore::Policy")
    ordered: list[tuple[str, dict[str, Any]]] = []
    while left:
        ready = [name for name, policy in left.items() if not set(policy["DependsOn"]) & set(left)]
        assert len(ready) == 1, "policies deploy one by one"
        ordered.append((ready[0], left.pop(ready[0])))
    return ordered


def test_one_policy_for_each_rule_permits_first(made: dict[str, Any]) -> None:
    effects = [text(policy["Properties"]["Definition"]).partition("(")[0][-6:] for _, policy in policies(made)]
    assert effects == ["permit", "permit", "forbid"]


def test_policies_wait_for_all_targets(made: dict[str, Any]) -> None:
    first = policies(made)[0][1]
    assert {"Orders", "Mail"} <= set(first["DependsOn"])


def test_the_gateway_comes_before_its_policies_and_after_the_engine(made: dict[str, Any]) -> None:
    engine = next(iter(resources(made, "AWS::BedrockAgentCore::PolicyEngine")))
    gateway = only(made, "AWS::BedrockAgentCore::Gateway")
    assert engine in text(gateway["Properties"]["PolicyEngineConfiguration"])
    for _, policy in policies(made):
        assert {"Fn::GetAtt": ["Gateway", "GatewayArn"]} in policy["Properties"]["Definition"]["Cedar"]["Statement"][
            "Fn::Join"
        ][1]


def test_enforced_by_default_and_logged_by_choice(made: dict[str, Any]) -> None:
    assert only(made, "AWS::BedrockAgentCore::Gateway")["Properties"]["PolicyEngineConfiguration"]["Mode"] == "ENFORCE"
    watched = deployed(ToolPolicy(POLICY.rules, mode=PolicyMode.LOG_ONLY))
    gateway = only(watched, "AWS::BedrockAgentCore::Gateway")
    assert gateway["Properties"]["PolicyEngineConfiguration"]["Mode"] == "LOG_ONLY"


def test_the_service_s_analysis_is_asked_where_there_is_a_condition(made: dict[str, Any]) -> None:
    modes = {
        name.removeprefix("PolicyEngine")[:6]: policy["Properties"]["ValidationMode"] for name, policy in policies(made)
    }
    assert modes == {
        "Suppor": "FAIL_ON_ANY_FINDINGS",
        "Lookup": "IGNORE_ALL_FINDINGS",
        "NoLarg": "FAIL_ON_ANY_FINDINGS",
    }
    for _, policy in policies(deployed(ToolPolicy(POLICY.rules, ignore_findings=True))):
        assert policy["Properties"]["ValidationMode"] == "IGNORE_ALL_FINDINGS"


def test_descriptions_are_kept(made: dict[str, Any]) -> None:
    assert policies(made)[-1][1]["Properties"]["Description"] == "Ask a human."


def test_names_fit_the_service_and_differ_between_stacks(made: dict[str, Any]) -> None:
    def names(of: dict[str, Any]) -> set[str]:
        kinds = ("AWS::BedrockAgentCore::Policy", "AWS::BedrockAgentCore::PolicyEngine")
        return {resource["Properties"]["Name"] for kind in kinds for resource in resources(of, kind).values()}

    assert len(names(made)) == 4
    assert all(name.replace("_", "a").isalnum() and len(name) <= 48 for name in names(made))
    assert not names(made) & names(deployed(name="Other"))


def test_another_key_makes_another_engine_with_other_names(made: dict[str, Any]) -> None:
    encrypted = deployed(key=True)
    engine = only(encrypted, "AWS::BedrockAgentCore::PolicyEngine")["Properties"]
    assert engine["EncryptionKeyArn"]["Fn::GetAtt"][0].startswith("Key")
    assert engine["Name"] != only(made, "AWS::BedrockAgentCore::PolicyEngine")["Properties"]["Name"]
    assert not {policy["Properties"]["Name"] for _, policy in policies(encrypted)} & {
        policy["Properties"]["Name"] for _, policy in policies(made)
    }


def test_the_role_may_ask_this_engine_about_this_gateway(made: dict[str, Any]) -> None:
    statements = text(made["Outputs"]["Statements"]["Value"])
    for action in ("GetPolicyEngine", "AuthorizeAction", "PartiallyAuthorizeActions"):
        assert f"bedrock-agentcore:{action}" in statements
    assert "*" not in statements


def test_fails_before_anything_is_made() -> None:
    with pytest.raises(ValueError, match="names the tool 'Orders___pay'"):
        deployed(ToolPolicy([ToolRule.permit("Pay", tools=["Orders___pay"])]))


def test_every_tool_of_a_target() -> None:
    ((_, policy),) = policies(deployed(ToolPolicy([ToolRule.permit("Mails", tools=Tools.of_target("Mail"))])))
    before_the_arn = policy["Properties"]["Definition"]["Cedar"]["Statement"]["Fn::Join"][1][0]
    assert 'action in AgentCore::Action::"Mail",' in before_the_arn
