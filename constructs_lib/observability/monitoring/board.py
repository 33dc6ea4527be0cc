"""What all monitors of one facade share."""

from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.dashboards.overview import Overview
from constructs_lib.observability.monitoring.dashboards.pages import Pages
from constructs_lib.observability.monitoring.dashboards.queries import Queries
from constructs_lib.observability.monitoring.kinds import Severity
from constructs_lib.observability.monitoring.monitor import Monitor
from constructs_lib.observability.monitoring.topics import AlarmTopics


@dataclass(frozen=True)
class Board:
    """What all monitors of one facade share.

    Args:
        scope: Where alarms are made, unless one is told another place.
        topics: Where alarms go.
        runbooks: Address that the name of a runbook is added to.
        pages: The dashboards.
        overview: The overview.
        queries: The saved queries.
    """

    scope: Construct
    topics: AlarmTopics
    runbooks: str
    pages: Pages
    overview: Overview
    queries: Queries

    def alarms(self, label: str, subject: str, scope: Construct | None) -> Alarms:
        """Alarms of another thing that is watched.

        Args:
            label: What it is called.
            subject: What it is, for descriptions.
            scope: Where they are made. None: with the dashboards.

        Raises:
            ValueError: If something else is called so.
        """
        where = scope or self.scope
        if where.node.try_find_child(label):
            raise ValueError(f"something is watched as {label!r} already; pass another name as label=")
        return Alarms(where, label, subject=subject, runbooks=self.runbooks)

    def finish(self, label: str, alarms: Alarms, log_filters: dict[str, logs.MetricFilter] | None = None) -> Monitor:
        """Make the composite alarms and show them.

        Args:
            label: What is watched.
            alarms: Its alarms; none is added later.
            log_filters: Its metric filters.
        """
        alarms.notify(self.topics)
        for severity, composite in {Severity.CRITICAL: alarms.critical, Severity.WARNING: alarms.warning}.items():
            if composite is not None:
                self.overview.add_alarm(severity, composite)
        return Monitor(label, alarms, log_filters or {})
