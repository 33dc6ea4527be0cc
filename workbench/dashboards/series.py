"""Values over time, one per period."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

Values = tuple[float | None, ...]
"""One value per period, oldest first; None where there is no data point."""


@dataclass(frozen=True)
class Grid:
    """Periods that follow each other without a gap.

    Args:
        start: Beginning of the first one, in seconds since the epoch.
        period: Length of each, in seconds.
        count: How many.
    """

    start: float
    period: int
    count: int

    @classmethod
    def until(cls, end: float, *, period: int, count: int) -> "Grid":
        """The grid whose last period ends at a moment.

        Args:
            end: The moment, in seconds since the epoch.
            period: Length of each period, in seconds.
            count: How many periods.
        """
        return cls(end - period * count, period, count)

    @classmethod
    def covering(cls, start: float, end: float, *, period: int) -> "Grid":
        """The least grid on whole multiples of the period that holds a range.

        Args:
            start: Beginning of the range, in seconds since the epoch.
            end: Its end.
            period: Length of each period, in seconds.
        """
        first = start // period * period
        return cls(first, period, max(1, -int(-(end - first) // period)))

    @property
    def end(self) -> float:
        """End of the last period."""
        return self.start + self.period * self.count

    @property
    def times(self) -> tuple[float, ...]:
        """Beginnings of the periods: the timestamps that CloudWatch gives data points."""
        return tuple(self.start + self.period * index for index in range(self.count))

    def index(self, time: float) -> int:
        """Which period a moment is in; not checked to be on the grid."""
        return int((time - self.start) // self.period)


@dataclass(frozen=True)
class Series:
    """A metric or the result of an expression.

    Args:
        label: What it is called.
        values: Its data points.
        properties: What its label may name: `MetricName`, `Namespace`, `Stat`, `Period`, `Dim.NAME`. Default: nothing.
    """

    label: str
    values: Values
    properties: Mapping[str, str] | None = None

    def mapped(self, change: Callable[[float], float | None]) -> "Series":
        """The series with each value changed.

        Args:
            change: Gives the new value, or None for no data point.
        """
        return replace(self, values=tuple(None if value is None else change(value) for value in self.values))

    @property
    def present(self) -> tuple[float, ...]:
        """The values there are."""
        return tuple(value for value in self.values if value is not None)


class MetricName(Protocol):
    """A metric that has values."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def dimensions(self) -> Mapping[str, str]:
        """Its exact dimensions."""


class MetricSource(Protocol):
    """Where measured values come from: a `workbench.telemetry.store.MetricStore`, or a test's own."""

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        """Time and value of one exact metric, oldest first; `end` is not included."""

    def metrics(self, namespace: str | None = None, name: str | None = None) -> Sequence[MetricName]:
        """The metrics that have values."""
