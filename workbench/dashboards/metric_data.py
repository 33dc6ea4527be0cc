"""GetMetricData over the metrics of a local cloud.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.dashboards.errors import QueryError
from workbench.dashboards.labels import written_label
from workbench.dashboards.metric_functions import Array, Value
from workbench.dashboards.metric_math import Surroundings, evaluate_expression
from workbench.dashboards.queries import MetricStat, Query, stats
from workbench.dashboards.search_expression import parse_search
from workbench.dashboards.series import Grid, MetricName, MetricSource, Series, Values
from workbench.dashboards.statistics import statistic


@dataclass(frozen=True)
class Result:
    """What one shown query gives.

    Args:
        query: The query.
        series: Its series: one for a metric, any number for an expression.
    """

    query: Query
    series: Array


def period_of(queries: Sequence[Query], default: int) -> int:
    """The period that queries share: the longest of their metrics, so that none claims more than it has.

    Args:
        queries: The queries.
        default: Seconds, where no query names a metric.
    """
    return max((stat.period for stat in stats(queries)), default=default)


def metric_data(queries: Sequence[Query], source: MetricSource, grid: Grid) -> tuple[Result, ...]:
    """Evaluate queries.

    Args:
        queries: Metrics and expressions; expressions refer to the others by id.
        source: Where values come from.
        grid: The periods; it takes the place of the queries' own.

    Returns:
        The results of the shown queries, in their order.

    Raises:
        QueryError: If one cannot be evaluated.
    """
    evaluation = _Evaluation({query.id: query for query in queries}, source, grid)
    return tuple(Result(query, evaluation.series(query)) for query in queries if query.shown)


class RecentValues:
    """A source that asks another one only once for each metric: for evaluations that ask again and again.

    Args:
        source: The other source.
        start: From when on values are wanted, in seconds since the epoch.
        end: Until when.
    """

    def __init__(self, source: MetricSource, *, start: float, end: float) -> None:
        self._source = source
        self._start = start
        self._end = end
        self._known: dict[tuple[object, ...], list[tuple[float, float]]] = {}
        self._names: dict[tuple[str | None, str | None], list[MetricName]] = {}

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        """Time and value of one exact metric, oldest first."""
        key = (namespace, name, *sorted(dimensions.items()))
        if key not in self._known:
            self._known[key] = self._source.values(namespace, name, dimensions, start=self._start, end=self._end)
        found = self._known[key]
        return found[bisect_left(found, (start, -math.inf)) : bisect_left(found, (end, -math.inf))]

    def metrics(self, namespace: str | None = None, name: str | None = None) -> list[MetricName]:
        """The metrics that have values."""
        key = (namespace, name)
        if key not in self._names:
            self._names[key] = list(self._source.metrics(namespace, name))
        return self._names[key]


class _Evaluation:
    def __init__(self, queries: Mapping[str, Query], source: MetricSource, grid: Grid) -> None:
        self._queries = queries
        self._source = source
        self._grid = grid
        self._values: dict[str, Value] = {}
        self._under_way: list[str] = []

    def series(self, query: Query) -> Array:
        value = self._value(query.id)
        if isinstance(value, str):
            raise QueryError(f"{query.expression!r} is a text, no metric")
        if isinstance(value, tuple):
            return tuple(written_label(each, _of_array(query, each)) for each in value)
        found = value if isinstance(value, Series) else Series("", _constant(value, self._grid))
        return (written_label(found, query.label or found.label or query.expression),)

    def _value(self, id_: str) -> Value:
        if id_ not in self._queries:
            raise QueryError(f"no metric or expression has the id {id_!r}")
        if id_ in self._under_way:
            raise QueryError(f"expressions refer to each other: {' → '.join([*self._under_way, id_])}")
        if id_ not in self._values:
            self._under_way.append(id_)
            self._values[id_] = self._evaluated(self._queries[id_])
            self._under_way.pop()
        return self._values[id_]

    def _evaluated(self, query: Query) -> Value:
        if query.stat is not None:
            return _measured(query.stat, self._source, self._grid)
        surroundings = Surroundings(self._grid, self._value, self._metrics, self._search)
        value = evaluate_expression(query.expression, surroundings)
        # The label of an expression is its own, not that of the metric it began with.
        return replace(value, label="") if isinstance(value, Series) else value

    def _metrics(self, part: str) -> Array:
        wanted = [query for query in self._queries.values() if query.stat and part in query.id]
        found = [self._value(query.id) for query in wanted]
        return tuple(value for value in found if isinstance(value, Series))

    def _search(self, text: str, statistic_name: str, period: int) -> Array:
        matches = parse_search(text).matches
        names = [name for name in self._source.metrics() if matches(name)]
        stats = [MetricStat(name.namespace, name.name, name.dimensions, statistic_name, period) for name in names]
        series = [_measured(stat, self._source, self._grid) for stat in stats]
        distinct = _distinct_labels(names)
        labelled = [replace(each, label=label) for each, label in zip(series, distinct, strict=True)]
        return tuple(each for each in labelled if each.present)


def _measured(stat: MetricStat, source: MetricSource, grid: Grid) -> Series:
    reduce = statistic(stat.statistic)
    periods: list[list[float]] = [[] for _ in range(grid.count)]
    for time, value in source.values(stat.namespace, stat.name, stat.dimensions, start=grid.start, end=grid.end):
        periods[grid.index(time)].append(value)
    values: Values = tuple(float(reduce(period)) if period else None for period in periods)
    properties = {"MetricName": stat.name, "Namespace": stat.namespace, "Stat": stat.statistic}
    properties |= {"Period": str(grid.period), **{f"Dim.{name}": value for name, value in stat.dimensions.items()}}
    return Series(stat.name, values, properties)


def _distinct_labels(names: Sequence[MetricName]) -> list[str]:
    """What tells the found metrics apart, as CloudWatch labels them."""
    differing = [part for part in _parts(names) if len({_part(name, part) for name in names}) > 1]
    return [" ".join(filter(None, (_part(name, part) for part in differing))) or name.name for name in names]


def _parts(names: Sequence[MetricName]) -> list[str]:
    dimensions = dict.fromkeys(dimension for name in names for dimension in name.dimensions)
    return ["MetricName", *dimensions]


def _part(name: MetricName, part: str) -> str:
    return name.name if part == "MetricName" else name.dimensions.get(part, "")


def _of_array(query: Query, series: Series) -> str:
    return query.label if "${" in query.label else f"{query.label} {series.label}".strip()


def _constant(value: float, grid: Grid) -> Values:
    return (None if math.isnan(value) else value,) * grid.count
