"""From data points to an alarm's state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence

from workbench.dashboards.alarms.definition import MissingData, State
from workbench.dashboards.errors import QueryError

EXTRA_PERIODS = 2
"""How many periods CloudWatch's examples look further back than the evaluation periods; the service names no number."""

_AGAINST_THRESHOLD: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_AGAINST_BAND: Mapping[str, Callable[[float, float, float], bool]] = {
    "LessThanLowerOrGreaterThanUpperThreshold": lambda value, low, high: value < low or value > high,
    "LessThanLowerThreshold": lambda value, low, _: value < low,
    "GreaterThanUpperThreshold": lambda value, _, high: value > high,
}


def breaches(comparison: str, value: float, low: float, high: float) -> bool:
    """Whether a data point breaches.

    Args:
        comparison: CloudWatch's word for the comparison.
        value: The data point.
        low: The threshold, or the lower end of the band.
        high: The threshold, or the upper end of the band.

    Raises:
        QueryError: If there is no such comparison.
    """
    if comparison in _AGAINST_THRESHOLD:
        return _AGAINST_THRESHOLD[comparison](value, low)
    if comparison in _AGAINST_BAND:
        return _AGAINST_BAND[comparison](value, low, high)
    raise QueryError(f"there is no comparison {comparison!r}")


def decide(
    points: Sequence[bool | None],
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing_data: MissingData,
    current: State,
) -> State:
    """The state of an alarm by its data points.

    Args:
        points: The data points of the evaluation range, oldest first: whether each breaches; None where one is missing.
        evaluation_periods: How many are needed (N).
        datapoints_to_alarm: How many have to breach (M).
        missing_data: What takes the place of missing ones, where fewer than N are there.
        current: The state until now.
    """
    there = [point for point in points if point is not None]
    if len(there) >= evaluation_periods:
        return _state(sum(there[-evaluation_periods:]) >= datapoints_to_alarm)
    filled = evaluation_periods - len(there)
    match missing_data:
        case MissingData.BREACHING:
            return _state(sum(there) + filled >= datapoints_to_alarm)
        case MissingData.NOT_BREACHING:
            return _state(sum(there) >= datapoints_to_alarm)
    if not there:
        return current if missing_data is MissingData.IGNORE else State.INSUFFICIENT_DATA
    if sum(there) >= datapoints_to_alarm:
        return State.ALARM
    if all(there) and missing_data is MissingData.IGNORE:
        return current
    return _state(all(there) and _age_of_first(points) >= datapoints_to_alarm)


def _age_of_first(points: Sequence[bool | None]) -> int:
    """How many periods ago the oldest data point was; 1 is the most recent period."""
    return next(len(points) - place for place, point in enumerate(points) if point is not None)


def _state(breaching: bool) -> State:
    return State.ALARM if breaching else State.OK
