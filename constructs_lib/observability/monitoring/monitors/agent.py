"""How an agent is watched."""

from dataclasses import dataclass, field

from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.observability.monitoring import log_metrics as counted
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.queries import AGENT_QUERIES
from constructs_lib.observability.monitoring.dashboards.widgets import COLUMNS, graph, table
from constructs_lib.observability.monitoring.kinds import AlarmKind
from constructs_lib.observability.monitoring.log_metrics import LogMetrics, namespace_of
from constructs_lib.observability.monitoring.metrics.agent import AgentReadings
from constructs_lib.observability.monitoring.monitor import Monitor
from constructs_lib.runtime.agent_service import AgentService

_HALF, _THIRD = COLUMNS // 2, COLUMNS // 3
_ANOMALY_MINUTES = 5


@dataclass(frozen=True)
class AgentThresholds:
    """When the alarms of an agent go off; None: that alarm is not made.

    Args:
        down: Nothing is answered.
        errors: Requests fail.
        authentication: Callers are not let in.
        latency: Answers take long.
        throttles: Requests are refused for their number.
        tokens: The model reads and writes much.
        traffic: Traffic is unusual.
    """

    down: limits.RuntimeDown | None = field(default_factory=limits.RuntimeDown)
    errors: limits.ErrorRate | None = field(default_factory=limits.ErrorRate)
    authentication: limits.AuthenticationFailures | None = field(default_factory=limits.AuthenticationFailures)
    latency: limits.Latency | None = field(default_factory=limits.Latency)
    throttles: limits.Throttles | None = field(default_factory=limits.Throttles)
    tokens: limits.TokenUse | None = field(default_factory=limits.TokenUse)
    traffic: limits.TrafficAnomaly | None = field(default_factory=limits.TrafficAnomaly)


