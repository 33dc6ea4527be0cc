"""Metrics, alarms and dashboards for what the other constructs make."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.observability.monitoring.agent_monitoring import AgentMonitoring as AgentMonitoring
    from constructs_lib.observability.monitoring.alarms import Alarms as Alarms
    from constructs_lib.observability.monitoring.kinds import AlarmKind as AlarmKind
    from constructs_lib.observability.monitoring.kinds import Severity as Severity
    from constructs_lib.observability.monitoring.monitor import Monitor as Monitor
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
    from constructs_lib.observability.monitoring.thresholds import AuthenticationFailures as AuthenticationFailures
    from constructs_lib.observability.monitoring.thresholds import ErrorRate as ErrorRate
    from constructs_lib.observability.monitoring.thresholds import Evaluation as Evaluation
    from constructs_lib.observability.monitoring.thresholds import FrontEndDown as FrontEndDown
    from constructs_lib.observability.monitoring.thresholds import Interventions as Interventions
    from constructs_lib.observability.monitoring.thresholds import Latency as Latency
    from constructs_lib.observability.monitoring.thresholds import LoadBalancerErrors as LoadBalancerErrors
    from constructs_lib.observability.monitoring.thresholds import MemoryQuota as MemoryQuota
    from constructs_lib.observability.monitoring.thresholds import MemoryUnavailable as MemoryUnavailable
    from constructs_lib.observability.monitoring.thresholds import PolicyDenials as PolicyDenials
    from constructs_lib.observability.monitoring.thresholds import RuntimeDown as RuntimeDown
    from constructs_lib.observability.monitoring.thresholds import Throttles as Throttles
    from constructs_lib.observability.monitoring.thresholds import TokenUse as TokenUse
    from constructs_lib.observability.monitoring.thresholds import ToolErrors as ToolErrors
    from constructs_lib.observability.monitoring.thresholds import TrafficAnomaly as TrafficAnomaly
    from constructs_lib.observability.monitoring.topics import AlarmTopics as AlarmTopics

__all__ = [
    "AgentMonitoring",
    "AgentThresholds",
    "AlarmKind",
    "AlarmTopics",
    "Alarms",
    "AuthenticationFailures",
    "ErrorRate",
    "Evaluation",
    "FrontEndDown",
    "FrontEndThresholds",
    "GatewayThresholds",
    "GuardrailThresholds",
    "Interventions",
    "Latency",
    "LoadBalancerErrors",
    "MemoryQuota",
    "MemoryThresholds",
    "MemoryUnavailable",
    "Monitor",
    "PolicyDenials",
    "PolicyThresholds",
    "RuntimeDown",
    "SandboxThresholds",
    "Severity",
    "Throttles",
    "TokenUse",
    "ToolErrors",
    "TrafficAnomaly",
    "UserDirectoryThresholds",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentMonitoring": "constructs_lib.observability.monitoring.agent_monitoring",
        "AgentThresholds": "constructs_lib.observability.monitoring.monitors.agent",
        "AlarmKind": "constructs_lib.observability.monitoring.kinds",
        "AlarmTopics": "constructs_lib.observability.monitoring.topics",
        "Alarms": "constructs_lib.observability.monitoring.alarms",
        "AuthenticationFailures": "constructs_lib.observability.monitoring.thresholds",
        "ErrorRate": "constructs_lib.observability.monitoring.thresholds",
        "Evaluation": "constructs_lib.observability.monitoring.thresholds",
        "FrontEndDown": "constructs_lib.observability.monitoring.thresholds",
        "FrontEndThresholds": "constructs_lib.observability.monitoring.monitors.frontend",
        "GatewayThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "GuardrailThresholds": "constructs_lib.observability.monitoring.monitors.people",
        "Interventions": "constructs_lib.observability.monitoring.thresholds",
        "Latency": "constructs_lib.observability.monitoring.thresholds",
        "LoadBalancerErrors": "constructs_lib.observability.monitoring.thresholds",
        "MemoryQuota": "constructs_lib.observability.monitoring.thresholds",
        "MemoryThresholds": "constructs_lib.observability.monitoring.monitors.memory",
        "MemoryUnavailable": "constructs_lib.observability.monitoring.thresholds",
        "Monitor": "constructs_lib.observability.monitoring.monitor",
        "PolicyDenials": "constructs_lib.observability.monitoring.thresholds",
        "PolicyThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "RuntimeDown": "constructs_lib.observability.monitoring.thresholds",
        "SandboxThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "Severity": "constructs_lib.observability.monitoring.kinds",
        "Throttles": "constructs_lib.observability.monitoring.thresholds",
        "TokenUse": "constructs_lib.observability.monitoring.thresholds",
        "ToolErrors": "constructs_lib.observability.monitoring.thresholds",
        "TrafficAnomaly": "constructs_lib.observability.monitoring.thresholds",
        "UserDirectoryThresholds": "constructs_lib.observability.monitoring.monitors.people",
    },
)
