"""Deployed dashboards: what each widget shows, why one is empty, and the page they are on."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

import pytest

from tests.conftest import ROOT
from tests.workbench.dashboards.measured import Measured
from workbench.dashboards.alarms.definition import State
from workbench.dashboards.alarms.evaluation import Span, evaluate_alarms
from workbench.dashboards.aws_only import aws_only_metrics
from workbench.dashboards.charts import nice_ticks
from workbench.dashboards.deployed import Monitoring, find_dashboards, monitoring_of
from workbench.dashboards.insights.records import Record, record
from workbench.dashboards.local_data import first_measured, readable_period
from workbench.dashboards.page.render import page
from workbench.dashboards.shown import Shown
from workbench.dashboards.widgets import AlarmList, Chart, Data, Evaluated, Line, Numbers, Rows, Text, evaluate_widgets
from workbench.errors import WorkbenchError

START, END = 1_700_000_040.0, 1_700_000_640.0
ARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:"
PLACE = {"stack": "s", "account": "111122223333", "region": "eu-central-1"}
ERRORS = ["Test", "Errors", {"stat": "Sum"}]


class Logs:
    """Two log groups; one is empty."""

    def events(self, account: str, region: str, group: str, *, start: float, end: float) -> Sequence[Record] | None:
        assert (account, region) == ("111122223333", "eu-central-1")
        if group not in {"turns", "silent"}:
            return None
        lines = [{"event": "turn", "ms": 5}, {"event": "turn", "ms": 7}, {"event": "<b>start</b>"}]
        told = [record(json.dumps(line), milliseconds=int(START * 1000), group=group, stream="s") for line in lines]
        return told if group == "turns" else []


def measured() -> Measured:
    rising = {START + 60 * place: float(place) for place in range(10)}
    return Measured().add("Errors", rising).add("Latency", {START + 5: 100.0}, Agent="a")


def deployed(*widgets: tuple[str, Mapping[str, object]]) -> Monitoring:
    body = {"widgets": [{"type": kind, "width": 12, "height": 6, "properties": given} for kind, given in widgets]}
    alarm = {
        "Namespace": "Test",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmDescription": "Too many. https://docs.example.com/runbooks/errors.md",
    }
    damped = {"AlarmName": "damped", "AlarmRule": f"ALARM({ARN}errors)"}
    return monitoring_of(
        [
            {
                **PLACE,
                "type": "AWS::CloudWatch::Dashboard",
                "logicalId": "Agents0A1B2C3D",
                "physicalId": "s-Agents-XYZ",
                "properties": {"DashboardBody": json.dumps(body)},
            },
            {
                **PLACE,
                "type": "AWS::CloudWatch::Alarm",
                "logicalId": "errors",
                "physicalId": "errors",
                "properties": alarm,
            },
            {
                **PLACE,
                "type": "AWS::CloudWatch::CompositeAlarm",
                "logicalId": "damped",
                "physicalId": "damped",
                "properties": damped,
            },
            {
                **PLACE,
                "type": "AWS::CloudWatch::Dashboard",
                "logicalId": "Broken",
                "physicalId": "Broken",
                "properties": {"DashboardBody": "{"},
            },
        ]
    )


def data(monitoring: Monitoring, period: int | None = None) -> Data:
    histories = evaluate_alarms(monitoring.alarms, measured(), Span(START, END))
    return Data(measured(), Logs(), histories, START, END, period)


def evaluated(kind: str, **properties: object) -> Evaluated:
    monitoring = deployed((kind, properties))
    return evaluate_widgets(monitoring.dashboards[0], data(monitoring))[0]


def test_a_chart_has_series_by_period_and_lines() -> None:
    annotations = {"horizontal": [{"label": "limit", "value": 5}, [{"value": 1}, {"value": 2, "yAxis": "right"}]]}
    found = evaluated("metric", metrics=[ERRORS], period=120, annotations=annotations, stacked=True)
    assert isinstance(found.content, Chart)
    assert found.content.results[0].series[0].values == (1, 5, 9, 13, 17)
    assert found.content.lines == (Line("limit", 5), Line("", 1), Line("", 2, "right"))
    assert found.content.stacked


def test_a_shown_period_takes_the_place_of_the_widgets() -> None:
    monitoring = deployed(("metric", {"metrics": [ERRORS], "period": 300}))
    content = evaluate_widgets(monitoring.dashboards[0], data(monitoring, 60))[0].content
    assert isinstance(content, Chart)
    assert content.grid.period == 60


@pytest.mark.parametrize(
    ("properties", "number", "bars"),
    [
        ({"view": "singleValue"}, 9, False),
        ({"view": "singleValue", "setPeriodToTimeRange": True}, 45, False),
        ({"view": "gauge"}, 9, False),
        ({"view": "bar", "setPeriodToTimeRange": True}, 45, True),
        ({"view": "pie"}, 9, True),
    ],
)
def test_numbers_are_of_the_last_period_or_of_the_whole_time(
    properties: Mapping[str, object], number: float, bars: bool
) -> None:
    content = evaluated("metric", metrics=[ERRORS], period=60, **properties).content
    assert isinstance(content, Numbers)
    assert (content.values, content.bars) == ((("Errors", number),), bars)


def test_an_alarms_own_widget_shows_its_metric_and_threshold() -> None:
    found = evaluated("metric", annotations={"alarms": [f"{ARN}errors"]})
    assert isinstance(found.content, Chart)
    assert found.content.lines == (Line("threshold", 5),)


def test_alarms_are_listed_by_state() -> None:
    both = [f"{ARN}errors", f"{ARN}damped"]
    listed = evaluated("alarm", alarms=both).content
    assert isinstance(listed, AlarmList)
    assert {each.alarm.name: each.now.state for each in listed.histories} == dict.fromkeys(
        ("errors", "damped"), State.ALARM
    )
    assert evaluated("alarm", alarms=both, states=["OK"]).empty == "no alarm is in OK"
    assert evaluated("alarm", alarms=[f"{ARN}other"]).empty == "its alarms are not deployed"


def test_log_lines_are_tables_charts_and_bars() -> None:
    table = evaluated("log", query="SOURCE 'turns' | filter ms > 5 | fields event, ms").content
    assert table == Rows(("event", "ms"), (("turn", 7.0),))
    bars = evaluated("log", query="SOURCE 'turns' | stats count(*) by event | sort event desc", view="bar").content
    assert isinstance(bars, Numbers)
    assert bars.values == (("turn", 2), ("<b>start</b>", 1))
    chart = evaluated("log", query="SOURCE 'turns' | stats count(*) as n by bin(1m)", view="timeSeries").content
    assert isinstance(chart, Chart)
    assert chart.results[0].series[0].values[0] == 3


@pytest.mark.parametrize(
    ("kind", "properties", "reason", "aws_only"),
    [
        ("metric", {"metrics": [["AWS/ECS", "CPUUtilization"]]}, "only AWS measures AWS/ECS CPUUtilization", True),
        ("metric", {"metrics": [["Test", "Latency"]]}, "nothing was measured in this time: Latency", False),
        ("metric", {"metrics": [[{"expression": "nonsense +"}]]}, "not evaluated: the expression", False),
        ("log", {"query": "SOURCE 'absent' | fields @message"}, "the log group absent is not there locally", True),
        ("log", {"query": "SOURCE 'silent' | fields @message"}, "no log line matches", False),
        ("log", {"query": "SOURCE 'turns' | diff"}, "not evaluated: the command 'diff'", False),
        ("explorer", {}, "widgets of type 'explorer' are not drawn locally", False),
    ],
)
def test_an_empty_widget_says_why(kind: str, properties: Mapping[str, object], reason: str, aws_only: bool) -> None:
    found = evaluated(kind, **properties)
    assert found.content is None
    assert found.empty.startswith(reason)
    assert found.aws_only is aws_only


def test_what_only_aws_has_is_noted_beside_what_there_is() -> None:
    assert evaluated("metric", metrics=[ERRORS, ["AWS/ECS", "CPUUtilization"]]).notes == (
        "only AWS measures CPUUtilization",
    )


def test_what_only_aws_measures_is_what_the_table_of_metrics_says() -> None:
    table = tomllib.loads((ROOT / "tests/data/cloudwatch/service_metrics.toml").read_text())["metric"]
    local = {(metric["namespace"], metric["name"]) for metric in table if metric["local"]}
    assert aws_only_metrics() == {(metric["namespace"], metric["name"]) for metric in table} - local


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else_and_says_that_its_data_is_local() -> None:
    monitoring = deployed(
        ("text", {"markdown": "# Errors\n<script>alert(1)</script> [docs](https://docs.example.com)"}),
        (
            "metric",
            {"title": "Errors & more", "metrics": [ERRORS, ["Test", "Latency", "Agent", "a", {"yAxis": "right"}]]},
        ),
        ("metric", {"title": "CPU", "metrics": [["AWS/ECS", "CPUUtilization"]]}),
        ("metric", {"view": "singleValue", "metrics": [ERRORS], "sparkline": True}),
        ("log", {"query": "SOURCE 'turns' | fields @timestamp, event"}),
        ("alarm", {"alarms": [f"{ARN}errors"]}),
    )
    source = data(monitoring)
    boards = [(board, evaluate_widgets(board, source)) for board in monitoring.dashboards]
    html = page(Shown(boards, source.alarms, monitoring.broken, "a scripted stand-in", START, END, 60), theme="dark")
    parser = _Elements()
    parser.feed(html)
    tags = [tag for tag, _ in parser.seen]
    assert tags.count("svg") == 2
    assert not {"script", "img", "link", "iframe"} & set(tags)
    assert "<script>alert" not in html
    assert "&lt;b&gt;start" in html
    assert "Local data." in html
    assert "a scripted stand-in answered as the model" in html
    assert "periods of 60 s" in html
    assert "CPU: only AWS measures AWS/ECS CPUUtilization" in html
    assert "https://docs.example.com/runbooks/errors.md" in html
    assert "Broken: " in html
    assert ("html", {"lang": "en", "data-theme": "dark"}) in parser.seen
    fetched = [given for tag, given in parser.seen if "src" in given or (tag != "a" and "href" in given)]
    assert not fetched


def test_dashboards_are_found_by_a_part_of_the_name() -> None:
    monitoring = deployed(("text", {}))
    assert [each.name for each in find_dashboards(monitoring, "gent")] == ["Agents"]
    assert isinstance(evaluated("text", markdown="x").content, Text)
    with pytest.raises(WorkbenchError, match="no dashboard is called 'x'; deployed are: Agents"):
        find_dashboards(monitoring, "x")
    with pytest.raises(WorkbenchError, match="no dashboard is deployed"):
        find_dashboards(Monitoring((), (), {}), "")


def test_a_short_time_is_drawn_with_short_periods() -> None:
    assert [readable_period(seconds) for seconds in (20, 60, 200, 479, 480)] == [1, 1, 5, 10, None]
    assert first_measured(measured(), now=END) == START
    assert first_measured(Measured(), now=END) == END


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 1000, [0, 250, 500, 750, 1000]),
        (-3, 4, [-4, -2, 0, 2, 4]),
        (0, 0.03, [0, 0.01, 0.02, 0.03]),
    ],
)
def test_axes_have_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == ticks
