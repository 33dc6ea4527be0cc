"""What `stats` makes of many records."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from workbench.dashboards.errors import QueryError
from workbench.dashboards.insights.columns import columns
from workbench.dashboards.insights.language import Parser, number
from workbench.dashboards.insights.records import Record, Scalar
from workbench.dashboards.statistics import percentile

Aggregate = Callable[[Sequence[Record]], Scalar]


def aggregates(text: str) -> dict[str, Aggregate]:
    """The columns of `stats`, by name.

    Args:
        text: What stands between `stats` and `by`.

    Raises:
        QueryError: If one is not evaluated locally.
    """
    return columns(text, _aggregate_sum)


def _aggregate_sum(parser: Parser) -> Aggregate:
    """One aggregate, or several that are calculated with: `sum(errors) * 100 / count(*)`, from left to right."""
    left = _aggregate(parser)
    while symbol := parser.take("*", "/", "+", "-"):
        left = _combined(symbol, left, _aggregate(parser))
    return left


def _combined(symbol: str, left: Aggregate, right: Aggregate) -> Aggregate:
    calculate = Parser(f"l {symbol} r").condition()
    return lambda rows: calculate({"l": left(rows), "r": right(rows)})


def _aggregate(parser: Parser) -> Aggregate:
    token = parser.next()
    if token.kind == "number":
        return lambda _: float(token.value)
    name = token.value.lower()
    parser.expect("(")
    if name == "count" and parser.take("*"):
        parser.expect(")")
        return lambda rows: float(len(rows))
    if name == "count" and parser.take(")"):
        return lambda rows: float(len(rows))
    value = parser.condition()
    rank = 0.0
    if name in {"pct", "percentile"}:
        parser.expect(",")
        rank = float(parser.next().value)
    parser.expect(")")
    if name not in _AGGREGATES:
        raise QueryError(f"{name}() is not evaluated locally; known are {', '.join(sorted(_AGGREGATES))}")
    return lambda rows: _AGGREGATES[name]([each for row in rows if (each := value(row)) is not None], rank)


def _numbers(values: Sequence[Scalar]) -> list[float]:
    return [found for value in values if (found := number(value)) is not None]


def _of_numbers(reduce: Callable[[Sequence[float]], float]) -> Callable[[Sequence[Scalar], float], Scalar]:
    def apply(values: Sequence[Scalar], _: float) -> Scalar:
        numbers = _numbers(values)
        return reduce(numbers) if numbers else None

    return apply


def _percentile(values: Sequence[Scalar], rank: float) -> Scalar:
    numbers = _numbers(values)
    return percentile(numbers, rank) if numbers else None


_AGGREGATES: Mapping[str, Callable[[Sequence[Scalar], float], Scalar]] = {
    "avg": _of_numbers(statistics.fmean),
    "count": lambda values, _: float(len(values)),
    "count_distinct": lambda values, _: float(len(set(values))),
    "earliest": lambda values, _: values[-1] if values else None,
    "latest": lambda values, _: values[0] if values else None,
    "max": _of_numbers(max),
    "median": lambda values, _: _percentile(values, 50),
    "min": _of_numbers(min),
    "pct": _percentile,
    "percentile": _percentile,
    "sum": _of_numbers(math.fsum),
}
