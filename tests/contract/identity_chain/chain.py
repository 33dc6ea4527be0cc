"""A user directory, an agent, a gateway and tools, wired as the guides say; and the same without each protection."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import (
    AgentCode,
    AgentMemory,
    AgentService,
    CallerIdentity,
    JwtAuthorizer,
    ModelAccess,
    SessionRegistry,
    ToolGateway,
    ToolPolicy,
    ToolRule,
    ToolSource,
    UserDirectory,
    tools_from_handler,
)

ROOT = Path(__file__).parents[3]
TOOLS = Path(__file__).parent / "tools"
CALLBACK = "http://localhost:8501/oauth2callback"
SCOPE = "agents/ask"
ENGINEERS = "engineers"
ACTOR_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"

WRITE_NOTE, WHO_CALLS = "notes___write_note", "notes___who_calls"
OPEN_SECRET = "vault___open_secret"


class Chain(cdk.Stack):
    """Sign-in, agent, gateway, tools.

    Args:
        protected: Whether every protection is in place.
    """

    def __init__(self, app: cdk.App, id: str, *, protected: bool) -> None:
        super().__init__(app, id, env=cdk.Environment(region="us-east-1"))
        self._protected = protected
        users = UserDirectory(self, "Users", removal_policy=RemovalPolicy.DESTROY)
        users.add_group(ENGINEERS, precedence=10)
        scope = users.add_resource_server("agents", scopes={"ask": "Ask the agents"}).scope("ask")
        web, other = (
            users.add_web_client(name, callback_urls=[CALLBACK], scopes=["openid", scope], password_sign_in=True)
            for name in ("Web", "Other")
        )
        authorizer = users.authorizer(clients=[web], scopes=[scope]) if protected else users.authorizer()
        gateway = self._gateway(authorizer)
        agent = self._agent(gateway, authorizer)
        outputs = {
            "Pool": users.user_pool.user_pool_id,
            "Web": web.user_pool_client_id,
            "Other": other.user_pool_client_id,
            "Gateway": gateway.url,
            "Agent": agent.arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, f"{name}Output", value=value)

    def _gateway(self, authorizer: JwtAuthorizer) -> ToolGateway:
        secrets = [
            secretsmanager.Secret(self, f"{name}Secret", removal_policy=RemovalPolicy.DESTROY)
            for name in ("Notes", "Vault")
        ]
        notes, vault = self._function("Notes", *secrets), self._function("Vault", *reversed(secrets))
        caller = CallerIdentity(self, "Caller", removal_policy=RemovalPolicy.DESTROY)
        policy = ToolPolicy(
            [
                ToolRule.permit("Everybody", tools=[WHO_CALLS, OPEN_SECRET]),
                ToolRule.permit("Writers", tools=[WRITE_NOTE], groups=[ENGINEERS]),
            ]
        )
        gateway = ToolGateway(
            self,
            "Tools",
            sources=[
                self._source("notes", notes, "who_calls", "write_note"),
                self._source("vault", vault, "open_secret"),
            ],
            authorizer=authorizer,
            policy=policy if self._protected else None,
            interceptors=[caller.interceptor],
            removal_policy=RemovalPolicy.DESTROY,
        )
        if not self._protected:
            resource = gateway.gateway.node.default_child
            assert isinstance(resource, agentcore.CfnGateway)
            resource.interceptor_configurations = None
        return gateway

    def _source(self, name: str, function: lambda_.Function, *tools: str) -> ToolSource:
        return ToolSource.lambda_function(
            function,
            name=name,
            tools=tools_from_handler(TOOLS / "index.py", *tools),
            request_headers=[CallerIdentity.HEADER],
        )

    def _function(self, id: str, own: secretsmanager.Secret, other: secretsmanager.Secret) -> lambda_.Function:
        function = lambda_.Function(
            self,
            id,
            code=lambda_.Code.from_asset(str(TOOLS)),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            environment={"OWN_SECRET": own.secret_arn, "OTHER_SECRET": other.secret_arn},
        )
        own.grant_read(function)
        if not self._protected:
            other.grant_read(function)
        return function

    def _agent(self, gateway: ToolGateway, authorizer: JwtAuthorizer) -> AgentService:
        sessions = SessionRegistry(self, "Sessions", removal_policy=RemovalPolicy.DESTROY)
        agent = AgentService(
            self,
            "Agent",
            code=AgentCode.from_directory(
                ROOT / "agents/memory_assistant",
                entry_point=["opentelemetry-instrument", "main.py"],
                packages=[ROOT / "agents/shared"],
                aws_services=["bedrock-agentcore", "bedrock-runtime", "dynamodb"],
            ),
            model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0").streaming_only(),
            memory=AgentMemory(self, "Memory", removal_policy=RemovalPolicy.DESTROY),
            tools=gateway,
            sessions=sessions if self._protected else None,
            authorizer=authorizer,
            # It reaches the agent, and the agent has to ignore it.
            allowed_headers=[ACTOR_HEADER],
            removal_policy=RemovalPolicy.DESTROY,
        )
        if not self._protected:
            runtime = agent.runtime.node.default_child
            assert isinstance(runtime, agentcore.CfnRuntime)
            for variable, value in {
                "AGENT_INBOUND_AUTH": "IAM",
                "AGENT_GATEWAY_AUTH": "IAM",
                "AGENT_ACTOR_HEADER_ALLOWED": "true",
            }.items():
                runtime.add_property_override(f"EnvironmentVariables.{variable}", value)
        return agent


def synthesize(output: Path) -> None:
    """Both chains, into one cloud assembly."""
    app = cdk.App(outdir=str(output), analytics_reporting=False)
    for name, protected in (("Protected", True), ("Unprotected", False)):
        Chain(app, name, protected=protected)
    app.synth()
