"""Metrics, expressions and searches, as GetMetricData answers them."""

import math

import pytest

from tests.workbench.dashboards.measured import NAMESPACE, Measured
from workbench.dashboards.errors import QueryError
from workbench.dashboards.metric_data import RecentValues, metric_data
from workbench.dashboards.metric_functions import BAND_LABEL, TRAINING_POINTS
from workbench.dashboards.queries import MetricStat, Query, widget_queries
from workbench.dashboards.series import Grid, Values

GRID = Grid(0, 60, 4)
_: float | None = None


def source() -> Measured:
    """Errors 1, 2, none, 4; invocations 10, none, 0, 8; latencies of two functions."""
    measured = Measured().add("Errors", {5: 1, 60: [1, 1], 180: 4}).add("Invocations", {0: 10, 120: 0, 239: 8})
    measured.add("Latency", {1: 100, 2: 300, 61: 50}, Function="fetch", Stage="dev")
    return measured.add("Latency", {1: 7, 130: 9}, Function="store", Stage="dev")


def stat(name: str, statistic: str = "Sum", **dimensions: str) -> MetricStat:
    return MetricStat(NAMESPACE, name, dimensions, statistic, 60)


def values_of(expression: str) -> list[Values]:
    queries = [
        Query("errors", stat("Errors"), shown=False),
        Query("all", stat("Invocations"), shown=False),
        Query("e", expression=expression),
    ]
    return [series.values for series in metric_data(queries, source(), GRID)[0].series]


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Sum", 400),
        ("Average", 200),
        ("Minimum", 100),
        ("Maximum", 300),
        ("SampleCount", 2),
        ("p50", 200),
        ("p100", 300),
        ("p99.9", 299.8),
        ("tm50", 100),
        ("TM(50%:100%)", 300),
    ],
)
def test_statistics_of_each_period(statistic: str, value: float) -> None:
    query = Query("m", stat("Latency", statistic, Function="fetch", Stage="dev"))
    found = metric_data([query], source(), GRID)[0].series[0].values
    assert found[0] == pytest.approx(value)
    assert found[2:] == (None, None)


def test_fails_on_a_statistic_it_does_not_know() -> None:
    with pytest.raises(QueryError, match="'median' is not evaluated locally"):
        metric_data([Query("m", stat("Errors", "median"))], source(), GRID)


def test_dimensions_are_matched_exactly() -> None:
    assert not metric_data([Query("m", stat("Latency", Function="fetch"))], source(), GRID)[0].series[0].present


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("errors + 1", (2, 3, _, 5)),
        ("-errors", (-1, -2, _, -4)),
        ("2 ^ errors", (2, 4, _, 16)),
        ("errors - all", (-9, _, _, -4)),
        ("100 * errors / all", (10, _, _, 50)),
        # By zero there is no data point.
        ("FILL(errors, 7) / all", (0.1, _, _, 0.5)),
        ("FILL(errors, 0)", (1, 2, 0, 4)),
        ("FILL(errors, REPEAT)", (1, 2, 2, 4)),
        ("FILL(errors, LINEAR)", (1, 2, 3, 4)),
        ("FILL(errors, all)", (1, 2, 0, 4)),
        ("errors > 1", (0, 1, _, 1)),
        ("errors > 1 AND errors < 4", (0, 1, _, 0)),
        ("errors > 1 && errors < 4 || errors == 1", (1, 1, _, 0)),
        ("IF(errors > 1, errors, 0)", (0, 2, _, 4)),
        ("IF(errors > 1, errors)", (_, 2, _, 4)),
        ("IF(FILL(errors, 0) > 1, 5, errors)", (1, 5, _, 5)),
        ("SUM(METRICS())", (11, 2, 0, 12)),
        ('SUM(METRICS("err"))', (1, 2, _, 4)),
        ("MAX([errors, all])", (10, 2, 0, 8)),
        ("AVG([errors, all])", (5.5, 2, 0, 6)),
        ("errors / SUM(errors)", (1 / 7, 2 / 7, _, 4 / 7)),
        ("errors - MIN(errors)", (0, 1, _, 3)),
        ("DIFF(errors)", (_, 1, _, _)),
        ("RATE(errors)", (_, 1 / 60, _, _)),
        ("RUNNING_SUM(errors)", (1, 3, 3, 7)),
        ("ABS(errors - 3)", (2, 1, _, 1)),
        ("CEIL(errors / 3)", (1, 1, _, 2)),
        ("errors / PERIOD(errors) * 60", (1, 2, _, 4)),
        ("TIME_SERIES(5)", (5, 5, 5, 5)),
        ("METRIC_COUNT(METRICS())", (2, 2, 2, 2)),
        ("IF(1 > 2, errors, all)", (10, _, 0, 8)),
    ],
)
def test_metric_math(expression: str, values: Values) -> None:
    found = values_of(expression)[0]
    assert [value is None for value in found] == [value is None for value in values]
    assert [v for v in found if v is not None] == pytest.approx([v for v in values if v is not None])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("errors +", "cannot be read"),
        ("missing * 2", "no metric or expression has the id 'missing'"),
        ("e + 1", "refer to each other: e → e"),
        ("SORT(METRICS(), MAX, DESC)", "no metric or expression has the id 'MAX'"),
        ("LOG(errors)", "LOG is not evaluated locally"),
        ("errors < 2 < 3", "no metric math"),
        ("__import__('os')", "__import__ is not evaluated"),
        ("errors.values", "no metric math"),
        ("FILL(3, 1)", "FILL takes a metric"),
        ("[1, 2]", "an array holds metrics"),
        ("'text'", "is a text"),
    ],
)
def test_fails_on_what_it_does_not_evaluate(expression: str, message: str) -> None:
    with pytest.raises(QueryError, match=message.replace("(", r"\(")):
        values_of(expression)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (f'{{{NAMESPACE},Function,Stage}} MetricName="Latency"', 2),
        (f'{{{NAMESPACE},Function}} MetricName="Latency"', 0),
        (f'{{{NAMESPACE}}} MetricName="Latency"', 2),
        (f'Namespace="{NAMESPACE}" Function=fetch', 1),
        ("{Other} Latency", 0),
        ("Latency NOT Function=fetch", 1),
        ('MetricName=("Errors" OR "Invocations")', 2),
        ("(fetch OR store) AND dev", 2),
        ("lat", 0),
    ],
)
def test_searches(search: str, found: int) -> None:
    assert len(values_of(f"SEARCH('{search}', 'Sum', 60)")) == found


