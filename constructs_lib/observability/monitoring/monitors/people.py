"""How guardrails, user directories and evaluations are watched: what stands between people and agents."""

from dataclasses import dataclass, field

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.evaluation.online_evaluation import OnlineEvaluation
from constructs_lib.identity.user_directory_base import UserDirectoryBase
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.widgets import graph, table
from constructs_lib.observability.monitoring.kinds import AlarmKind
from constructs_lib.observability.monitoring.metrics.guardrail import GuardrailReadings
from constructs_lib.observability.monitoring.metrics.user_directory import ClientReadings
from constructs_lib.observability.monitoring.monitor import Monitor
from constructs_lib.safety.content_guardrail import ContentGuardrail

_SCORES = (
    "fields @timestamp, @message",
    "sort @timestamp desc",
    "limit 50",
)


@dataclass(frozen=True)
class GuardrailThresholds:
    """When the alarms of a guardrail go off; None: that alarm is not made.

    Args:
        interventions: It blocks or masks much.
    """

    interventions: limits.Interventions | None = field(default_factory=limits.Interventions)


@dataclass(frozen=True)
class UserDirectoryThresholds:
    """When the alarms of a user directory go off; None: that alarm is not made.

    Args:
        authentication: Attempts to sign in fail.
        throttles: Requests are refused for their number.
    """

    authentication: limits.AuthenticationFailures | None = field(default_factory=limits.AuthenticationFailures)
    throttles: limits.Throttles | None = field(default_factory=limits.Throttles)


def watch_guardrail(
    board: Board, guardrail: ContentGuardrail, label: str, thresholds: GuardrailThresholds, alarms: Alarms
) -> Monitor:
    """Watch a guardrail.

    Args:
        board: What all monitors share.
        guardrail: The guardrail.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings, threshold = GuardrailReadings(guardrail), thresholds.interventions
    if threshold:
        alarms.add(
            AlarmKind.GUARDRAIL_INTERVENTIONS,
            readings.rate(threshold),
            limit=threshold.percent,
            evaluation=threshold.evaluation,
            says=f"It blocks or masks more than {threshold.percent:g} % of the texts.",
            inclusive=False,
        )
    percent = threshold.percent if threshold else None
    board.pages.add(
        Page.GUARDRAILS,
        label,
        [
            graph("Interventions", [readings.rate(threshold or limits.Interventions())], unit="%", limit=percent),
            graph("Found, by policy", readings.by_policy(), unit="a minute", stacked=True),
            graph("Blocked or masked", readings.consequences(), unit="a minute"),
            graph("Texts", [readings.texts(), readings.interventions()], unit="a minute"),
        ],
        [
            graph("Found where it only records, by policy", readings.by_policy("SHADOW"), unit="a minute", width=8),
            graph("Time of checks", [readings.latency()], unit="ms", width=8),
            graph("Checks that failed", readings.failures(), [readings.text_units()], unit="a minute", width=8),
        ],
    )
    shared = GuardrailReadings(guardrail, among_others=True)
    board.overview.guardrails.add_left_metric(shared.rate(threshold or limits.Interventions(), label))
    return board.finish(label, alarms)


def watch_user_directory(
    board: Board,
    directory: UserDirectoryBase,
    label: str,
    thresholds: UserDirectoryThresholds,
    alarms: Alarms,
) -> Monitor:
    """Watch the clients that a user directory has by now.

    Args:
        board: What all monitors share.
        directory: The directory.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    authentication, throttles = thresholds.authentication, thresholds.throttles
    for name, client in directory.clients.items():
        readings = ClientReadings(directory.user_pool, client)
        if authentication:
            alarms.add(
                AlarmKind.AUTHENTICATION_FAILURES,
                readings.failures(authentication),
                limit=authentication.percent,
                evaluation=authentication.evaluation,
                says=f"More than {authentication.percent:g} % of the attempts to sign in at {name} fail.",
                of=name,
                inclusive=False,
            )
        if throttles:
            alarms.add(
                AlarmKind.THROTTLES,
                readings.throttles(),
                limit=throttles.count,
                evaluation=throttles.evaluation,
                says=f"{throttles.count} requests a minute of {name} are refused for their number.",
                of=name,
            )
        rate = readings.failures(authentication or limits.AuthenticationFailures())
        attempts: list[cloudwatch.IMetric] = [readings.attempts(), readings.sign_ins()]
        renewals: list[cloudwatch.IMetric] = [readings.refreshes(), readings.refreshed()]
        board.pages.add(
            Page.AUTHENTICATION,
            f"Directory {label}, {name}",
            [
                graph("Failed", [rate], unit="%", limit=authentication.percent if authentication else None),
                graph("Sign-ins", attempts, unit="a minute"),
                graph("Refreshed tokens", renewals, unit="a minute"),
                graph("Throttled", [readings.throttles()], unit="a minute"),
            ],
        )
        shared = ClientReadings(directory.user_pool, client, among_others=True)
        board.overview.authentication.add_left_metric(
            shared.failures(authentication or limits.AuthenticationFailures(), f"{label} {name}")
        )
    return board.finish(label, alarms)


def watch_evaluation(board: Board, evaluation: OnlineEvaluation, label: str, alarms: Alarms) -> Monitor:
    """Show the scores of an online evaluation. AWS does not document the dimensions of its metrics, so they are sought.

    Args:
        board: What all monitors share.
        evaluation: The evaluation.
        label: What it is called.
        alarms: Stays empty.
    """
    scores = cloudwatch.MathExpression(
        expression=f"SEARCH('Namespace=\"{evaluation.metrics_namespace}\"', 'Average', 3600)", label=""
    )
    groups = [evaluation.results_log_group.log_group_name]
    board.pages.add(
        Page.QUALITY,
        label,
        [graph("Scores", [scores], width=12), table("Newest results", groups, _SCORES, width=12)],
    )
    return board.finish(label, alarms)
