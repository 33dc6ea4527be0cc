"""Every stack of one environment."""

import aws_cdk as cdk
from constructs import Construct

from constructs_lib import ChatAgent
from stacks.cloud_engineer_stack import CloudEngineerStack
from stacks.cloud_engineer_tools_stack import CloudEngineerToolsStack
from stacks.environments import Environment
from stacks.frontend_stack import FrontendStack
from stacks.identity_stack import IdentityStack
from stacks.memory_assistant_stack import MemoryAssistantStack
from stacks.network_stack import NetworkStack
from stacks.observability_stack import ObservabilityStack, Watched
from stacks.state_stack import StateStack


class PlatformStage(cdk.Stage):
    """State, network and users; the agents and their tools; the front end; and what watches all of them."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(
            scope,
            environment.name.capitalize(),
            env=cdk.Environment(account=environment.account, region=environment.region),
        )
        state = StateStack(self, "State", environment=environment)
        key = state.key
        network = NetworkStack(self, "Network", environment=environment, encryption_key=key).network
        identity = IdentityStack(self, "Identity", environment=environment, encryption_key=key)
        assistant = MemoryAssistantStack(
            self,
            "MemoryAssistant",
            environment=environment,
            memory=state.memory,
            sessions=state.sessions,
            authorizer=identity.authorizer,
            network=network,
            encryption_key=key,
        )
        tools = CloudEngineerToolsStack(
            self,
            "Tools",
            environment=environment,
            authorizer=identity.authorizer,
            encryption_key=key,
            documentation=environment.documentation_tools,
        )
        engineer = CloudEngineerStack(
            self,
            "CloudEngineer",
            environment=environment,
            memory=state.engineer_memory,
            sessions=state.engineer_sessions,
            tools=tools.gateway,
            authorizer=identity.authorizer,
            network=network,
            encryption_key=key,
        )
        frontend = FrontendStack(
            self,
            "Frontend",
            environment=environment,
            agents=[
                ChatAgent("Cloud engineer", engineer.agent, "Looks at the account, prices designs, proposes changes"),
                ChatAgent("Memory assistant", assistant.agent, "Calculates, and remembers what you tell it"),
            ],
            users=identity.directory,
            client_secret=identity.web_secret,
            network=network,
            encryption_key=key,
        )
        ObservabilityStack(
            self,
            "Observability",
            environment=environment,
            watched=Watched(
                state=state,
                assistant=assistant,
                engineer=engineer,
                tools=tools,
                users=identity.directory,
                frontend=frontend.frontend,
            ),
            encryption_key=key,
        )
        for name, value in environment.tags.items():
            cdk.Tags.of(self).add(name, value)
