"""How a memory is watched."""

from dataclasses import dataclass, field

from constructs_lib.memory.agent_memory import AgentMemory
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.queries import MEMORY_QUERIES
from constructs_lib.observability.monitoring.dashboards.widgets import graph
from constructs_lib.observability.monitoring.kinds import AlarmKind
from constructs_lib.observability.monitoring.metrics.memory import OPERATIONS, MemoryReadings
from constructs_lib.observability.monitoring.monitor import Monitor


@dataclass(frozen=True)
class MemoryThresholds:
    """When the alarms of a memory go off; None: that alarm is not made.

    Args:
        unavailable: Calls fail.
        quota: Calls come near the quota.
    """

    unavailable: limits.MemoryUnavailable | None = field(default_factory=limits.MemoryUnavailable)
    quota: limits.MemoryQuota | None = field(default_factory=limits.MemoryQuota)


def watch_memory(
    board: Board, memory: AgentMemory, label: str, thresholds: MemoryThresholds, alarms: Alarms
) -> Monitor:
    """Watch a memory.

    Args:
        board: What all monitors share.
        memory: The memory.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings = MemoryReadings(memory)
    unavailable, quota = thresholds.unavailable, thresholds.quota
    if unavailable:
        alarms.add(
            AlarmKind.MEMORY_UNAVAILABLE,
            readings.failures(),
            limit=unavailable.failures,
            evaluation=unavailable.evaluation,
            says=f"At least {unavailable.failures} calls a minute fail; agents answer without it.",
        )
    if quota:
        alarms.add(
            AlarmKind.MEMORY_QUOTA,
            readings.quota_share(quota),
            limit=quota.percent,
            evaluation=quota.evaluation,
            says=f"Its busiest operation reaches {quota.percent:g} % of the quota.",
        )
    board.queries.ask(MEMORY_QUERIES, memory.log_group)
    board.pages.add(
        Page.MEMORY,
        label,
        [
            graph("Calls", [readings.calls(each) for each in OPERATIONS], unit="a minute", stacked=True),
            graph("Time of calls, p95", [readings.latency(each) for each in OPERATIONS], unit="ms"),
            graph(
                "Failed calls",
                [*(readings.errors(each) for each in OPERATIONS), readings.seen_failures()],
                unit="a minute",
                limit=unavailable.failures if unavailable else None,
            ),
            graph("Kept", [readings.events(), readings.records()], unit="a minute"),
        ],
        [
            graph("Throttled", [readings.throttles(each) for each in OPERATIONS], unit="a minute", width=12),
            graph(
                "Share of the quota",
                [readings.quota_share(quota or limits.MemoryQuota())],
                unit="%",
                width=12,
                limit=quota.percent if quota else None,
            ),
        ],
    )
    board.overview.memory.add_left_metric(MemoryReadings(memory, among_others=True).failures(label))
    return board.finish(label, alarms)
