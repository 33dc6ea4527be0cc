"""What must outlive every deployment of an agent: its memory, whose each session is, and the key for both."""

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentMemory, MemoryStrategy, SessionRegistry
from stacks.environments import Environment


class StateStack(Stack):
    """What each agent keeps, and the key for it and the logs, apart so that an agent is replaced alone.

    Each agent has a memory and sessions of its own: with the rights of one, nothing of the other's users can be read.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        super().__init__(scope, id, termination_protection=environment.termination_protection)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the agents' memory and logs",
            enable_key_rotation=True,
            removal_policy=environment.removal_policy,
        )
        self.memory = self._memory("Memory", "memory_assistant", environment)
        self.sessions = self._sessions("Sessions", environment)
        self.engineer_memory = self._memory("EngineerMemory", "cloud_engineer", environment)
        self.engineer_sessions = self._sessions("EngineerSessions", environment)

    def _memory(self, id: str, agent: str, environment: Environment) -> AgentMemory:
        return AgentMemory(
            self,
            id,
            description=f"Conversations, facts and preferences of {agent}",
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

    def _sessions(self, id: str, environment: Environment) -> SessionRegistry:
        return SessionRegistry(self, id, encryption_key=self.key, removal_policy=environment.removal_policy)