def test_what_a_search_finds_is_labelled_by_what_differs() -> None:
    query = Query("e", expression="SEARCH('Latency', 'Maximum')", label="")
    series = metric_data([query], source(), GRID)[0].series
    assert {each.label: each.values[0] for each in series} == {"fetch": 300, "store": 7}


def test_what_a_search_finds_can_be_added_up() -> None:
    assert values_of("SUM(SEARCH('{Test,Function,Stage} Latency', 'Sum', 60))")[0] == (407, 50, 9, None)


def test_fails_on_what_is_no_search() -> None:
    with pytest.raises(QueryError, match="not of CloudWatch's search language"):
        values_of("SEARCH('(a OR b', 'Sum', 60)")


def test_labels_name_properties_and_numbers() -> None:
    label = "${PROP('Dim.Function')} ${LABEL} max ${MAX} last ${LAST}"
    query = Query("m", stat("Latency", "Maximum", Function="fetch", Stage="dev"), label=label)
    assert metric_data([query], source(), GRID)[0].series[0].label == "fetch Latency max 300 last 50"


def test_an_anomaly_band_begins_when_enough_was_seen() -> None:
    measured = Measured().add("T", {60 * place: 10 + place % 2 for place in range(20)})
    queries = [
        Query("m", MetricStat(NAMESPACE, "T", {}, "Sum", 60)),
        Query("b", expression="ANOMALY_DETECTION_BAND(m)"),
    ]
    low, high = metric_data(queries, measured, Grid(0, 60, 20))[1].series
    assert low.label == f"{BAND_LABEL}, low"
    assert (low.values[TRAINING_POINTS - 1], high.values[TRAINING_POINTS - 1]) == (None, None)
    assert low.values[-1] == pytest.approx(10.47 - 2 * 0.4993, abs=0.01)
    assert high.values[-1] == pytest.approx(10.47 + 2 * 0.4993, abs=0.01)


def test_a_widget_may_repeat_what_stands_above() -> None:
    rows = [
        ["Test", "Latency", "Function", "fetch", "Stage", "dev", {"stat": "p95", "period": 60, "yAxis": "right"}],
        ["...", "store", ".", "."],
        [".", "Errors", {"label": "all errors"}],
        [{"expression": "m * 2", "label": "double", "color": "#123456"}],
        ["Test", "Errors", {"id": "m", "visible": False}],
    ]
    with pytest.raises(QueryError, match=r"repeats by '\.'"):
        widget_queries({"metrics": [[".", "Errors"]]})
    first, second, third, fourth, fifth = widget_queries({"metrics": rows, "stat": "Sum", "period": 300})
    assert first.stat == MetricStat("Test", "Latency", {"Function": "fetch", "Stage": "dev"}, "p95", 60)
    assert first.axis == "right"
    assert second.stat == MetricStat("Test", "Latency", {"Function": "store", "Stage": "dev"}, "Sum", 300)
    assert third.stat == MetricStat("Test", "Errors", {}, "Sum", 300)
    assert (third.label, fourth.expression, fourth.color, fifth.id, fifth.shown) == (
        "all errors",
        "m * 2",
        "#123456",
        "m",
        False,
    )


def test_recent_values_are_those_of_the_source_asked_once() -> None:
    asked: list[str] = []

    class Counting(Measured):
        def values(self, namespace, name, dimensions, *, start, end):  # type: ignore[no-untyped-def]
            asked.append(name)
            return super().values(namespace, name, dimensions, start=start, end=end)

    recent = RecentValues(Counting(source().data), start=0, end=240)
    for window in ((0.0, 60.0), (60.0, 240.0), (5.0, 5.0)):
        wanted = source().values(NAMESPACE, "Errors", {}, start=window[0], end=window[1])
        assert recent.values(NAMESPACE, "Errors", {}, start=window[0], end=window[1]) == wanted
    assert asked == ["Errors"]


def test_grids() -> None:
    assert Grid.covering(65, 299, period=60) == Grid(60, 60, 4)
    assert Grid.until(300, period=60, count=2).times == (180, 240)
    assert math.isclose(Grid(0, 10, 3).end, 30)
