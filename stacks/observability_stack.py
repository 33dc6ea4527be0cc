"""Dashboards, alarms and the budget of one environment."""

from dataclasses import dataclass

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from constructs_lib import (
    AgentMonitoring,
    AlarmTopics,
    ChatFrontend,
    CostAnomalies,
    CostBudget,
    CostTag,
    UserDirectory,
)
from stacks.cloud_engineer_stack import CloudEngineerStack
from stacks.cloud_engineer_tools_stack import CloudEngineerToolsStack
from stacks.environments import ENVIRONMENT_TAG, Environment
from stacks.memory_assistant_stack import MemoryAssistantStack
from stacks.state_stack import StateStack


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is watched.

    Args:
        state: Memories of the agents.
        assistant: `memory_assistant`.
        engineer: `cloud_engineer`.
        tools: The engineer's tools.
        users: Who signs in.
        frontend: The front end.
    """

    state: StateStack
    assistant: MemoryAssistantStack
    engineer: CloudEngineerStack
    tools: CloudEngineerToolsStack
    users: UserDirectory
    frontend: ChatFrontend


class ObservabilityStack(Stack):
    """Watches everything of an environment, and says what it may cost."""

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, watched: Watched, encryption_key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        topics = AlarmTopics(self, "Topics", encryption_key=encryption_key)
        for address in environment.alarm_emails:
            topics.critical.add_subscription(subscriptions.EmailSubscription(address))
            topics.warning.add_subscription(subscriptions.EmailSubscription(address))
        self.monitoring = AgentMonitoring(self, "Monitoring", topics=topics, runbooks=environment.runbooks)
        self._watch(watched)
        if environment.monthly_cost is not None:
            tag = CostTag(ENVIRONMENT_TAG, environment.name)
            CostBudget(
                self,
                "Budget",
                amount=environment.monthly_cost,
                # Monitors of tags exist only in the account that pays, so this one looks at the account's services.
                anomalies=CostAnomalies.by_service() if environment.finds_cost_anomalies else None,
                tag=tag,
                topic=topics.warning,
            )
        CfnOutput(
            self, "Overview", value=self.monitoring.overview.dashboard_name, description="Dashboard to begin with"
        )

    def _watch(self, watched: Watched) -> None:
        monitoring = self.monitoring
        monitoring.monitor_agent(watched.assistant.agent, endpoint="live")
        monitoring.monitor_agent(watched.engineer.agent, endpoint="live")
        monitoring.monitor_memory(watched.state.memory, label="AssistantMemory")
        monitoring.monitor_memory(watched.state.engineer_memory, label="EngineerMemory")
        monitoring.monitor_gateway(watched.tools.gateway)
        if watched.tools.gateway.policy_engine is not None:
            monitoring.monitor_policy(watched.tools.gateway.policy_engine, label="ToolPolicy")
        monitoring.monitor_guardrail(watched.engineer.guardrail)
        monitoring.monitor_sandbox(watched.engineer.sandbox)
        monitoring.monitor_user_directory(watched.users)
        monitoring.monitor_frontend(watched.frontend)
        monitoring.monitor_cost()
