"""Statistics of the values within a period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import math
import re
import statistics
from collections.abc import Callable, Sequence

from workbench.dashboards.errors import QueryError

Statistic = Callable[[Sequence[float]], float]

_SIMPLE: dict[str, Statistic] = {
    "Sum": math.fsum,
    "Average": statistics.fmean,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
_PERCENTILE = re.compile(r"p(?P<rank>\d{1,2}(\.\d+)?|100)")
_TRIMMED = re.compile(r"tm(?P<rank>\d{1,2}(\.\d+)?|100)")
_RANGE = re.compile(r"TM\((?P<low>[\d.]+)%:(?P<high>[\d.]+)%\)")


def statistic(name: str) -> Statistic:
    """The function of a statistic's name; it takes at least one value.

    Args:
        name: `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `p95`, `tm99` or `TM(10%:90%)`.

    Raises:
        QueryError: If the workbench does not know it.
    """
    if name in _SIMPLE:
        return _SIMPLE[name]
    if found := _PERCENTILE.fullmatch(name):
        rank = float(found["rank"])
        return lambda values: percentile(values, rank)
    if found := _TRIMMED.fullmatch(name):
        rank = float(found["rank"])
        return lambda values: _trimmed_mean(values, 0, rank)
    if found := _RANGE.fullmatch(name):
        low, high = float(found["low"]), float(found["high"])
        return lambda values: _trimmed_mean(values, low, high)
    known = ", ".join(_SIMPLE)
    raise QueryError(f"the statistic {name!r} is not evaluated locally; known are {known}, pNN, tmNN and TM(x%:y%)")


def percentile(values: Sequence[float], rank: float) -> float:
    """The value below which a part of the values lies, linear between its neighbours.

    Args:
        values: At least one.
        rank: From 0 to 100.
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * rank / 100
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def _trimmed_mean(values: Sequence[float], low: float, high: float) -> float:
    least, most = percentile(values, low), percentile(values, high)
    return statistics.fmean([value for value in values if least <= value <= most])
