"""Metrics from log lines: the metric filters of a log group.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

from workbench.telemetry._selectors import MISSING, selector
from workbench.telemetry.filter_patterns import Fields, FilterPattern
from workbench.telemetry.store import Datum


@dataclass(frozen=True)
class LogEvent:
    """One line in a log group.

    Args:
        message: The line.
        time: Its timestamp in seconds since the epoch.
    """

    message: str
    time: float


@dataclass(frozen=True)
class Transformation:
    """What a metric filter publishes of an event that matches.

    Args:
        namespace: The metric's namespace.
        name: Its name.
        value: A number, or the selector of the event's field that holds one.
        default: Published where no event of a batch matches. Default: nothing is.
        dimensions: The selector of each dimension's value.
        unit: The metric's unit.
    """

    namespace: str
    name: str
    value: str
    default: float | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    unit: str = "None"

    def of(self, fields: Fields, when: float) -> Datum | None:
        """The value of an event; None where the event does not have what it needs."""
        number = _number(_field(self.value, fields))
        dimensions = {name: _field(value, fields) for name, value in self.dimensions.items()}
        if number is None or MISSING in dimensions.values():
            return None
        texts = {name: _text(value) for name, value in dimensions.items()}
        return Datum(self.namespace, self.name, texts, number, self.unit, when)


@dataclass(frozen=True)
class MetricFilter:
    """A metric filter of a log group.

    Args:
        pattern: The events that count.
        transformations: What is published of each.

    Raises:
        ValueError: If the pattern is none.
    """

    pattern: FilterPattern
    transformations: tuple[Transformation, ...]

    @classmethod
    def of_request(cls, described: Mapping[str, object]) -> Self:
        """A filter as PutMetricFilter takes it and DescribeMetricFilters describes it.

        Raises:
            ValueError: If its pattern is none.
        """
        listed = cast("Sequence[Mapping[str, object]]", described.get("metricTransformations") or ())
        return cls(FilterPattern(str(described.get("filterPattern") or "")), tuple(map(_transformation, listed)))

    def values(self, events: Iterable[LogEvent]) -> Iterator[Datum]:
        """What the filter publishes of events that came together.

        Args:
            events: The events.
        """
        came = list(events)
        matched = [(fields, event.time) for event in came if (fields := self.pattern.match(event.message)) is not None]
        for transformation in self.transformations:
            for fields, when in matched:
                if datum := transformation.of(fields, when):
                    yield datum
            if came and not matched and transformation.default is not None:
                one = transformation
                yield Datum(one.namespace, one.name, {}, transformation.default, one.unit, came[-1].time)


def _transformation(described: Mapping[str, object]) -> Transformation:
    default = described.get("defaultValue")
    return Transformation(
        namespace=str(described["metricNamespace"]),
        name=str(described["metricName"]),
        value=str(described["metricValue"]),
        default=None if default is None else float(cast("float", default)),
        dimensions=cast("Mapping[str, str]", described.get("dimensions") or {}),
        unit=str(described.get("unit") or "None"),
    )


def _field(value: str, fields: Fields) -> object:
    if not value.startswith("$"):
        return value
    # Words of a space-delimited event are named without a dot.
    return selector(value if value.startswith(("$.", "$[")) else f"$.{value[1:]}")(fields)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return None


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
