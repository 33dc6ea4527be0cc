"""A stage with the cloud engineer's stacks and what the platform's other stacks give them."""

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentMemory, AgentNetwork, MemoryStrategy, SessionRegistry, UserDirectory
from stacks.cloud_engineer_stack import CloudEngineerStack
from stacks.cloud_engineer_tools_stack import CloudEngineerToolsStack
from stacks.environments import EXAMPLE_ZONES, LOCAL
from stacks.identity_stack import ENGINEERS, VIEWERS


class Given(cdk.Stack):
    """What the platform's other stacks give the engineer."""

    def __init__(self, scope: Construct, *, password_sign_in: bool) -> None:
        super().__init__(scope, "Given")
        self.key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        self.memory = AgentMemory(self, "Memory", strategies=[MemoryStrategy.semantic_facts()], encryption_key=self.key)
        self.sessions = SessionRegistry(self, "Sessions", encryption_key=self.key)
        self.network = AgentNetwork(self, "Network", zones=EXAMPLE_ZONES, encryption_key=self.key)
        users = UserDirectory(self, "Users", encryption_key=self.key)
        for precedence, group in enumerate([ENGINEERS, VIEWERS]):
            users.add_group(group, precedence=precedence)
        web = users.add_web_client(
            "Web", callback_urls=["https://engineer.example.com/oauth2callback"], password_sign_in=password_sign_in
        )
        self.authorizer = users.authorizer()
        cdk.CfnOutput(self, "Pool", value=users.user_pool.user_pool_id)
        cdk.CfnOutput(self, "Client", value=web.user_pool_client_id)


class EngineerStage(cdk.Stage):
    """The engineer, its tools and its users.

    Args:
        password_sign_in: Whether users may sign in through the API, as tests do.
        documentation: Whether AWS's documentation server is among the tools.
    """

    def __init__(self, scope: Construct, *, password_sign_in: bool = False, documentation: bool = True) -> None:
        super().__init__(scope, "Engineer", env=cdk.Environment(region="us-east-1"))
        given = Given(self, password_sign_in=password_sign_in)
        tools = CloudEngineerToolsStack(
            self,
            "Tools",
            environment=LOCAL,
            authorizer=given.authorizer,
            encryption_key=given.key,
            documentation=documentation,
        )
        CloudEngineerStack(
            self,
            "CloudEngineer",
            environment=LOCAL,
            memory=given.memory,
            sessions=given.sessions,
            tools=tools.gateway,
            authorizer=given.authorizer,
            network=given.network,
            encryption_key=given.key,
        )
