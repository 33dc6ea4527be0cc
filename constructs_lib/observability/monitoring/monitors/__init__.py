"""How each construct is watched: its metrics, then the alarms on them, then the widgets that show them.

What is not watched is not imported: the front end alone brings containers and load balancers along.
"""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.observability.monitoring.monitors.frontend import FrontEndThresholds as FrontEndThresholds
    from constructs_lib.observability.monitoring.monitors.frontend import watch_frontend as watch_frontend
    from constructs_lib.observability.monitoring.monitors.memory import MemoryThresholds as MemoryThresholds
    from constructs_lib.observability.monitoring.monitors.memory import watch_memory as watch_memory
    from constructs_lib.observability.monitoring.monitors.people import GuardrailThresholds as GuardrailThresholds
    from constructs_lib.observability.monitoring.monitors.people import (
        UserDirectoryThresholds as UserDirectoryThresholds,
    )
    from constructs_lib.observability.monitoring.monitors.people import watch_evaluation as watch_evaluation
    from constructs_lib.observability.monitoring.monitors.people import watch_guardrail as watch_guardrail
    from constructs_lib.observability.monitoring.monitors.people import watch_user_directory as watch_user_directory
    from constructs_lib.observability.monitoring.monitors.tools import GatewayThresholds as GatewayThresholds
    from constructs_lib.observability.monitoring.monitors.tools import PolicyThresholds as PolicyThresholds
    from constructs_lib.observability.monitoring.monitors.tools import SandboxThresholds as SandboxThresholds
    from constructs_lib.observability.monitoring.monitors.tools import watch_gateway as watch_gateway
    from constructs_lib.observability.monitoring.monitors.tools import watch_policy as watch_policy
    from constructs_lib.observability.monitoring.monitors.tools import watch_sandbox as watch_sandbox

_ROOM = "constructs_lib.observability.monitoring.monitors"

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "FrontEndThresholds": f"{_ROOM}.frontend",
        "GatewayThresholds": f"{_ROOM}.tools",
        "GuardrailThresholds": f"{_ROOM}.people",
        "MemoryThresholds": f"{_ROOM}.memory",
        "PolicyThresholds": f"{_ROOM}.tools",
        "SandboxThresholds": f"{_ROOM}.tools",
        "UserDirectoryThresholds": f"{_ROOM}.people",
        "watch_evaluation": f"{_ROOM}.people",
        "watch_frontend": f"{_ROOM}.frontend",
        "watch_gateway": f"{_ROOM}.tools",
        "watch_guardrail": f"{_ROOM}.people",
        "watch_memory": f"{_ROOM}.memory",
        "watch_policy": f"{_ROOM}.tools",
        "watch_sandbox": f"{_ROOM}.tools",
        "watch_user_directory": f"{_ROOM}.people",
    },
)
