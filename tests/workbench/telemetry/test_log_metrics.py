"""Log lines become metrics: by metric filters, and by the embedded metric format."""

import json

from workbench.telemetry.emf import embedded_metrics
from workbench.telemetry.metric_filters import LogEvent, MetricFilter
from workbench.telemetry.store import Datum


def _filter(pattern: str, **transformation: object) -> MetricFilter:
    described = {"metricNamespace": "Agents", "metricName": "Errors", "metricValue": "1", **transformation}
    return MetricFilter.of_request({"filterPattern": pattern, "metricTransformations": [described]})


def test_each_matching_line_is_one_value() -> None:
    found = _filter('{ $.level = "ERROR" }', unit="Count")
    events = [LogEvent('{"level": "ERROR"}', 1.0), LogEvent('{"level": "INFO"}', 2.0), LogEvent("ERROR", 3.0)]

    assert list(found.values(events)) == [Datum("Agents", "Errors", {}, 1.0, "Count", 1.0)]


def test_value_and_dimensions_come_from_the_line() -> None:
    found = _filter("{ $.tokens > 0 }", metricValue="$.tokens", dimensions={"Model": "$.model", "Try": "$.try"})
    lines = ['{"tokens": 12, "model": "m", "try": 2}', '{"tokens": 3, "model": "m"}']

    values = list(found.values([LogEvent(line, 1.0) for line in lines]))

    assert values == [Datum("Agents", "Errors", {"Model": "m", "Try": "2"}, 12.0, "None", 1.0)]


def test_words_of_a_space_delimited_line_are_values() -> None:
    found = _filter("[ip, status, bytes]", metricValue="$bytes")

    assert [datum.value for datum in found.values([LogEvent("127.0.0.1 200 42", 1.0)])] == [42.0]


def test_the_default_is_published_where_nothing_matches() -> None:
    found = _filter("ERROR", defaultValue=0)

    assert [datum.value for datum in found.values([LogEvent("fine", 1.0), LogEvent("fine", 2.0)])] == [0.0]
    assert [datum.value for datum in found.values([LogEvent("fine", 1.0), LogEvent("ERROR", 2.0)])] == [1.0]
    assert list(found.values([])) == []


def test_embedded_metrics_are_read_for_each_set_of_dimensions() -> None:
    line = json.dumps(
        {
            "_aws": {
                "Timestamp": 2000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Agents",
                        "Dimensions": [["Agent"], ["Agent", "Mode"]],
                        "Metrics": [{"Name": "Blocked", "Unit": "Count"}, {"Name": "Times"}],
                    }
                ],
            },
            "Agent": "a",
            "Mode": "ENFORCE",
            "Blocked": 1,
            "Times": {"Values": [2.5, 4], "Counts": [2, 1]},
        }
    )

    assert embedded_metrics(line) == [
        Datum("Agents", name, dimensions, value, unit, 2.0)
        for dimensions in ({"Agent": "a"}, {"Agent": "a", "Mode": "ENFORCE"})
        for name, value, unit in (
            ("Blocked", 1.0, "Count"),
            ("Times", 2.5, "None"),
            ("Times", 2.5, "None"),
            ("Times", 4.0, "None"),
        )
    ]


def test_lines_that_are_not_in_the_format_are_no_metrics() -> None:
    assert embedded_metrics('{"_aws": 3}') == []
    assert embedded_metrics('text with "_aws" in it') == []
    assert embedded_metrics('{"level": "INFO"}') == []
