"""Metrics as CloudWatch keeps them: a value belongs to a namespace, a name and one exact set of dimensions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.telemetry._database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS datum (
    namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL,
    time REAL NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS datum_of_metric ON datum (namespace, name, dimensions, time);
"""


@dataclass(frozen=True)
class Datum:
    """One measured value.

    Args:
        namespace: For example `AWS/Bedrock-AgentCore`.
        name: Name of the metric.
        dimensions: The metric's dimensions; each set of them is a metric of its own.
        value: What was measured.
        unit: CloudWatch's word for the unit, for example `Count` or `Milliseconds`.
        time: When, in seconds since the epoch.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    value: float
    unit: str
    time: float


@dataclass(frozen=True)
class MetricId:
    """A metric that has values.

    Args:
        namespace: Its namespace.
        name: Its name.
        dimensions: Its exact dimensions.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]


class MetricStore:
    """The metrics of one local cloud. Safe to use from several threads and processes at once.

    Args:
        path: The file; made if missing.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def record(self, data: Iterable[Datum]) -> None:
        """Keep values, all or none of them."""
        rows = [(d.namespace, d.name, _key(d.dimensions), d.time, d.value, d.unit) for d in data]
        with self._database.connection() as connection:
            connection.executemany("INSERT INTO datum VALUES (?, ?, ?, ?, ?, ?)", rows)

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        """The values of one metric, oldest first.

        Args:
            namespace: Its namespace.
            name: Its name.
            dimensions: Its exact dimensions: as in CloudWatch, fewer or more are another metric.
            start: From when on, in seconds since the epoch.
            end: Until when, that moment not included.

        Returns:
            Time and value of each.
        """
        with self._database.connection() as connection:
            return connection.execute(
                "SELECT time, value FROM datum WHERE namespace = ? AND name = ? AND dimensions = ?"
                " AND time >= ? AND time < ? ORDER BY time",
                (namespace, name, _key(dimensions), start, end),
            ).fetchall()

    def metrics(self, namespace: str | None = None, name: str | None = None) -> list[MetricId]:
        """The metrics that have values, as ListMetrics finds them.

        Args:
            namespace: Only those of this namespace. Default: all.
            name: Only those of this name. Default: all.
        """
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT DISTINCT namespace, name, dimensions FROM datum"
                " WHERE (?1 IS NULL OR namespace = ?1) AND (?2 IS NULL OR name = ?2) ORDER BY 1, 2, 3",
                (namespace, name),
            ).fetchall()
        return [MetricId(found, metric, json.loads(dimensions)) for found, metric, dimensions in rows]


def _key(dimensions: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(dimensions.items())))