class AgentMonitor:
    """Watches one agent.

    Args:
        board: What all monitors share.
        agent: The agent.
        endpoint: Its endpoint.
        label: What it is called.
        thresholds: When its alarms go off.
        counts_lines: Whether it writes the log lines of `agents.shared`.
        scope: Where its alarms are made.

    Attributes:
        readings: Its metrics.
        shared_readings: The same for graphs that show several agents.
    """

    def __init__(
        self,
        board: Board,
        agent: AgentService,
        *,
        endpoint: str,
        label: str,
        thresholds: AgentThresholds,
        counts_lines: bool,
        scope: Construct | None,
    ) -> None:
        self._board, self._label = board, label
        self._thresholds, self._counts_lines = thresholds, counts_lines
        self.readings = AgentReadings(agent, endpoint, counts_lines=counts_lines)
        self.shared_readings = AgentReadings(agent, endpoint, counts_lines=counts_lines, among_others=True)
        self._log_group = agent.output_log_groups[endpoint]
        self._namespace = namespace_of(agent.runtime_name)
        # The door of an agent that IAM opens says nothing of whom it does not let in.
        self._takes_tokens = agent.authorizer is not None
        self._alarms = board.alarms(label, f"Agent {label}", scope)

    def watch(self) -> Monitor:
        """Make its metric filters, its alarms and its widgets."""
        filters: dict[str, logs.MetricFilter] = {}
        if self._counts_lines:
            lines = LogMetrics(self._alarms, "Lines", log_group=self._log_group, namespace=self._namespace)
            filters = lines.filters
            self._board.queries.ask(AGENT_QUERIES, self._log_group)
        self._critical()
        self._warnings()
        self._performance()
        self._sessions()
        self._errors()
        if self._takes_tokens:
            self._authentication()
        self._overview()
        return self._board.finish(self._label, self._alarms, filters)

    def _critical(self) -> None:
        of, alarms, readings = self._thresholds, self._alarms, self.readings
        if of.down:
            alarms.add(
                AlarmKind.RUNTIME_DOWN,
                readings.failures_while_down(),
                limit=of.down.failures,
                evaluation=of.down.evaluation,
                says=f"It answers nobody, and at least {of.down.failures} requests a minute fail.",
            )
        if of.errors:
            alarms.add(
                AlarmKind.ERROR_RATE,
                readings.error_rate(of.errors),
                limit=of.errors.percent,
                evaluation=of.errors.evaluation,
                says=f"More than {of.errors.percent:g} % of the requests fail.",
                inclusive=False,
            )
        if of.authentication:
            alarms.add(
                AlarmKind.AUTHENTICATION_FAILURES,
                readings.authentication_failures(of.authentication),
                limit=of.authentication.percent,
                evaluation=of.authentication.evaluation,
                says=f"More than {of.authentication.percent:g} % of the callers are not let in.",
                inclusive=False,
            )

    def _warnings(self) -> None:
        of, alarms, readings = self._thresholds, self._alarms, self.readings
        if of.latency:
            alarms.add(
                AlarmKind.LATENCY,
                readings.latency_without_cause(of.latency),
                limit=of.latency.limit.to_milliseconds(),
                evaluation=of.latency.evaluation,
                says=f"{100 - of.latency.percentile} % of the answers take longer than {_seconds(of.latency)} s.",
                inclusive=False,
            )
        if of.throttles:
            alarms.add(
                AlarmKind.THROTTLES,
                readings.all_throttles(),
                limit=of.throttles.count,
                evaluation=of.throttles.evaluation,
                says=f"Its runtime or its model refuses {of.throttles.count} requests a minute for their number.",
            )
        if of.tokens and self._counts_lines:
            alarms.add(
                AlarmKind.TOKEN_USE,
                readings.hourly_tokens(),
                limit=of.tokens.tokens,
                evaluation=of.tokens.evaluation,
                says=f"Its model reads and writes more than {of.tokens.tokens:,} tokens an hour.",
                inclusive=False,
            )
        if of.traffic:
            alarms.add_anomaly(readings.invocations(period=_ANOMALY_MINUTES), of.traffic)

    def _performance(self) -> None:
        readings, limit = self.readings, self._thresholds.latency
        percentiles = [readings.latency(each) for each in (50, 95, 99)]
        milliseconds = limit.limit.to_milliseconds() if limit else None
        widgets = [
            graph("Time of answers", percentiles, unit="ms", limit=milliseconds),
            graph("Throughput", [readings.invocations()], unit="a minute"),
            graph("New sessions", [readings.sessions()], unit="a minute"),
            graph("Billed time", [readings.cpu_hours()], [readings.memory_hours()], unit="vCPU hours"),
        ]
        if self._counts_lines:
            read = readings.counted(counted.INPUT_TOKENS, "Read")
            written = readings.counted(counted.OUTPUT_TOKENS, "Written")
            widgets.insert(3, graph("Tokens", [read, written], unit="a minute", stacked=True))
        # Billed time is up to an hour late, so it has a row of its own.
        self._board.pages.add(Page.PERFORMANCE, self._label, widgets[:-1], widgets[-1:])

    def _sessions(self) -> None:
        readings = self.readings
        graphs = [graph("New sessions", [readings.sessions()], unit="a minute", width=_HALF)]
        if not self._counts_lines:
            self._board.pages.add(Page.SESSIONS, self._label, graphs)
            return
        ended = readings.counted(counted.ENDED, "Requests")
        graphs.append(graph("Requests that ended", [ended], unit="a minute", width=_HALF))
        groups = [self._log_group.log_group_name]
        users = table("Active users", groups, AGENT_QUERIES["Active users"], width=_HALF)
        tokens = table("Tokens by session", groups, AGENT_QUERIES["Tokens by session"], width=_HALF)
        self._board.pages.add(Page.SESSIONS, self._label, graphs, [users, tokens])

    def _errors(self) -> None:
        readings, limit = self.readings, self._thresholds.errors
        rate = graph(
            "Error rate",
            [readings.error_rate(limit or limits.ErrorRate())],
            unit="%",
            width=_THIRD,
            limit=limit.percent if limit else None,
        )
        service = [readings.system_errors(), readings.user_errors(), readings.throttles()]
        row = [rate, graph("Requests that the service did not serve", service, unit="a minute", width=_THIRD)]
        if not self._counts_lines:
            self._board.pages.add(Page.ERRORS, self._label, row)
            return
        outcomes = [
            readings.counted(counted.FAILED, "Failed"),
            readings.counted(counted.THROTTLED, "Throttled"),
            readings.counted(counted.UNAUTHENTICATED, "Without identity"),
            readings.counted(counted.MODEL_THROTTLES, "Attempts throttled by the model"),
            readings.counted(counted.MEMORY_FAILURES, "Memory failed"),
            readings.counted(counted.GATEWAY_FAILURES, "Gateway failed"),
        ]
        row.append(graph("What the agent says", outcomes, unit="a minute", width=_THIRD))
        groups = [self._log_group.log_group_name]
        newest = table("Requests that failed", groups, AGENT_QUERIES["Requests that failed"], width=_HALF)
        causes = table("Errors with their cause", groups, AGENT_QUERIES["Errors with their cause"], width=_HALF)
        self._board.pages.add(Page.ERRORS, self._label, row, [newest, causes])

    def _authentication(self) -> None:
        readings, limit = self.readings, self._thresholds.authentication
        rate = graph(
            "Not let in",
            [readings.authentication_failures(limit or limits.AuthenticationFailures())],
            unit="%",
            width=_HALF,
            limit=limit.percent if limit else None,
        )
        tokens = [readings.accepted_tokens(), readings.refused_tokens()]
        if self._counts_lines:
            tokens.append(readings.counted(counted.UNAUTHENTICATED, "Without identity"))
        self._board.pages.add(
            Page.AUTHENTICATION,
            f"Agent {self._label}",
            [rate, graph("Tokens of requests", tokens, unit="a minute", width=_HALF)],
        )

    def _overview(self) -> None:
        overview, readings, of = self._board.overview, self.shared_readings, self._thresholds
        overview.requests.add_left_metric(readings.invocations(self._label))
        overview.errors.add_left_metric(readings.error_rate(of.errors or limits.ErrorRate(), self._label))
        overview.latency.add_left_metric(readings.latency(95, self._label))
        overview.authentication.add_left_metric(
            readings.authentication_failures(of.authentication or limits.AuthenticationFailures(), self._label)
        )
        overview.throttles.add_left_metric(readings.all_throttles(self._label))
        if self._counts_lines:
            overview.tokens.add_left_metric(readings.tokens(self._label))


def _seconds(latency: limits.Latency) -> str:
    return f"{latency.limit.to_milliseconds() / 1000:g}"
