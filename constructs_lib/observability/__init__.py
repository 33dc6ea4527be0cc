"""Seeing what agents do: logs and traces, dashboards and alarms, and what it costs."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.observability.account_observability import AccountObservability as AccountObservability
    from constructs_lib.observability.cost_alerts import BudgetAlert as BudgetAlert
    from constructs_lib.observability.cost_alerts import CostAnomalies as CostAnomalies
    from constructs_lib.observability.cost_alerts import CostTag as CostTag
    from constructs_lib.observability.cost_alerts import SpendKind as SpendKind
    from constructs_lib.observability.cost_budget import CostBudget as CostBudget
    from constructs_lib.observability.data_identifiers import ManagedDataIdentifier as ManagedDataIdentifier
    from constructs_lib.observability.data_identifiers import data_of as data_of
    from constructs_lib.observability.log_delivery import LogDelivery as LogDelivery
    from constructs_lib.observability.log_masking import LogMasking as LogMasking
    from constructs_lib.observability.monitoring.agent_monitoring import AgentMonitoring as AgentMonitoring
    from constructs_lib.observability.monitoring.monitors.agent import AgentThresholds as AgentThresholds
    from constructs_lib.observability.monitoring.monitors.frontend import FrontEndThresholds as FrontEndThresholds
    from constructs_lib.observability.monitoring.monitors.memory import MemoryThresholds as MemoryThresholds
    from constructs_lib.observability.monitoring.monitors.people import GuardrailThresholds as GuardrailThresholds
    from constructs_lib.observability.monitoring.monitors.people import (
        UserDirectoryThresholds as UserDirectoryThresholds,
    )
    from constructs_lib.observability.monitoring.monitors.tools import GatewayThresholds as GatewayThresholds
    from constructs_lib.observability.monitoring.monitors.tools import PolicyThresholds as PolicyThresholds
    from constructs_lib.observability.monitoring.monitors.tools import SandboxThresholds as SandboxThresholds
    from constructs_lib.observability.monitoring.topics import AlarmTopics as AlarmTopics
    from constructs_lib.observability.monthly_cost import EstimateLevel as EstimateLevel
    from constructs_lib.observability.monthly_cost import MonthlyCost as MonthlyCost

__all__ = [
    "AccountObservability",
    "AgentMonitoring",
    "AgentThresholds",
    "AlarmTopics",
    "BudgetAlert",
    "CostAnomalies",
    "CostBudget",
    "CostTag",
    "EstimateLevel",
    "FrontEndThresholds",
    "GatewayThresholds",
    "GuardrailThresholds",
    "LogDelivery",
    "LogMasking",
    "ManagedDataIdentifier",
    "MemoryThresholds",
    "MonthlyCost",
    "PolicyThresholds",
    "SandboxThresholds",
    "SpendKind",
    "UserDirectoryThresholds",
    "data_of",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AccountObservability": "constructs_lib.observability.account_observability",
        "AgentMonitoring": "constructs_lib.observability.monitoring.agent_monitoring",
        "AgentThresholds": "constructs_lib.observability.monitoring.monitors.agent",
        "AlarmTopics": "constructs_lib.observability.monitoring.topics",
        "BudgetAlert": "constructs_lib.observability.cost_alerts",
        "CostAnomalies": "constructs_lib.observability.cost_alerts",
        "CostBudget": "constructs_lib.observability.cost_budget",
        "CostTag": "constructs_lib.observability.cost_alerts",
        "EstimateLevel": "constructs_lib.observability.monthly_cost",
        "FrontEndThresholds": "constructs_lib.observability.monitoring.monitors.frontend",
        "GatewayThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "GuardrailThresholds": "constructs_lib.observability.monitoring.monitors.people",
        "LogDelivery": "constructs_lib.observability.log_delivery",
        "LogMasking": "constructs_lib.observability.log_masking",
        "ManagedDataIdentifier": "constructs_lib.observability.data_identifiers",
        "MemoryThresholds": "constructs_lib.observability.monitoring.monitors.memory",
        "MonthlyCost": "constructs_lib.observability.monthly_cost",
        "PolicyThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "SandboxThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "SpendKind": "constructs_lib.observability.cost_alerts",
        "UserDirectoryThresholds": "constructs_lib.observability.monitoring.monitors.people",
        "data_of": "constructs_lib.observability.data_identifiers",
    },
)
