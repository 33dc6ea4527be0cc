"""Alarms as deployed templates define them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from workbench.dashboards.errors import QueryError
from workbench.dashboards.queries import MetricStat, Query, alarm_queries, dimensions_of

_URL = re.compile(r"https?://[^\s)>\]]+")


class State(StrEnum):
    """What an alarm can be in."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """How an alarm treats a period without data."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True)
class MetricAlarm:
    """An alarm on a metric or an expression.

    Args:
        name: Its name.
        title: What it is called where it is shown: the name, or the logical id where CloudFormation made the name up.
        arn: Its ARN.
        description: What it says to whoever it wakes up.
        queries: What it watches, and what that is made of.
        watched: Id of the query it watches.
        comparison: For example `GreaterThanThreshold`.
        threshold: What it compares with; None where that is an anomaly band.
        band: Id of the query that is the anomaly band; empty where there is a fixed threshold.
        evaluation_periods: How many periods it looks at (N).
        datapoints_to_alarm: How many of them have to breach (M).
        missing_data: How it treats a period without data.
    """

    name: str
    title: str
    arn: str
    description: str
    queries: tuple[Query, ...]
    watched: str
    comparison: str
    threshold: float | None
    band: str
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: MissingData


@dataclass(frozen=True)
class CompositeAlarm:
    """An alarm on other alarms.

    Args:
        name: Its name.
        title: What it is called where it is shown: the name, or the logical id where CloudFormation made the name up.
        arn: Its ARN.
        description: What it says to whoever it wakes up.
        rule: Its rule expression.
        suppressor: Name or ARN of the alarm that keeps its actions back; empty where there is none.
        wait_seconds: How long it waits for the suppressor to go off.
        extension_seconds: How long it goes on being suppressed after that.
    """

    name: str
    title: str
    arn: str
    description: str
    rule: str
    suppressor: str
    wait_seconds: int
    extension_seconds: int


Alarm = MetricAlarm | CompositeAlarm


def runbook_of(alarm: Alarm) -> str:
    """Address of the runbook: the last one in the description; empty where there is none.

    Args:
        alarm: The alarm.
    """
    found = _URL.findall(alarm.description)
    return found[-1].rstrip(".,;") if found else ""


def says_of(alarm: Alarm) -> str:
    """What an alarm says, without the address of its runbook.

    Args:
        alarm: The alarm.
    """
    said = _URL.sub("", alarm.description).rstrip(" .")
    return re.sub(r"[\s:.]*(See|Runbooks?):?$", "", said)


def metric_alarm(name: str, arn: str, properties: Mapping[str, object], *, title: str = "") -> MetricAlarm:
    """An `AWS::CloudWatch::Alarm`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html

    Args:
        name: Its physical id.
        arn: Its ARN.
        properties: Its properties, references resolved.
        title: What it is called where it is shown. Default: its name.

    Raises:
        QueryError: If it watches nothing.
    """
    metrics = properties.get("Metrics")
    queries = alarm_queries(metrics) if isinstance(metrics, list) and metrics else (_own_metric(properties),)
    band = str(properties.get("ThresholdMetricId") or "")
    watched = [query.id for query in queries if query.shown and query.id != band]
    if len(watched) != 1:
        raise QueryError(f"the alarm {name} has to watch one metric or expression, it returns {watched}")
    periods = int(str(properties.get("EvaluationPeriods") or 1))
    return MetricAlarm(
        name=name,
        title=title or name,
        arn=arn,
        description=str(properties.get("AlarmDescription") or ""),
        queries=queries,
        watched=watched[0],
        comparison=str(properties.get("ComparisonOperator")),
        threshold=None if band else float(str(properties.get("Threshold"))),
        band=band,
        evaluation_periods=periods,
        datapoints_to_alarm=int(str(properties.get("DatapointsToAlarm") or periods)),
        missing_data=_missing_data(properties),
    )


def composite_alarm(name: str, arn: str, properties: Mapping[str, object], *, title: str = "") -> CompositeAlarm:
    """An `AWS::CloudWatch::CompositeAlarm`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html

    Args:
        name: Its physical id.
        arn: Its ARN.
        properties: Its properties, references resolved.
        title: What it is called where it is shown. Default: its name.
    """
    return CompositeAlarm(
        name=name,
        title=title or name,
        arn=arn,
        description=str(properties.get("AlarmDescription") or ""),
        rule=str(properties.get("AlarmRule") or ""),
        suppressor=str(properties.get("ActionsSuppressor") or ""),
        wait_seconds=int(str(properties.get("ActionsSuppressorWaitPeriod") or 0)),
        extension_seconds=int(str(properties.get("ActionsSuppressorExtensionPeriod") or 0)),
    )


def _own_metric(properties: Mapping[str, object]) -> Query:
    statistic = str(properties.get("Statistic") or properties.get("ExtendedStatistic") or "Average")
    name = str(properties.get("MetricName") or "")
    period = int(str(properties.get("Period") or 60))
    dimensions = dimensions_of(properties.get("Dimensions"))
    return Query("m1", MetricStat(str(properties.get("Namespace") or ""), name, dimensions, statistic, period))


def _missing_data(properties: Mapping[str, object]) -> MissingData:
    given = properties.get("TreatMissingData")
    # What DynamoDB does not report has not changed: its alarms keep their state where nothing else is said.
    default = MissingData.IGNORE if properties.get("Namespace") == "AWS/DynamoDB" else MissingData.MISSING
    return MissingData(str(given)) if given else default
