"""An agent with a gateway: what it is told, what it may do, and which pairs are refused."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms

from constructs_lib import JwtAuthorizer
from constructs_lib.gateway import ToolGateway, ToolSource
from constructs_lib.runtime import AgentService, SessionRegistry
from tests.constructs_lib.gateway.support import client, lambda_source
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import actions, agent, app_in, cycle, resources, stack, statements, template

RUNTIME = "AWS::BedrockAgentCore::Runtime"
ISSUER = "https://login.example.com/.well-known/openid-configuration"
OTHER_ISSUER = "https://sso.example.com/.well-known/openid-configuration"


def users(*clients: str, issuer: str = ISSUER, **props: Any) -> JwtAuthorizer:
    return JwtAuthorizer(discovery_url=issuer, allowed_clients=clients or ["web"], **props)


def gateway(of: cdk.Stack, **props: Any) -> ToolGateway:
    return ToolGateway(of, "Tools", sources=[lambda_source(of)], **props)


def variables(of: cdk.Stack, name: str = "Agent") -> dict[str, Any]:
    found = resources(template(of), RUNTIME)
    (runtime,) = [each for key, each in found.items() if key.startswith(f"{name}Runtime")]
    made: dict[str, Any] = runtime["Properties"]["EnvironmentVariables"]
    return made


class TestByRole:
    def test_the_agent_is_told_and_allowed(self) -> None:
        of = stack()
        tools = gateway(of)
        agent(of, tools=tools)
        assert variables(of)["AGENT_GATEWAY_URL"] == of.resolve(tools.url)
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "IAM"
        (granted,) = statements(template(of), "AgentGrants")
        assert granted["Action"] == "bedrock-agentcore:InvokeGateway"
        assert granted["Resource"] == of.resolve(tools.gateway_arn)

    def test_an_agent_for_users_may_use_it_too(self) -> None:
        of = stack()
        agent(of, tools=gateway(of), authorizer=users())
        assert variables(of)["AGENT_INBOUND_AUTH"] == "JWT"
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "IAM"
        assert "bedrock-agentcore:InvokeGateway" in actions(statements(template(of), "AgentGrants"))


class TestByToken:
    def test_the_agent_is_told_and_needs_no_permission(self) -> None:
        of = stack()
        agent(of, tools=gateway(of, authorizer=users()), authorizer=users())
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "JWT"
        assert not any(key.startswith("AgentGrants") for key in template(of)["Resources"])

    def test_one_client_in_common_is_enough(self) -> None:
        of = stack()
        agent(of, tools=gateway(of, authorizer=users("web", "batch")), authorizer=users("web", "mobile"))
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "JWT"

    def test_references_to_one_pool_fit(self) -> None:
        of = stack()
        pool = cognito.UserPool(of, "Pool")
        web, batch = pool.add_client("Web"), pool.add_client("Batch")
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool.user_pool_id}/.well-known/openid-configuration"
        tools = gateway(of, authorizer=users(batch.user_pool_client_id, issuer=issuer))
        agent(of, tools=tools, authorizer=users(web.user_pool_client_id, issuer=issuer))
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "JWT"

    def test_fails_for_an_agent_that_gets_no_token(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"'Test/Tools' is opened by tokens of .* 'Test/Agent' gets none .* give"):
            agent(of, tools=gateway(of, authorizer=users()))

    def test_fails_for_tokens_of_another_issuer(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"which 'https://login.* takes tokens of 'https://sso.*; give both one"):
            agent(of, tools=gateway(of, authorizer=users(issuer=OTHER_ISSUER)), authorizer=users())

    def test_fails_for_tokens_of_other_clients(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"their allowed_clients have nothing in common, got \['web'\] and \['b"):
            agent(of, tools=gateway(of, authorizer=users("batch")), authorizer=users("web"))

    def test_fails_for_tokens_of_another_audience(self) -> None:
        of = stack()
        tools = gateway(of, authorizer=users(allowed_audience=["tools"]))
        with pytest.raises(ValueError, match="their allowed_audience have nothing in common"):
            agent(of, tools=tools, authorizer=users(allowed_audience=["chat"]))


class TestByCredential:
    def test_the_agent_is_told_and_allowed(self) -> None:
        of = stack()
        credential = client(of)
        made = agent(
            of, tools=gateway(of, authorizer=users()), tools_credential=credential, tools_scopes=["tools/call", "b"]
        )
        assert variables(of)["AGENT_GATEWAY_AUTH"] == "JWT"
        assert variables(of)["AGENT_GATEWAY_CREDENTIAL"] == credential.name
        assert variables(of)["AGENT_GATEWAY_SCOPES"] == "tools/call b"
        granted = statements(template(of), "AgentGrants")
        assert actions(granted) == {"bedrock-agentcore:GetResourceOauth2Token", "secretsmanager:GetSecretValue"}
        assert of.resolve(credential.provider_arn) in granted[0]["Resource"]
        assert of.resolve(made.workload_identity_arn) in granted[0]["Resource"]
        assert cycle(template(of)) == []

    def test_users_of_another_issuer_do_not_matter(self) -> None:
        of = stack()
        tools = gateway(of, authorizer=users(issuer=OTHER_ISSUER))
        agent(of, tools=tools, tools_credential=client(of), authorizer=users())
        assert variables(of)["AGENT_GATEWAY_SCOPES"] == ""

    def test_fails_for_a_gateway_that_iam_opens(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"tools_credential='Test/github', but the gateway 'Test/Tools' is opened"):
            agent(of, tools=gateway(of), tools_credential=client(of))

    def test_fails_without_a_gateway(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="but it uses no gateway; leave it out"):
            agent(of, tools_credential=client(of))

    def test_fails_for_scopes_without_a_credential(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match=r"tools_scopes=\['a'\] of the agent 'Test/Agent' .* which is missing"):
            agent(of, tools=gateway(of, authorizer=users()), authorizer=users(), tools_scopes=["a"])

    @pytest.mark.parametrize("scopes", ["tools/call", ["tools/call tools/list"], [""]])
    def test_fails_for_what_is_no_scope(self, scopes: Any) -> None:
        of = stack()
        with pytest.raises(ValueError, match="a sequence of scopes without spaces, got"):
            agent(of, tools=gateway(of, authorizer=users()), tools_credential=client(of), tools_scopes=scopes)


def both_ways(of: cdk.Stack) -> tuple[AgentService, ToolGateway]:
    """An agent that is a tool of the gateway whose tools it uses."""
    tools = gateway(of)
    made = agent(of, tools=tools, protocol=agentcore.ProtocolType.MCP)
    tools.add_source(ToolSource.agent(made, name="helper"))
    return made, tools


class TestCycles:
    def test_none_where_the_agent_is_a_tool_of_its_own_gateway(self) -> None:
        of = stack()
        both_ways(of)
        assert cycle(template(of)) == []

    def test_none_with_everything(self) -> None:
        of = stack()
        _, tools = both_ways(of)
        registry = SessionRegistry(of, "Sessions", encryption_key=kms.Key(of, "Key"))
        agent(of, "Other", tools=tools, sessions=registry)
        assert cycle(template(of)) == []


class TestFails:
    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("AGENT_GATEWAY_URL", "tools="),
            ("AGENT_GATEWAY_AUTH", "tools="),
            ("AGENT_GATEWAY_CREDENTIAL", "tools_credential="),
            ("AGENT_GATEWAY_SCOPES", "tools_scopes="),
            ("AGENT_SESSIONS_TABLE", "sessions="),
        ],
    )
    def test_fails_for_a_variable_that_is_ours(self, name: str, remedy: str) -> None:
        with pytest.raises(ValueError, match=f"pass {remedy} instead of setting {name}"):
            agent(stack(), environment={name: "x"})


class TestFindings:
    def test_none_that_is_not_acknowledged(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        tools = gateway(of, encryption_key=key)
        registry = SessionRegistry(of, "Sessions", encryption_key=key)
        made = agent(of, tools=tools, sessions=registry, encryption_key=key, protocol=agentcore.ProtocolType.MCP)
        tools.add_source(ToolSource.agent(made, name="helper"))
        assert findings(app, tmp_path) == []

    def test_cfn_lint_has_no_complaints(self) -> None:
        of = stack()
        both_ways(of)
        assert complaints(template(of)) == []
