"""The tables of CloudWatch's documentation, row by row, and the rule against premature alarms below them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import pytest

from workbench.dashboards.alarms.decision import breaches, decide
from workbench.dashboards.alarms.definition import MissingData, State
from workbench.dashboards.errors import QueryError

POINTS = {"0": False, "X": True, "-": None}
OK, ALARM, NONE, SAME = "OK", "ALARM", "INSUFFICIENT_DATA", "retain"
THREE_OF_THREE = [
    ("0 - X - X", OK, OK, OK, OK),
    ("0 - - - -", OK, OK, OK, OK),
    ("- - - - -", NONE, SAME, ALARM, OK),
    ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
    ("- - X - -", ALARM, SAME, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", OK, OK, ALARM, OK),
    ("- - - - 0", OK, OK, ALARM, OK),
    ("- - - X -", ALARM, SAME, ALARM, OK),
]
TREATMENTS = (MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING, MissingData.NOT_BREACHING)
ROWS = [
    pytest.param(row, needed, treatment, wanted, id=f"{row} {needed} of 3 {treatment}")
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row, *states in table
    for treatment, wanted in zip(TREATMENTS, states, strict=True)
]


def decided(row: str, needed: int, treatment: MissingData, current: State) -> State:
    points = [POINTS[each] for each in row.split()]
    return decide(points, evaluation_periods=3, datapoints_to_alarm=needed, missing_data=treatment, current=current)


@pytest.mark.parametrize(("row", "needed", "treatment", "wanted"), ROWS)
@pytest.mark.parametrize("current", list(State))
def test_the_documented_tables(row: str, needed: int, treatment: MissingData, wanted: str, current: State) -> None:
    assert decided(row, needed, treatment, current) == (current if wanted == SAME else State(wanted))


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_no_premature_alarm_while_the_next_data_point_may_be_good(row: str) -> None:
    assert decided(row, 3, MissingData.MISSING, State.OK) is State.OK


@pytest.mark.parametrize(
    ("comparison", "breaching", "fine"),
    [
        ("GreaterThanThreshold", 5.1, 5),
        ("GreaterThanOrEqualToThreshold", 5, 4.9),
        ("LessThanThreshold", 4.9, 5),
        ("LessThanOrEqualToThreshold", 5, 5.1),
    ],
)
def test_comparisons_with_a_threshold(comparison: str, breaching: float, fine: float) -> None:
    assert breaches(comparison, breaching, 5, 5)
    assert not breaches(comparison, fine, 5, 5)


@pytest.mark.parametrize(
    ("comparison", "outside"),
    [
        ("LessThanLowerOrGreaterThanUpperThreshold", {1, 9}),
        ("LessThanLowerThreshold", {1}),
        ("GreaterThanUpperThreshold", {9}),
    ],
)
def test_comparisons_with_a_band(comparison: str, outside: set[float]) -> None:
    assert {value for value in (1, 5, 9) if breaches(comparison, value, 3, 7)} == outside


def test_fails_on_an_unknown_comparison() -> None:
    with pytest.raises(QueryError, match="no comparison 'MoreThan'"):
        breaches("MoreThan", 1, 1, 1)
