"""An agent with memory, tools, guardrail and users under `AgentMonitoring`, as a team would deploy it."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_

from constructs_lib import (
    AgentCode,
    AgentMemory,
    AgentMonitoring,
    AgentService,
    JwtAuthorizer,
    MemoryStrategy,
    ModelAccess,
    ToolGateway,
    ToolPolicy,
    ToolRule,
    ToolSource,
    UserDirectory,
    tools_from_handler,
)
from constructs_lib.safety import ContentGuardrail, GuardrailMode

ROOT = Path(__file__).parents[3]
TOOLS = Path(__file__).parent / "tools"
AGENT = "monitored_assistant"
SHADOW = "shadowed_assistant"
TOOL = "instances___instance_state"
CALLBACK = "http://localhost:8501/oauth2callback"


class Monitored(cdk.Stack):
    """The assistant, one like it whose guardrail only records, what they use, and what watches them."""

    def __init__(self, app: cdk.App, id: str) -> None:
        super().__init__(app, id, env=cdk.Environment(region="us-east-1"))
        users = UserDirectory(self, "Users", removal_policy=RemovalPolicy.DESTROY)
        web = users.add_web_client("Web", callback_urls=[CALLBACK], scopes=["openid"], password_sign_in=True)
        memory = AgentMemory(
            self, "Memory", strategies=[MemoryStrategy.semantic_facts()], removal_policy=RemovalPolicy.DESTROY
        )
        authorizer = users.authorizer(clients=[web])
        gateway = self._gateway(authorizer)
        guardrail = ContentGuardrail.cloud_engineering(self, "Guardrail")
        assistant = self._agent("Assistant", AGENT, memory, gateway, guardrail, GuardrailMode.ENFORCE, authorizer)
        shadow = self._agent("Shadow", SHADOW, memory, gateway, guardrail, GuardrailMode.SHADOW, authorizer)
        monitoring = AgentMonitoring(self, "Monitoring")
        monitoring.monitor_agent(assistant)
        monitoring.monitor_agent(shadow)
        monitoring.monitor_memory(memory)
        monitoring.monitor_gateway(gateway)
        if gateway.policy_engine:
            monitoring.monitor_policy(gateway.policy_engine, label="Rules")
        monitoring.monitor_guardrail(guardrail)
        monitoring.monitor_user_directory(users)
        monitoring.monitor_cost()
        cdk.CfnOutput(self, "Pool", value=users.user_pool.user_pool_id)
        cdk.CfnOutput(self, "Client", value=web.user_pool_client_id)
        cdk.CfnOutput(self, "Agent", value=assistant.arn)

    def _agent(
        self,
        id: str,
        name: str,
        memory: AgentMemory,
        gateway: ToolGateway,
        guardrail: ContentGuardrail,
        mode: GuardrailMode,
        authorizer: JwtAuthorizer,
    ) -> AgentService:
        return AgentService(
            self,
            id,
            runtime_name=name,
            code=AgentCode.from_directory(
                ROOT / "agents/memory_assistant",
                entry_point=["main.py"],
                packages=[ROOT / "agents/shared"],
                aws_services=["bedrock-agentcore", "bedrock-runtime", "dynamodb"],
            ),
            model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0").streaming_only(),
            memory=memory,
            tools=gateway,
            guardrail=guardrail,
            guardrail_mode=mode,
            authorizer=authorizer,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _gateway(self, authorizer: JwtAuthorizer) -> ToolGateway:
        function = lambda_.Function(
            self,
            "Instances",
            code=lambda_.Code.from_asset(str(TOOLS)),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
        )
        tools = tools_from_handler(TOOLS / "index.py", "instance_state")
        return ToolGateway(
            self,
            "Tools",
            sources=[ToolSource.lambda_function(function, name="instances", tools=tools)],
            authorizer=authorizer,
            policy=ToolPolicy([ToolRule.permit("Everybody", tools=[TOOL])]),
            removal_policy=RemovalPolicy.DESTROY,
        )


def synthesize(output: Path) -> None:
    """The stack, as a cloud assembly."""
    app = cdk.App(outdir=str(output), analytics_reporting=False)
    Monitored(app, "Drills")
    app.synth()
