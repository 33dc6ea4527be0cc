"""The chat front end: what people see of the agents."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentNetwork, ChatAgent, ChatFrontend, ClientSecret, UserDirectory
from stacks.environments import Environment


class FrontendStack(Stack):
    """A web application in which the users of the directory talk to the agents."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        agents: Sequence[ChatAgent],
        users: UserDirectory,
        client_secret: ClientSecret,
        network: AgentNetwork,
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.frontend = ChatFrontend(
            self,
            "Chat",
            agents=agents,
            users=users,
            client_secret=client_secret,
            network=network,
            domain=environment.domain,
            plain_http_address=environment.plain_http_address,
            min_tasks=environment.min_tasks,
            log_retention=environment.log_retention,
            encryption_key=encryption_key,
            removal_policy=environment.removal_policy,
        )
        CfnOutput(self, "Address", value=self.frontend.address, description="Where people talk to the agents")
