"""An app of fifty agents fits: into CloudFormation's stacks, CloudWatch's quotas, and what a Region has once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib import AgentCode, AgentMemory, AgentService, MemoryStrategy, ModelAccess
from constructs_lib.observability.account_observability import RESOURCE_TYPE, AccountObservability
from constructs_lib.observability.monitoring.agent_monitoring import AgentMonitoring

AGENTS, PER_STACK = 50, 5
ENV = cdk.Environment(account="111122223333", region="us-east-1")
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES, MAX_OUTPUTS, MAX_PARAMETERS, MAX_TEMPLATE_BYTES = 500, 200, 200, 1_048_576
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html; of metrics a widget has 500 at
# most and a dashboard 2,500, and it is readable long before.
MAX_ALARMS, MAX_WIDGETS, MAX_METRICS, MAX_ALARM_METRICS = 5_000, 500, 500, 10
MAX_ALARM_RULE = 10_240
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_FILTERS_OF_A_GROUP, MAX_QUERIES = 100, 1_000
# https://docs.aws.amazon.com/xray/latest/api/API_PutResourcePolicy.html and
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: what a Region has few of.
ONCE_IN_A_REGION = {"AWS::XRay::ResourcePolicy", "AWS::Logs::ResourcePolicy", "AWS::XRay::TransactionSearchConfig"}
# Types whose names are unique in an account and Region, by the property that says them.
NAMED = {
    "AWS::BedrockAgentCore::Memory": "Name",
    "AWS::BedrockAgentCore::Runtime": "AgentRuntimeName",
    "AWS::Logs::DeliveryDestination": "Name",
    "AWS::Logs::DeliverySource": "Name",
}


class Agents(cdk.Stack):
    """Five agents, each with a memory of its own and two endpoints, and what watches them."""

    def __init__(self, app: cdk.App, name: str) -> None:
        super().__init__(app, name, env=ENV)
        bucket = s3.Bucket.from_bucket_name(self, "Code", "code-bucket")
        code = AgentCode.from_s3(bucket, "agent.zip", entry_point=["main.py"], version="3HL4kqtJvjVBH40Nrjfkd")
        monitoring = AgentMonitoring(self, "Monitoring")
        for number in range(PER_STACK):
            memory = AgentMemory(self, f"Memory{number}", strategies=[MemoryStrategy.semantic_facts()])
            agent = AgentService(
                self,
                f"Agent{number}",
                code=code,
                model=ModelAccess.inference_profile(SONNET),
                memory=memory,
                endpoints={"live": None},
            )
            monitoring.monitor_agent(agent)
            monitoring.monitor_memory(memory)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The templates' files, by stack."""
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path_factory.mktemp("fifty")))
    AccountObservability(cdk.Stack(app, "Account", env=ENV), "Observability")
    for number in range(AGENTS // PER_STACK):
        Agents(app, f"Agents{number}")
    return {stack.stack_name: Path(stack.template_full_path) for stack in app.synth().stacks}


@pytest.fixture(scope="module")
def read(templates: Mapping[str, Path]) -> Mapping[str, Mapping[str, Any]]:
    return {name: json.loads(file.read_text()) for name, file in templates.items()}


def resources(read: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (resource for template in read.values() for resource in template["Resources"].values())


def test_they_are_fifty(read: Mapping[str, Mapping[str, Any]]) -> None:
    types = Counter(resource["Type"] for resource in resources(read))
    assert types["AWS::BedrockAgentCore::Runtime"] == AGENTS
    assert types["AWS::BedrockAgentCore::Memory"] == AGENTS


def test_the_account_is_set_up_once_and_by_nothing_else(read: Mapping[str, Mapping[str, Any]]) -> None:
    types = Counter(resource["Type"] for resource in resources(read))
    assert types[RESOURCE_TYPE] == 1
    assert not ONCE_IN_A_REGION & set(types)


def test_every_stack_is_within_cloudformations_limits(
    templates: Mapping[str, Path], read: Mapping[str, Mapping[str, Any]]
) -> None:
    for name, template in read.items():
        assert len(template["Resources"]) <= MAX_RESOURCES, name
        assert len(template.get("Outputs", {})) <= MAX_OUTPUTS, name
        assert len(template.get("Parameters", {})) <= MAX_PARAMETERS, name
        assert templates[name].stat().st_size <= MAX_TEMPLATE_BYTES, name


def test_a_stack_has_room_for_eight_agents_and_their_alarms(
    templates: Mapping[str, Path], read: Mapping[str, Mapping[str, Any]]
) -> None:
    # What docs/constructs/account-observability.md says.
    resources_each = len(read["Agents0"]["Resources"]) / PER_STACK
    bytes_each = templates["Agents0"].stat().st_size / PER_STACK
    assert min(MAX_RESOURCES / resources_each, MAX_TEMPLATE_BYTES / bytes_each) >= 8


def test_alarms_and_queries_are_within_cloudwatchs_quotas(read: Mapping[str, Mapping[str, Any]]) -> None:
    types = Counter(resource["Type"] for resource in resources(read))
    assert AGENTS <= types["AWS::CloudWatch::Alarm"] + types["AWS::CloudWatch::CompositeAlarm"] <= MAX_ALARMS
    assert types["AWS::Logs::QueryDefinition"] <= MAX_QUERIES
    for resource in resources(read):
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            assert len(resource["Properties"].get("Metrics", [])) <= MAX_ALARM_METRICS
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm":
            assert len(json.dumps(resource["Properties"]["AlarmRule"])) <= MAX_ALARM_RULE


def test_no_log_group_has_too_many_metric_filters(read: Mapping[str, Mapping[str, Any]]) -> None:
    groups = Counter(
        (name, json.dumps(resource["Properties"]["LogGroupName"]))
        for name, template in read.items()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
    )
    assert len(groups) >= AGENTS
    assert max(groups.values()) <= MAX_FILTERS_OF_A_GROUP


def test_dashboards_are_within_cloudwatchs_quotas(read: Mapping[str, Mapping[str, Any]]) -> None:
    bodies = [
        body(resource["Properties"]["DashboardBody"])
        for resource in resources(read)
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    ]
    assert len(bodies) >= AGENTS // PER_STACK
    for dashboard in bodies:
        widgets = dashboard["widgets"]
        assert 0 < len(widgets) <= MAX_WIDGETS
        assert sum(len(widget["properties"].get("metrics", [])) for widget in widgets) <= MAX_METRICS


def body(of: Any) -> dict[str, Any]:
    """A dashboard's body, with a word where CloudFormation fills in something."""
    joined = (
        of if isinstance(of, str) else "".join(part if isinstance(part, str) else "x" for part in of["Fn::Join"][1])
    )
    return json.loads(joined)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("type", "property"), NAMED.items())
def test_no_two_have_the_same_name(read: Mapping[str, Mapping[str, Any]], type: str, property: str) -> None:
    names = [resource["Properties"][property] for resource in resources(read) if resource["Type"] == type]
    assert len(names) >= AGENTS
    assert [name for name, count in Counter(names).items() if count > 1] == []
