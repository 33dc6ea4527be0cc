"""What a widget or an alarm asks of CloudWatch: metrics and expressions, as GetMetricData takes them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.dashboards.errors import QueryError

DEFAULT_PERIOD = 300
"""Seconds of a dashboard's period where a widget names none."""

_REPEATED = "."
_ALL_REPEATED = "..."


@dataclass(frozen=True)
class MetricStat:
    """A statistic of one metric.

    Args:
        namespace: For example `AWS/Bedrock-AgentCore`.
        name: Name of the metric.
        dimensions: Its exact dimensions.
        statistic: For example `Sum` or `p95`.
        period: Seconds.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int


@dataclass(frozen=True)
class Query:
    """One metric or one expression.

    Args:
        id: What expressions call it.
        stat: The metric; None for an expression.
        expression: The expression; empty for a metric.
        label: What it is called; empty for CloudWatch's own choice.
        shown: Whether its result is wanted, not only used by other expressions.
        color: As CSS writes it; empty for any.
        axis: `left` or `right`.
    """

    id: str
    stat: MetricStat | None = None
    expression: str = ""
    label: str = ""
    shown: bool = True
    color: str = ""
    axis: str = "left"


@dataclass
class _Row:
    """Reads a widget's rows, each of which may repeat what stands above it."""

    period: int
    statistic: str
    previous: list[str] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)

    def read(self, row: Sequence[object], number: int) -> Query:
        texts = [str(part) for part in row if not isinstance(part, Mapping)]
        options: dict[str, object] = {}
        for part in row:
            options |= dict(part) if isinstance(part, Mapping) else {}
        id_ = str(options.get("id") or f"unnamed{number}")
        shown = options.get("visible") is not False
        query = Query(id_, label=_text(options, "label"), shown=shown, color=_text(options, "color"))
        query = replace(query, axis=_text(options, "yAxis") or "left")
        if "expression" in options:
            return replace(query, expression=str(options["expression"]))
        return replace(query, stat=self._stat(texts, options))

    def _stat(self, texts: list[str], options: Mapping[str, object]) -> MetricStat:
        names = self._spelled_out(texts)
        if len(names) < 2 or len(names) % 2:
            raise QueryError(f"a metric is [namespace, name, dimension, value, …], got {texts!r}")
        self.previous = names
        statistic = _text(options, "stat") or self.statistic
        period = int(str(options.get("period") or self.period))
        return MetricStat(names[0], names[1], dict(zip(names[2::2], names[3::2], strict=True)), statistic, period)

    def _spelled_out(self, texts: list[str]) -> list[str]:
        if _ALL_REPEATED in texts:
            given = [text for text in texts if text != _ALL_REPEATED]
            texts = self.previous[: len(self.previous) - len(given)] + given
        return [self._above(place) if text == _REPEATED else text for place, text in enumerate(texts)]

    def _above(self, place: int) -> str:
        if place >= len(self.previous):
            raise QueryError("a metric repeats by '.' what the one above it does not have")
        return self.previous[place]


def widget_queries(properties: Mapping[str, object]) -> tuple[Query, ...]:
    """The queries of a metric widget.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

    Args:
        properties: The widget's properties.

    Raises:
        QueryError: If one has not CloudWatch's form.
    """
    rows = properties.get("metrics") or []
    if not isinstance(rows, Sequence):
        raise QueryError(f"a widget's metrics are a list, got {rows!r}")
    period = int(str(properties.get("period") or DEFAULT_PERIOD))
    reader = _Row(period, _text(properties, "stat") or "Average")
    return tuple(reader.read(row, number) for number, row in enumerate(rows))


def alarm_queries(metrics: Sequence[object]) -> tuple[Query, ...]:
    """The queries of `AWS::CloudWatch::Alarm`'s property `Metrics`.

    Args:
        metrics: The property.

    Raises:
        QueryError: If one is neither a metric nor an expression.
    """
    return tuple(_alarm_query(metric) for metric in metrics)


def _alarm_query(metric: object) -> Query:
    if not isinstance(metric, Mapping):
        raise QueryError(f"a metric of an alarm is an object, got {metric!r}")
    shown = str(metric.get("ReturnData", "true")).lower() != "false"
    query = Query(str(metric.get("Id", "")), label=_text(metric, "Label"), shown=shown)
    stat = metric.get("MetricStat")
    if not isinstance(stat, Mapping):
        return replace(query, expression=_text(metric, "Expression"))
    named = stat.get("Metric")
    if not isinstance(named, Mapping):
        raise QueryError(f"the metric of {query.id!r} is missing")
    return replace(
        query,
        stat=MetricStat(
            _text(named, "Namespace"),
            _text(named, "MetricName"),
            dimensions_of(named.get("Dimensions")),
            _text(stat, "Stat"),
            int(str(stat.get("Period") or DEFAULT_PERIOD)),
        ),
    )


def dimensions_of(listed: object) -> dict[str, str]:
    """Dimensions from the form that templates have: a list of objects with `Name` and `Value`.

    Args:
        listed: The list; None for no dimension.
    """
    found = listed if isinstance(listed, Sequence) else ()
    return {str(one["Name"]): str(one["Value"]) for one in found if isinstance(one, Mapping)}


def stats(queries: Sequence[Query]) -> Iterator[MetricStat]:
    """The metrics that queries name themselves, those of searches not among them.

    Args:
        queries: The queries.
    """
    return (query.stat for query in queries if query.stat)


def _text(mapping: Mapping[str, object], name: str) -> str:
    value = mapping.get(name)
    return "" if value is None else str(value)
