"""What dashboards and alarms show is what is published: by a service, by an agent's log lines, or by nobody."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.constructs_lib.observability.monitoring.support import alarms, text_of, watched, widgets
from tests.constructs_lib.support import resources

TABLE = Path(__file__).parents[1] / "data" / "cloudwatch" / "service_metrics.toml"
SEARCH = re.compile(r"SEARCH\('(?P<term>.*)', '(?P<statistic>[^']+)', (?P<period>\d+)\)$", re.DOTALL)
SCHEMA = re.compile(r"\{(?P<names>[^}]+)\}")
NAME = re.compile(r'MetricName="(?P<name>[^"]+)"')
OF_NAMESPACE = re.compile(r'Namespace="(?P<namespace>[^"]+)"')
DOCUMENTED_NAMESPACES = {"Bedrock-AgentCore/Evaluations"}
"""Where AWS documents the namespace of metrics, but neither their names nor their dimensions: they are searched for."""


@dataclass(frozen=True)
class Shown:
    """A metric that somebody looks at."""

    where: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.dimensions)


@cache
def table() -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for metric in tomllib.loads(TABLE.read_text(encoding="utf-8"))["metric"]:
        found.setdefault((metric["namespace"], metric["name"]), []).append(metric)
    return found


@cache
def counted() -> dict[tuple[str, str], frozenset[str]]:
    """What the template's own metric filters publish, with their dimensions."""
    found = {}
    for each in resources(watched_template(), "AWS::Logs::MetricFilter").values():
        (transformation,) = each["Properties"]["MetricTransformations"]
        names = frozenset(dimension["Key"] for dimension in transformation.get("Dimensions", []))
        found[text_of(transformation["MetricNamespace"]), transformation["MetricName"]] = names
    return found


@cache
def watched_template() -> Mapping[str, Any]:
    return watched().template


def on_alarms() -> Iterator[Shown]:
    for key, alarm in alarms(watched_template()).items():
        if "MetricName" in alarm:
            statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
            yield _shown(key, alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions", []), statistic)
        for query in alarm.get("Metrics", []):
            if "MetricStat" in query:
                metric = query["MetricStat"]["Metric"]
                dimensions = metric.get("Dimensions", [])
                statistic = query["MetricStat"]["Stat"]
                yield _shown(key, metric["Namespace"], metric["MetricName"], dimensions, statistic)


def _shown(where: str, namespace: object, name: str, dimensions: Sequence[Mapping[str, Any]], statistic: str) -> Shown:
    pairs = tuple((each["Name"], text_of(each["Value"])) for each in dimensions)
    return Shown(where, text_of(namespace), name, pairs, statistic)


def on_dashboards() -> Iterator[Shown]:
    for key, widget in widgets(watched_template()):
        for row in widget["properties"].get("metrics", []):
            *parts, options = row if isinstance(row[-1], dict) else [*row, {}]
            if not parts:
                continue
            namespace, name, *rest = parts
            dimensions = tuple(zip(rest[::2], rest[1::2], strict=True))
            where = f"{key}: {widget['properties'].get('title')}"
            yield Shown(where, namespace, name, dimensions, options.get("stat", "Average"))


def searches() -> Iterator[tuple[str, str]]:
    for key, widget in widgets(watched_template()):
        for row in widget["properties"].get("metrics", []):
            if isinstance(row[0], dict) and "SEARCH(" in row[0].get("expression", ""):
                yield f"{key}: {widget['properties'].get('title')}", row[0]["expression"]


def complaint(shown: Shown) -> str | None:
    """Why a metric is shown that nobody publishes; None if somebody does."""
    if (shown.namespace, shown.name) in counted():
        names = counted()[shown.namespace, shown.name]
        return None if names == shown.names else f"its filter gives it the dimensions {sorted(names)}"
    published = table().get((shown.namespace, shown.name))
    if published is None:
        return "no service publishes it, and no filter counts it"
    fitting = [metric for metric in published if shown.names in [frozenset(each) for each in metric["dimensions"]]]
    complaints = [_complaint_of(shown, metric) for metric in fitting]
    if complaints:
        return None if None in complaints else complaints[0]
    sets = [each for metric in published for each in metric["dimensions"]]
    return f"it is published with the dimensions {sets}, not with {sorted(shown.names)}"


def _complaint_of(shown: Shown, metric: Mapping[str, Any]) -> str | None:
    if shown.statistic not in metric["statistics"]:
        return f"its statistics are {metric['statistics']}, not {shown.statistic}"
    for name, value in shown.dimensions:
        allowed = metric.get("values", {}).get(name)
        if allowed and value not in allowed:
            return f"{name} is one of {allowed}, not {value}"
    return None


def test_alarms_watch_what_is_published() -> None:
    shown = list(on_alarms())
    assert len(shown) > 40
    assert not [(each, why) for each in shown if (why := complaint(each))]


def test_dashboards_show_what_is_published() -> None:
    shown = list(on_dashboards())
    assert len(shown) > 150
    assert not [(each, why) for each in shown if (why := complaint(each))]


def test_searches_are_for_what_is_published() -> None:
    found = list(searches())
    assert len(found) >= 4
    for where, expression in found:
        match = SEARCH.search(expression)
        assert match, (where, expression)
        schema = SCHEMA.search(match["term"])
        if schema is None:
            namespace = OF_NAMESPACE.search(match["term"])
            assert namespace, (where, expression)
            assert namespace["namespace"] in DOCUMENTED_NAMESPACES, (where, expression)
            continue
        name = NAME.search(match["term"])
        assert name, (where, expression)
        namespace_of_schema, *dimensions = schema["names"].split(",")
        pairs = tuple((dimension, "") for dimension in dimensions)
        shown = Shown(where, namespace_of_schema, name["name"], pairs, match["statistic"])
        unvalued = [{**metric, "values": {}} for metric in table()[shown.namespace, shown.name]]
        assert any(
            shown.names in [frozenset(each) for each in metric["dimensions"]] and _complaint_of(shown, metric) is None
            for metric in unvalued
        ), (where, expression)


def test_every_filter_is_looked_at() -> None:
    looked_at = {(each.namespace, each.name) for each in [*on_alarms(), *on_dashboards()]}
    assert not set(counted()) - looked_at


def test_the_table_says_where_each_metric_is_documented() -> None:
    for metrics in table().values():
        for metric in metrics:
            assert metric["page"].startswith("https://docs.aws.amazon.com/"), metric
            assert metric["dimensions"], metric
            assert metric["statistics"], metric
            known = {name for each in metric["dimensions"] for name in each}
            assert set(metric.get("values", {})) <= known, metric


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (Shown("x", "AWS/Bedrock-AgentCore", "DeniedRequests", (("Resource", "r"),), "Sum"), "no service publishes it"),
        (
            Shown("x", "AWS/Bedrock-AgentCore", "Throttles", (("Resource", "r"),), "Sum"),
            "published with the dimensions",
        ),
        (Shown("x", "AWS/Billing", "EstimatedCharges", (("Currency", "USD"),), "Sum"), "its statistics are"),
        (Shown("x", "AWS/Billing", "EstimatedCharges", (("Currency", "EUR"),), "Maximum"), "Currency is one of"),
        (Shown("x", "AgentCoreAgents", "FailuresOfMemory", (), "Sum"), "its filter gives it"),
    ],
    ids=["name", "dimensions", "statistic", "value", "filter"],
)
def test_what_nobody_publishes_is_found(shown: Shown, why: str) -> None:
    found = complaint(shown)
    assert found
    assert why in found
