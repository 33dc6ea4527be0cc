"""What must outlive every deployment of an agent: its memory, whose each session is, and the key for both."""

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentMemory, MemoryStrategy, SessionRegistry
from stacks.environments import Environment


class StateStack(Stack):
    """What `memory_assistant` keeps, and the key for it and the logs, apart so that an agent is replaced alone."""

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id, termination_protection=environment.termination_protection)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the agents' memory and logs",
            enable_key_rotation=True,
            removal_policy=environment.removal_policy,
        )
        self.memory = AgentMemory(
            self,
            "Memory",
            description="Conversations, facts and preferences of memory_assistant",
            strategies=[
                MemoryStrategy.semantic_facts(),
                MemoryStrategy.user_preferences(),
                MemoryStrategy.session_summaries(),
            ],
            expiry=environment.memory_expiry,
            encryption_key=self.key,
            removal_policy=environment.removal_policy,
            log_retention=environment.log_retention,
        )
        self.sessions = SessionRegistry(
            self, "Sessions", encryption_key=self.key, removal_policy=environment.removal_policy
        )
