"""The `cloud_engineer` agent: replaceable at any time, because all it must not lose is in the state stack."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import (
    AgentMemory,
    AgentNetwork,
    AgentService,
    CodeSandbox,
    ContentGuardrail,
    JwtAuthorizer,
    ModelAccess,
    SessionRegistry,
    ToolGateway,
)
from stacks.agents import agent_code, memory_variables
from stacks.environments import Environment


class CloudEngineerStack(Stack):
    """One agent on AgentCore Runtime with its guardrail, its sandbox and what it may use of the others."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        memory: AgentMemory,
        sessions: SessionRegistry,
        tools: ToolGateway,
        authorizer: JwtAuthorizer,
        network: AgentNetwork,
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.guardrail = ContentGuardrail.cloud_engineering(
            self,
            "Guardrail",
            # Addresses of networks and instances are what the engineer is asked about.
            ip_addresses=False,
            encryption_key=encryption_key,
        )
        self.sandbox = CodeSandbox(
            self,
            "Sandbox",
            description="Where the cloud engineer calculates and draws charts",
            log_retention=environment.log_retention,
            encryption_key=encryption_key,
            removal_policy=environment.removal_policy,
        )
        self.agent = AgentService(
            self,
            "CloudEngineer",
            runtime_name=f"cloud_engineer_{environment.name}",
            description="Cloud engineer that reads an account, prices designs and changes what its user confirms",
            code=agent_code("cloud_engineer", exclude=["gateway_tools/*"]),
            model=ModelAccess.inference_profile(environment.model).streaming_only(),
            memory=memory,
            sessions=sessions,
            tools=tools,
            guardrail=self.guardrail,
            guardrail_required=True,
            code_sandbox=self.sandbox,
            authorizer=authorizer,
            network=network,
            environment=memory_variables(environment),
            encryption_key=encryption_key,
            log_retention=environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        self.agent.add_endpoint("live")
        CfnOutput(self, "AgentRuntimeArn", value=self.agent.arn, description="Invoke with InvokeAgentRuntime")
