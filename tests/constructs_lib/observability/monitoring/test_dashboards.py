import json
import re
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from constructs_lib.observability.monitoring import AgentMonitoring, AlarmTopics
from constructs_lib.observability.monitoring.dashboards.overview import MAX_ALARMS, SCREEN, Overview
from constructs_lib.observability.monitoring.dashboards.pages import MAX_METRICS, MAX_SECTIONS, MAX_WIDGETS, Page, Pages
from constructs_lib.observability.monitoring.dashboards.queries import Queries
from constructs_lib.observability.monitoring.dashboards.widgets import COLUMNS
from constructs_lib.observability.monitoring.kinds import Severity
from tests.constructs_lib.observability.monitoring.support import Body, bodies, body_of, watched
from tests.constructs_lib.support import agent, resources, stack, template


@pytest.fixture(scope="module")
def made() -> Mapping[str, Any]:
    return watched().template


def titles(body: Body) -> set[str]:
    return {widget["properties"].get("title", "") for widget in body["widgets"]}


def stats(body: Body, title: str) -> list[str]:
    (widget,) = [each for each in body["widgets"] if each["properties"].get("title") == title]
    return [row[-1].get("stat", "Average") for row in widget["properties"]["metrics"]]


def normalised(body: Body) -> Body:
    """Without what a change of another construct would change."""
    return json.loads(re.sub(r"(?<=[A-Za-z])[0-9A-F]{8}(?![0-9A-F])", "", json.dumps(body)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("page", ["Overview", *(page.value for page in Page)])
def test_dashboards(made: Mapping[str, Any], page: str, snapshot: SnapshotAssertion) -> None:
    assert normalised(body_of(made, page)) == snapshot


def test_there_is_a_page_for_everything_one_looks_for(made: Mapping[str, Any]) -> None:
    assert set(watched().monitoring.dashboards) == {page.value for page in Page}
    assert len(bodies(made)) == len(Page) + 1


def test_performance(made: Mapping[str, Any]) -> None:
    body = body_of(made, "Performance")
    assert titles(body) >= {"Time of answers", "Throughput", "New sessions", "Tokens"}
    assert stats(body, "Time of answers") == ["p50", "p95", "p99"]
    (times,) = [each for each in body["widgets"] if each["properties"].get("title") == "Time of answers"]
    assert [each["value"] for each in times["properties"]["annotations"]["horizontal"]] == [10_000]


def test_guardrails_by_policy(made: Mapping[str, Any]) -> None:
    body = body_of(made, "Guardrails")
    (found,) = [each for each in body["widgets"] if each["properties"].get("title") == "Found, by policy"]
    assert [row[1] for row in found["properties"]["metrics"]] == [
        "ContentPolicy",
        "TopicPolicy",
        "WordPolicy",
        "SensitiveInformationPolicy",
        "ContextualGroundingPolicy",
    ]


def test_tools_by_name(made: Mapping[str, Any]) -> None:
    assert titles(body_of(made, "Tools")) >= {"Calls by tool", "Time by tool, p95", "Errors by tool", "Decisions"}


def test_charges_are_those_of_the_region_that_publishes_them() -> None:
    of = stack(region="us-west-2")
    monitoring = AgentMonitoring(of, "Monitoring")
    monitoring.monitor_agent(agent(of))
    monitoring.monitor_cost(services=["AmazonBedrock"])
    body = body_of(template(of), "Cost")
    (charges,) = [each for each in body["widgets"] if each["properties"].get("title") == "Charges by service"]
    assert charges["properties"]["metrics"][0][-1]["region"] == "us-east-1"


def test_the_overview_fits_one_screen(made: Mapping[str, Any]) -> None:
    widgets = body_of(made, "Overview")["widgets"]
    assert max(widget["y"] + widget["height"] for widget in widgets) <= SCREEN
    assert max(widget["x"] + widget["width"] for widget in widgets) == COLUMNS


def test_the_overview_shows_every_composite_alarm(made: Mapping[str, Any]) -> None:
    states = [each for each in body_of(made, "Overview")["widgets"] if each["type"] == "alarm"]
    shown = "".join(arn for widget in states for arn in widget["properties"]["alarms"])
    composites = resources(made, "AWS::CloudWatch::CompositeAlarm")
    assert len(composites) >= 12
    assert not [key for key in composites if key not in shown]
    assert [widget["properties"]["title"] for widget in states] == ["Critical", "Warning"]


def test_the_overview_leads_to_pages_traces_runbooks_and_queries(made: Mapping[str, Any]) -> None:
    (text,) = [each for each in body_of(made, "Overview")["widgets"] if each["type"] == "text"]
    markdown = text["properties"]["markdown"]
    for key in bodies(made):
        assert key in markdown or "Overview" in key
    for address in ("#gen-ai-observability/", "#logsV2:logs-insights", "https://"):
        assert address in markdown
    for name in watched().monitoring.queries:
        assert name in markdown


def test_no_graph_of_the_overview_is_empty(made: Mapping[str, Any]) -> None:
    graphs = [each for each in body_of(made, "Overview")["widgets"] if each["type"] == "metric"]
    assert len(graphs) == 8
    assert all(each["properties"].get("metrics") for each in graphs)


def test_saved_queries_ask_the_log_groups_of_all_agents() -> None:
    of = stack()
    monitoring = AgentMonitoring(of, "Monitoring", folder="agents")
    for name in ("One", "Two"):
        monitoring.monitor_agent(agent(of, name))
    found = {
        each["Properties"]["Name"]: each["Properties"]
        for each in resources(template(of), "AWS::Logs::QueryDefinition").values()
    }
    assert set(found) == {f"agents/{name}" for name in monitoring.queries}
    failed = found["agents/Requests that failed"]
    assert len(failed["LogGroupNames"]) == 2
    assert failed["QueryString"].count("\n| ") == 4
    assert 'detail.outcome = "failed"' in failed["QueryString"]


def test_sections_are_small_enough_for_a_full_page(made: Mapping[str, Any]) -> None:
    for key, body in bodies(made).items():
        if "Overview" in key:
            continue
        sections: list[list[Body]] = []
        for widget in body["widgets"]:
            if widget["type"] == "text":
                sections.append([])
            sections[-1].append(widget)
        for section in sections:
            assert len(section) <= MAX_WIDGETS, key
            assert sum(len(each["properties"].get("metrics", [])) for each in section) <= MAX_METRICS, key


def test_a_full_page_is_followed_by_another() -> None:
    of = stack()
    pages = Pages(of)
    for number in range(MAX_SECTIONS + 1):
        pages.add(Page.ERRORS, f"Agent {number}")
    assert list(pages.dashboards) == ["Errors", "Errors2"]
    assert pages.links().count("#dashboards:name=") == 2


def test_fails_for_more_alarms_than_the_overview_shows() -> None:
    of = stack()
    overview = Overview(of, Pages(of), Queries(of, "Queries", folder="x"), "https://example.com/")
    composite = cdk.aws_cloudwatch.Alarm.from_alarm_arn(
        of, "Alarm", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"
    )
    for _ in range(MAX_ALARMS):
        overview.add_alarm(Severity.WARNING, composite)
    with pytest.raises(ValueError, match="shows 100 composite alarms of a severity, got one more"):
        overview.add_alarm(Severity.WARNING, composite)


def test_dashboards_and_topics_are_at_hand() -> None:
    of = stack()
    monitoring = AgentMonitoring(of, "Monitoring")
    assert isinstance(monitoring.topics, AlarmTopics)
    assert monitoring.overview.dashboard_name
    assert monitoring.dashboards == {}
    assert monitoring.queries == {}
