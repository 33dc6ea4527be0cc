import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib.gateway import ToolSource
from constructs_lib.runtime import AgentService
from tests.constructs_lib.gateway.support import AUTHORIZER, rendered, target, target_statements, tool
from tests.constructs_lib.support import agent, stack, text


def helper(scope: cdk.Stack, **props: Any) -> AgentService:
    return agent(scope, "Helper", **{"protocol": agentcore.ProtocolType.MCP, **props})


def test_the_target_is_the_runtimes_own_mcp_address() -> None:
    scope = stack()
    given = target(rendered(ToolSource.agent(helper(scope), name="helper"), scope))
    server = given["TargetConfiguration"]["Mcp"]["McpServer"]
    parts = server["Endpoint"]["Fn::Join"][1]
    assert parts[0] == "https://bedrock-agentcore.us-east-1."
    assert "%3Abedrock-agentcore%3Aus-east-1%3A" in parts
    assert parts[-3:][0] == "%3Aruntime%2F"
    assert parts[-2]["Fn::GetAtt"][1] == "AgentRuntimeId"
    assert parts[-1] == "/invocations?qualifier=DEFAULT"
    assert ":bedrock" not in text(server["Endpoint"])
    assert "McpToolSchema" not in server


def test_the_gateway_signs_for_agentcore() -> None:
    scope = stack()
    given = target(rendered(ToolSource.agent(helper(scope), name="helper"), scope))
    assert given["CredentialProviderConfigurations"] == [
        {
            "CredentialProviderType": "GATEWAY_IAM_ROLE",
            "CredentialProvider": {"IamCredentialProvider": {"Service": "bedrock-agentcore"}},
        }
    ]


def test_the_role_may_invoke_this_agent_by_this_endpoint_as_itself() -> None:
    scope = stack()
    one = helper(scope, endpoints={"live": "1"})
    (statement,) = target_statements(rendered(ToolSource.agent(one, name="helper", endpoint="live"), scope))
    assert statement["Action"] == "bedrock-agentcore:InvokeAgentRuntime"
    runtime, endpoint = statement["Resource"]
    assert runtime["Fn::GetAtt"][1] == "AgentRuntimeArn"
    assert endpoint["Fn::Join"][1][-1] == "/runtime-endpoint/live"


def test_what_the_agent_offers_may_be_declared() -> None:
    scope = stack()
    source = ToolSource.agent(helper(scope), name="helper", tools=[tool("ask")])
    server = target(rendered(source, scope))["TargetConfiguration"]["Mcp"]["McpServer"]
    assert [each["name"] for each in json.loads(server["McpToolSchema"]["InlinePayload"])["tools"]] == ["ask"]


@pytest.mark.parametrize("protocol", [None, "A2_A", "HTTP"])
def test_fails_for_an_agent_that_does_not_speak_mcp(protocol: str | None) -> None:
    scope = stack()
    spoken = getattr(agentcore.ProtocolType, protocol) if protocol else None
    with pytest.raises(ValueError, match=r"speaks (HTTP|A2A), and a gateway's tools speak MCP"):
        ToolSource.agent(helper(scope, protocol=spoken), name="helper")


def test_fails_for_an_agent_that_tokens_open() -> None:
    scope = stack()
    with pytest.raises(ValueError, match="is opened by tokens, not by the gateway's role"):
        ToolSource.agent(helper(scope, authorizer=AUTHORIZER), name="helper")
