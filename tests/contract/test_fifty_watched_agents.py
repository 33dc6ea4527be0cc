"""Fifty agents watched together fit into what CloudFormation and CloudWatch take."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import UserDirectory
from constructs_lib.observability.monitoring import AgentMonitoring, AlarmTopics
from constructs_lib.observability.monitoring.dashboards.overview import MAX_ALARMS
from constructs_lib.observability.monitoring.dashboards.pages import MAX_METRICS, MAX_SECTIONS, MAX_WIDGETS
from tests.constructs_lib.observability.monitoring.support import ENVIRONMENT, bodies
from tests.constructs_lib.support import agent

AGENTS, AGENTS_A_STACK, ALARMS_A_STACK = 50, 10, 20
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES, MAX_OUTPUTS, MAX_TEMPLATE_BYTES = 500, 200, 1_048_576
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MAX_WIDGETS_A_DASHBOARD, MAX_METRICS_A_WIDGET, MAX_METRICS_A_DASHBOARD = 500, 500, 2_500
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_GROUPS_A_QUERY, MAX_FILTERS_A_GROUP = 50, 100
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MAX_METRICS_AN_ALARM, MAX_DESCRIPTION = 10, 1_024


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The templates' files, by stack."""
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path_factory.mktemp("fifty")))
    people = UserDirectory(cdk.Stack(app, "People", env=ENVIRONMENT), "Users")
    people.add_web_client("Web", callback_urls=["https://app.example.com/signed-in"])
    topics = AlarmTopics(cdk.Stack(app, "Topics", env=ENVIRONMENT), "Topics")
    monitoring = AgentMonitoring(cdk.Stack(app, "Dashboards", env=ENVIRONMENT), "Monitoring", topics=topics)
    homes = [cdk.Stack(app, f"Agents{number}", env=ENVIRONMENT) for number in range(AGENTS // AGENTS_A_STACK)]
    alarms = [cdk.Stack(app, f"Alarms{number}", env=ENVIRONMENT) for number in range(AGENTS // ALARMS_A_STACK + 1)]
    for number in range(AGENTS):
        home = homes[number // AGENTS_A_STACK]
        watched = agent(home, f"Agent{number}", authorizer=people.authorizer())
        monitoring.monitor_agent(watched, scope=alarms[number // ALARMS_A_STACK])
    monitoring.monitor_user_directory(people)
    monitoring.monitor_cost()
    return {stack.stack_name: Path(stack.template_full_path) for stack in app.synth().stacks}


@pytest.fixture(scope="module")
def read(templates: Mapping[str, Path]) -> Mapping[str, Mapping[str, Any]]:
    return {name: json.loads(file.read_text()) for name, file in templates.items()}


@pytest.fixture(scope="module")
def dashboards(read: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return bodies(read["Dashboards"])


def of_type(read: Mapping[str, Mapping[str, Any]], type: str) -> list[Mapping[str, Any]]:
    every = (resource for template in read.values() for resource in template["Resources"].values())
    return [resource["Properties"] for resource in every if resource["Type"] == type]


def test_each_agent_is_watched(read: Mapping[str, Mapping[str, Any]]) -> None:
    assert len(of_type(read, "AWS::BedrockAgentCore::Runtime")) == AGENTS
    assert len(of_type(read, "AWS::CloudWatch::CompositeAlarm")) == 2 * AGENTS + 2


def test_stacks(templates: Mapping[str, Path], read: Mapping[str, Mapping[str, Any]]) -> None:
    assert {
        name: file.stat().st_size for name, file in templates.items() if file.stat().st_size > MAX_TEMPLATE_BYTES
    } == {}
    counts = {name: (len(each["Resources"]), len(each.get("Outputs", {}))) for name, each in read.items()}
    assert not {name: each for name, each in counts.items() if each[0] > MAX_RESOURCES or each[1] > MAX_OUTPUTS}


def test_dashboards(dashboards: Mapping[str, Mapping[str, Any]]) -> None:
    for name, body in dashboards.items():
        counts = [len(widget["properties"].get("metrics", [])) for widget in body["widgets"]]
        assert len(counts) <= MAX_WIDGETS_A_DASHBOARD, name
        assert max(counts) <= MAX_METRICS_A_WIDGET, name
        assert sum(counts) <= MAX_METRICS_A_DASHBOARD, name
        states = [len(widget["properties"]["alarms"]) for widget in body["widgets"] if widget["type"] == "alarm"]
        assert all(count <= MAX_ALARMS for count in states), name


def test_full_pages_are_within_the_limits() -> None:
    assert MAX_SECTIONS * MAX_WIDGETS <= MAX_WIDGETS_A_DASHBOARD
    assert MAX_SECTIONS * MAX_METRICS <= MAX_METRICS_A_DASHBOARD


def test_alarms(read: Mapping[str, Mapping[str, Any]]) -> None:
    for alarm in of_type(read, "AWS::CloudWatch::Alarm"):
        assert sum("MetricStat" in query for query in alarm.get("Metrics", [])) <= MAX_METRICS_AN_ALARM
        assert len(alarm["AlarmDescription"]) <= MAX_DESCRIPTION


def test_queries_and_filters(read: Mapping[str, Mapping[str, Any]]) -> None:
    assert all(
        len(query["LogGroupNames"]) <= MAX_GROUPS_A_QUERY for query in of_type(read, "AWS::Logs::QueryDefinition")
    )
    filters = Counter(json.dumps(each["LogGroupName"]) for each in of_type(read, "AWS::Logs::MetricFilter"))
    assert len(filters) == AGENTS
    assert max(filters.values()) <= MAX_FILTERS_A_GROUP
