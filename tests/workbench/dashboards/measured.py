"""Measured values as a test states them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.dashboards.series import MetricName

NAMESPACE = "Test"


@dataclass(frozen=True)
class Name:
    namespace: str
    name: str
    dimensions: Mapping[str, str]


@dataclass
class Measured:
    """A source that holds what `add` was told."""

    data: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[float, float]]] = field(default_factory=dict)

    def add(
        self, name: str, values: Mapping[float, float | Sequence[float]], namespace: str = NAMESPACE, **dims: str
    ) -> "Measured":
        """Values by time; several at one time as a list."""
        rows = self.data.setdefault((namespace, name, tuple(sorted(dims.items()))), [])
        for time, given in values.items():
            rows += [(time, value) for value in (given if isinstance(given, Sequence) else [given])]
        rows.sort()
        return self

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        rows = self.data.get((namespace, name, tuple(sorted(dimensions.items()))), [])
        return [row for row in rows if start <= row[0] < end]

    def metrics(self, namespace: str | None = None, name: str | None = None) -> Sequence[MetricName]:
        found = [Name(space, metric, dict(dimensions)) for space, metric, dimensions in self.data]
        return [each for each in found if namespace in {None, each.namespace} and name in {None, each.name}]
