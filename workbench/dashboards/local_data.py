"""What a running local cloud has measured and logged, as dashboards and alarms are evaluated on it."""

import time
from collections.abc import Sequence

from botocore.exceptions import ClientError

from workbench.dashboards.insights.records import Record, record
from workbench.dashboards.series import MetricSource
from workbench.local_cloud.agents import CLIENT_CONFIG, Access
from workbench.local_cloud.workspace import RunningCloud

LONGEST = 3 * 3600.0
"""Seconds that are shown at most where nobody asks for another time: what CloudWatch's dashboards show at first."""

_PERIODS = (1, 5, 10, 30, 60)
_FEWEST_POINTS = 8
_WANTED_POINTS = 30
_MOST_EVENTS = 10_000


class LocalLogs:
    """Log events at the local cloud's CloudWatch Logs.

    Args:
        cloud: The cloud.
    """

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud
        self._known: dict[tuple[str, str, str], Sequence[Record] | None] = {}

    def events(self, account: str, region: str, group: str, *, start: float, end: float) -> Sequence[Record] | None:
        """Events of a log group; None where there is no such group.

        Args:
            account: Account it is in.
            region: Region it is in.
            group: Its name.
            start: From when on, in seconds since the epoch.
            end: Until when.
        """
        key = (account, region, group)
        if key not in self._known:
            self._known[key] = self._read(Access(self._cloud.endpoint, account, region), group, start, end)
        return self._known[key]

    def _read(self, access: Access, group: str, start: float, end: float) -> Sequence[Record] | None:
        logs = access.session().client("logs", endpoint_url=access.endpoint, config=CLIENT_CONFIG)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            startTime=int(start * 1000),
            endTime=int(end * 1000),
            PaginationConfig={"MaxItems": _MOST_EVENTS},
        )
        try:
            return [
                record(event["message"], milliseconds=event["timestamp"], group=group, stream=event["logStreamName"])
                for page in pages
                for event in page["events"]
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise


def first_measured(metrics: MetricSource, *, now: float) -> float:
    """When the oldest value of the last three hours was measured; `now` where there is none.

    Args:
        metrics: Where values come from.
        now: In seconds since the epoch.
    """
    firsts = (
        values[0][0]
        for metric in metrics.metrics()
        if (values := metrics.values(metric.namespace, metric.name, metric.dimensions, start=now - LONGEST, end=now))
    )
    return min(firsts, default=now)


def readable_period(seconds: float, *, own: int = 60) -> int | None:
    """The period for a time too short for the dashboards' own, so that a chart has a shape; None where theirs will do.

    Args:
        seconds: The shown time.
        own: The dashboards' period, in seconds.
    """
    if seconds >= own * _FEWEST_POINTS:
        return None
    return max((period for period in _PERIODS if period * _WANTED_POINTS <= seconds), default=_PERIODS[0])


def now() -> float:
    """The present, in seconds since the epoch."""
    return time.time()
