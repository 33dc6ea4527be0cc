"""How the chat front end is watched."""

from dataclasses import dataclass, field

from constructs_lib.frontend.chat_frontend import ChatFrontend
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.widgets import graph
from constructs_lib.observability.monitoring.kinds import AlarmKind
from constructs_lib.observability.monitoring.metrics.frontend import FrontEndReadings
from constructs_lib.observability.monitoring.monitor import Monitor


@dataclass(frozen=True)
class FrontEndThresholds:
    """When the alarms of a front end go off; None: that alarm is not made.

    Args:
        down: No task is healthy.
        errors: Requests end in a 5xx status.
    """

    down: limits.FrontEndDown | None = field(default_factory=limits.FrontEndDown)
    errors: limits.LoadBalancerErrors | None = field(default_factory=limits.LoadBalancerErrors)


def watch_frontend(
    board: Board, frontend: ChatFrontend, label: str, thresholds: FrontEndThresholds, alarms: Alarms
) -> Monitor:
    """Watch a front end.

    Args:
        board: What all monitors share.
        frontend: The front end.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings = FrontEndReadings(frontend)
    down, errors = thresholds.down, thresholds.errors
    if down:
        alarms.add(
            AlarmKind.FRONT_END_DOWN,
            readings.missing(),
            limit=1,
            evaluation=down.evaluation,
            says="None of its tasks is healthy: nobody can chat.",
        )
    if errors:
        alarms.add(
            AlarmKind.LOAD_BALANCER_ERRORS,
            readings.errors(),
            limit=errors.count,
            evaluation=errors.evaluation,
            says=f"{errors.count} requests a minute end in a 5xx status.",
        )
    board.pages.add(
        Page.FRONT_END,
        label,
        [
            graph("Requests", [readings.requests()], unit="a minute"),
            graph("Time until an answer begins", [readings.response_time(each) for each in (50, 95)], unit="s"),
            graph(
                "5xx",
                [readings.own_errors(), readings.task_errors()],
                unit="a minute",
                limit=errors.count if errors else None,
            ),
            graph("Firewall", [readings.allowed(), readings.blocked()], unit="a minute", stacked=True),
        ],
        [
            graph(
                "Tasks", [readings.healthy(), readings.unhealthy()], [readings.running(), readings.desired()], width=12
            ),
            graph("Use", [readings.use("CPU"), readings.use("Memory")], unit="%", width=12),
        ],
    )
    return board.finish(label, alarms)
