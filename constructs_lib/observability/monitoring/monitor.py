"""What the facade hands back for each thing it watches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.observability.monitoring.alarms import Alarms

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_logs as logs


@dataclass(frozen=True)
class Monitor:
    """What watches one thing.

    Args:
        label: What it is called on dashboards.
        alarms: Its alarms.
        log_filters: The L2 metric filters on its log, by the metric's name.
    """

    label: str
    alarms: Alarms
    log_filters: "dict[str, logs.MetricFilter]"

    @property
    def critical(self) -> "cloudwatch.CompositeAlarm | None":
        """The L2 composite of its critical alarms. None: it has none."""
        return self.alarms.critical

    @property
    def warning(self) -> "cloudwatch.CompositeAlarm | None":
        """The L2 composite of its warnings. None: it has none."""
        return self.alarms.warning
