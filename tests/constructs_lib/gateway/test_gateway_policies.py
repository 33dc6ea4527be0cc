from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_kms as kms

from constructs_lib.gateway import PolicyMode, ToolGateway, ToolPolicy, ToolRule, ToolSource
from tests.constructs_lib.gateway.support import AUTHORIZER, GATEWAY, TARGET, lambda_source, tool
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import (
    actions,
    agent,
    app_in,
    cycle,
    only,
    references,
    resources,
    stack,
    statements,
    template,
    text,
)

ENGINE = "AWS::BedrockAgentCore::PolicyEngine"
CEDAR = "AWS::BedrockAgentCore::Policy"
READERS = ToolPolicy([ToolRule.permit("Readers", tools=["orders___get_order"], groups=["readers"])])


def gateway(scope: cdk.Stack, **props: Any) -> ToolGateway:
    return ToolGateway(scope, "Gateway", sources=[lambda_source(scope)], authorizer=AUTHORIZER, **props)


def test_a_policy_decides_and_is_enforced() -> None:
    scope = stack()
    made = gateway(scope, policy=READERS)
    of = template(scope)
    configuration = only(of, GATEWAY)["Properties"]["PolicyEngineConfiguration"]
    assert configuration["Mode"] == "ENFORCE"
    assert configuration["Arn"]["Fn::GetAtt"][0] in resources(of, ENGINE)
    assert len(made.policies) == 1


def test_a_policy_may_only_log() -> None:
    scope = stack()
    gateway(scope, policy=ToolPolicy(READERS.rules, mode=PolicyMode.LOG_ONLY))
    assert only(template(scope), GATEWAY)["Properties"]["PolicyEngineConfiguration"]["Mode"] == "LOG_ONLY"


def test_without_a_policy_there_is_no_engine() -> None:
    scope = stack()
    assert gateway(scope).policy_engine is None
    assert not resources(template(scope), ENGINE)


def test_permissions_come_before_the_gateway_and_policies_after_all_targets() -> None:
    scope = stack()
    made = gateway(scope)
    made.add_source(lambda_source(scope, "stock"))
    made.add_policy(READERS)
    of = template(scope)
    (gateway_id,) = resources(of, GATEWAY)
    assert any(each.startswith("GatewayBaseline") for each in references(of, gateway_id))
    (policy,) = resources(of, CEDAR)
    assert set(resources(of, TARGET)) <= references(of, policy)
    assert not cycle(of)


def test_the_role_may_ask_this_engine_about_this_gateway() -> None:
    scope = stack()
    made = gateway(scope, policy=READERS)
    granted = statements(template(scope), "GatewayBaseline")
    assert actions(granted) == {
        "bedrock-agentcore:GetPolicyEngine",
        "bedrock-agentcore:AuthorizeAction",
        "bedrock-agentcore:PartiallyAuthorizeActions",
    }
    assert f":gateway/{made.gateway_name}-??????????" in text(granted)
    assert "*" not in text(granted)


def test_fails_for_a_rule_about_a_tool_that_is_not_there() -> None:
    typo = ToolPolicy([ToolRule.permit("Readers", tools=["orders___get_ordr"], groups=["readers"])])
    with pytest.raises(ValueError, match="orders___get_order"):
        gateway(stack(), policy=typo)


def test_fails_for_a_second_policy() -> None:
    made = gateway(stack(), policy=READERS)
    with pytest.raises(ValueError, match="has a policy already; put all rules into one ToolPolicy"):
        made.add_policy(READERS)


def test_fails_for_a_source_that_the_policy_never_saw() -> None:
    scope = stack()
    made = gateway(scope, policy=READERS)
    with pytest.raises(ValueError, match="add the source 'stock' before the policy"):
        made.add_source(lambda_source(scope, "stock"))


def test_an_agent_may_be_a_source_of_the_gateway_it_uses_under_a_policy() -> None:
    scope = stack()
    key = kms.Key(scope, "Key")
    made = ToolGateway(scope, "Gateway", sources=[lambda_source(scope)], encryption_key=key)
    helper = agent(scope, "Helper", protocol=agentcore.ProtocolType.MCP, tools=made)
    made.add_source(ToolSource.agent(helper, name="helper", tools=[tool("ask")]))
    made.add_policy(ToolPolicy([ToolRule.permit("Everybody", tools=["helper___ask"])]))
    assert not cycle(template(scope))


def test_passes_all_rule_packs_and_cfn_lint(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    scope = stack(app=app)
    gateway(scope, policy=READERS, encryption_key=kms.Key(scope, "Key", enable_key_rotation=True))
    assert not findings(app, tmp_path)
    assert not complaints(template(scope))
