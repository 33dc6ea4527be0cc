"""Every stack of one environment."""

import aws_cdk as cdk
from constructs import Construct

from stacks.environments import Environment
from stacks.identity_stack import IdentityStack
from stacks.memory_assistant_stack import MemoryAssistantStack
from stacks.state_stack import StateStack


class PlatformStage(cdk.Stage):
    """State and users, then the agents that serve them."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(
            scope,
            environment.name.capitalize(),
            env=cdk.Environment(account=environment.account, region=environment.region),
        )
        state = StateStack(self, "State", environment=environment)
        identity = IdentityStack(self, "Identity", environment=environment, encryption_key=state.key)
        MemoryAssistantStack(
            self,
            "MemoryAssistant",
            environment=environment,
            memory=state.memory,
            sessions=state.sessions,
            authorizer=identity.authorizer,
            encryption_key=state.key,
        )
        for name, value in environment.tags.items():
            cdk.Tags.of(self).add(name, value)
