"""The functions of metric math.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from workbench.dashboards.errors import QueryError
from workbench.dashboards.series import Grid, Series, Values

Array = tuple[Series, ...]
Value = float | str | Series | Array
"""What an expression may be: a number, a text, one series, or several."""

TRAINING_POINTS = 15
"""Data points before the stand-in for anomaly detection draws a band; CloudWatch's models learn for longer."""

BAND_LABEL = "expected (stand-in: mean ± deviations of what came before)"
"""What the ends of an anomaly band are called."""

Function = Callable[[Sequence[Value], Grid], Value]


def combine(left: Value, right: Value, operate: Callable[[float, float], float | None]) -> Value:
    """Operate on two values; series are combined period by period, where both have a data point.

    Args:
        left: A number, a series or an array.
        right: The same.
        operate: Gives the result, or None for no data point.

    Raises:
        QueryError: If one is a text, or both are arrays of different lengths.
    """
    if isinstance(left, str) or isinstance(right, str):
        raise QueryError(f"a text is no operand: {left!r}, {right!r}")
    if isinstance(left, tuple) or isinstance(right, tuple):
        return _combined_arrays(left, right, operate)
    if isinstance(left, Series):
        if isinstance(right, Series):
            pairs = zip(left.values, right.values, strict=True)
            return replace(left, values=tuple(None if a is None or b is None else operate(a, b) for a, b in pairs))
        return left.mapped(lambda value: operate(value, right))
    if isinstance(right, Series):
        return right.mapped(lambda value: operate(left, value))
    result = operate(left, right)
    return math.nan if result is None else result


def _combined_arrays(left: Value, right: Value, operate: Callable[[float, float], float | None]) -> Array:
    size = len(left) if isinstance(left, tuple) else len(right) if isinstance(right, tuple) else 0
    ones = left if isinstance(left, tuple) else (left,) * size
    others = right if isinstance(right, tuple) else (right,) * size
    if len(ones) != len(others):
        raise QueryError(f"arrays of {len(ones)} and {len(others)} metrics cannot be combined")
    combined = [combine(one, other, operate) for one, other in zip(ones, others, strict=True)]
    return tuple(each for each in combined if isinstance(each, Series))


def reducer(reduce: Callable[[Sequence[float]], float]) -> Function:
    """A function that makes a number of a series, and a series of an array.

    Args:
        reduce: Makes a number of at least one value.
    """

    def apply(arguments: Sequence[Value], grid: Grid) -> Value:
        value = _only(arguments)
        if isinstance(value, Series):
            return reduce(value.present) if value.present else math.nan
        if not isinstance(value, tuple):
            raise QueryError(f"a metric or an array of metrics is expected, got {value!r}")
        rows = zip(*(each.values for each in value), strict=True) if value else ((None,) for _ in range(grid.count))
        present = ([each for each in row if each is not None] for row in rows)
        return Series("", tuple(reduce(row) if row else None for row in present))

    return apply


def each_value(change: Callable[[float], float]) -> Function:
    """A function that changes each value by itself.

    Args:
        change: Gives the new value.
    """

    def apply(arguments: Sequence[Value], _: Grid) -> Value:
        return combine(_only(arguments), 0.0, lambda value, __: change(value))

    return apply


def each_series(change: Callable[[Values, Grid], Values]) -> Function:
    """A function that makes a series of each series.

    Args:
        change: Gives the new values.
    """

    def apply(arguments: Sequence[Value], grid: Grid) -> Value:
        value = _only(arguments)
        if isinstance(value, Series):
            return replace(value, values=change(value.values, grid))
        if isinstance(value, tuple):
            return tuple(replace(each, values=change(each.values, grid)) for each in value)
        raise QueryError(f"a metric or an array of metrics is expected, got {value!r}")

    return apply


def choose(arguments: Sequence[Value], grid: Grid) -> Value:
    """`IF(condition, then, otherwise)`; without the third there is no data point where the condition is false."""
    if len(arguments) not in {2, 3}:
        raise QueryError(f"IF takes two or three arguments, got {len(arguments)}")
    condition, rest = arguments[0], arguments[1:]
    series = [each for each in arguments if isinstance(each, Series)]
    if not series:
        return rest[0] if _number(condition) else rest[1] if len(rest) == 2 else math.nan
    then, otherwise = (_spread(rest[0], grid), _spread(rest[1] if len(rest) == 2 else math.nan, grid))
    rows = zip(_spread(condition, grid), then, otherwise, strict=True)
    values = tuple(None if test is None else yes if test else no for test, yes, no in rows)
    return replace(series[0], values=values)


