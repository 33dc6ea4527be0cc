"""Dynamic labels, such as `[max: ${MAX}] ${PROP('Dim.FunctionName')}`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
"""

import datetime as dt
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from workbench.dashboards.series import Series

_PLACEHOLDER = re.compile(r"\$\{(?P<name>[A-Z_]+)(\('(?P<property>[^']+)'\))?\}")
_NUMBERS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "DATAPOINT_COUNT": len,
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
}


def written_label(series: Series, label: str) -> Series:
    """The series under a label whose placeholders are replaced.

    Args:
        series: The series.
        label: The label; empty for the series' own.
    """

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name == "LABEL":
            return series.label
        if name == "PROP":
            return (series.properties or {}).get(found["property"] or "", "")
        if name in _NUMBERS:
            return short_number(_NUMBERS[name](series.present)) if series.present else "–"
        return found[0]

    return replace(series, label=_PLACEHOLDER.sub(value, label or series.label))


def short_number(value: float) -> str:
    """A number as an axis or a tile writes it: at most four digits that count.

    Args:
        value: The number.
    """
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e5, "k")):
        if abs(value) >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):.3g}{unit}"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"


def date_and_time(time: float) -> str:
    """Date and time, UTC.

    Args:
        time: Seconds since the epoch.
    """
    return f"{dt.datetime.fromtimestamp(time, dt.UTC):%Y-%m-%d %H:%M:%S}"


def time_of_day(time: float) -> str:
    """A time of day, UTC.

    Args:
        time: Seconds since the epoch.
    """
    return f"{dt.datetime.fromtimestamp(time, dt.UTC):%H:%M:%S}"
