"""The `memory_assistant` agent: replaceable at any time, because all it must not lose is in the state stack."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import (
    AgentMemory,
    AgentNetwork,
    AgentService,
    JwtAuthorizer,
    ModelAccess,
    SessionRegistry,
)
from stacks.agents import agent_code, memory_variables
from stacks.environments import Environment


class MemoryAssistantStack(Stack):
    """One agent on AgentCore Runtime with the memory and the model it may use."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        memory: AgentMemory,
        sessions: SessionRegistry,
        authorizer: JwtAuthorizer,
        network: AgentNetwork,
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.agent = AgentService(
            self,
            "MemoryAssistant",
            runtime_name=f"memory_assistant_{environment.name}",
            description="Assistant that remembers its users' facts and preferences across sessions",
            code=agent_code("memory_assistant", exclude=["evaluation/*"]),
            model=ModelAccess.inference_profile(environment.model).streaming_only(),
            memory=memory,
            sessions=sessions,
            authorizer=authorizer,
            network=network,
            environment=memory_variables(environment),
            encryption_key=encryption_key,
            log_retention=environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        self.agent.add_endpoint("live")
        CfnOutput(self, "AgentRuntimeArn", value=self.agent.arn, description="Invoke with InvokeAgentRuntime")