def fill(arguments: Sequence[Value], grid: Grid) -> Value:
    """`FILL(metric, value)`: a number or another metric's values, `REPEAT` or `LINEAR` where there is no data point."""
    if len(arguments) != 2:
        raise QueryError(f"FILL takes two arguments, got {len(arguments)}")
    value, filling = arguments
    if isinstance(value, tuple):
        return tuple(_filled(each, filling, grid) for each in value)
    if isinstance(value, Series):
        return _filled(value, filling, grid)
    raise QueryError(f"FILL takes a metric or an array of metrics, got {value!r}")


def _filled(series: Series, filling: Value, grid: Grid) -> Series:
    if filling == "REPEAT":
        return replace(series, values=_repeated(series.values))
    if filling == "LINEAR":
        return replace(series, values=_interpolated(series.values))
    pairs = zip(series.values, _spread(filling, grid), strict=True)
    return replace(series, values=tuple(other if value is None else value for value, other in pairs))


def _repeated(values: Values) -> Values:
    filled: list[float | None] = []
    for value in values:
        filled.append(value if value is not None or not filled else filled[-1])
    return tuple(filled)


def _interpolated(values: Values) -> Values:
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    filled = list(values)
    for (first, low), (last, high) in itertools.pairwise(known):
        for place in range(first + 1, last):
            filled[place] = low + (high - low) * (place - first) / (last - first)
    return tuple(filled)


def anomaly_band(arguments: Sequence[Value], _: Grid) -> Value:
    """`ANOMALY_DETECTION_BAND(metric, deviations)` by a stand-in: mean and deviation of all earlier data points."""
    series, width = arguments[0], _number(arguments[1]) if len(arguments) > 1 else 2.0
    if not isinstance(series, Series):
        raise QueryError(f"ANOMALY_DETECTION_BAND takes one metric, got {series!r}")
    low: list[float | None] = []
    high: list[float | None] = []
    seen: list[float] = []
    for value in series.values:
        trained = len(seen) >= TRAINING_POINTS
        middle, spread = (statistics.fmean(seen), statistics.pstdev(seen) * width) if trained else (0.0, 0.0)
        low.append(middle - spread if trained else None)
        high.append(middle + spread if trained else None)
        seen += [] if value is None else [value]
    return Series(f"{BAND_LABEL}, low", tuple(low)), Series(f"{BAND_LABEL}, high", tuple(high))


def _change(values: Values, _: Grid) -> Values:
    return (None, *(None if a is None or b is None else b - a for a, b in itertools.pairwise(values)))


def _rate(values: Values, grid: Grid) -> Values:
    return tuple(None if value is None else value / grid.period for value in _change(values, grid))


def _running_sum(values: Values, _: Grid) -> Values:
    total = 0.0
    sums: list[float | None] = []
    for value in values:
        total += value or 0.0
        sums.append(total)
    return tuple(sums)


def _remove_empty(arguments: Sequence[Value], _: Grid) -> Value:
    value = _only(arguments)
    if not isinstance(value, tuple):
        raise QueryError(f"REMOVE_EMPTY takes an array of metrics, got {value!r}")
    return tuple(each for each in value if each.present)


def _count(arguments: Sequence[Value], _: Grid) -> Value:
    value = _only(arguments)
    return float(len(value)) if isinstance(value, tuple) else 1.0


def _period(_: Sequence[Value], grid: Grid) -> Value:
    return float(grid.period)


def _time_series(arguments: Sequence[Value], grid: Grid) -> Value:
    return Series("", _spread(_only(arguments), grid))


def _only(arguments: Sequence[Value]) -> Value:
    if len(arguments) != 1:
        raise QueryError(f"one argument is expected, got {len(arguments)}")
    return arguments[0]


def _number(value: Value) -> float:
    if not isinstance(value, float | int):
        raise QueryError(f"a number is expected, got {value!r}")
    return float(value)


def _spread(value: Value, grid: Grid) -> Values:
    if isinstance(value, Series):
        return value.values
    number = _number(value)
    return (None if math.isnan(number) else number,) * grid.count


FUNCTIONS: Mapping[str, Function] = {
    "ABS": each_value(abs),
    "ANOMALY_DETECTION_BAND": anomaly_band,
    "AVG": reducer(statistics.fmean),
    "CEIL": each_value(math.ceil),
    "DIFF": each_series(_change),
    "FILL": fill,
    "FLOOR": each_value(math.floor),
    "IF": choose,
    "MAX": reducer(max),
    "METRIC_COUNT": _count,
    "MIN": reducer(min),
    "PERIOD": _period,
    "RATE": each_series(_rate),
    "REMOVE_EMPTY": _remove_empty,
    "RUNNING_SUM": each_series(_running_sum),
    "STDDEV": reducer(statistics.pstdev),
    "SUM": reducer(math.fsum),
    "TIME_SERIES": _time_series,
}
"""Functions of their arguments alone; `METRICS` and `SEARCH` need the queries around them."""
