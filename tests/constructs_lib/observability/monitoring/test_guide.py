"""The code of docs/constructs/agent-monitoring.md."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns_subscriptions as subscriptions

from constructs_lib.observability.monitoring import (
    AgentMonitoring,
    AgentThresholds,
    AlarmKind,
    AlarmTopics,
    ErrorRate,
    Latency,
)
from constructs_lib.observability.monitoring import thresholds as limits
from tests.constructs_lib.observability.monitoring.support import ENVIRONMENT, Things, alarm
from tests.constructs_lib.support import agent, resources, stack, template

ANOMALY_PRICE, COMPOSITE_PRICE, METRIC_PRICE, CUSTOM_METRIC_PRICE = 0.30, 0.50, 0.10, 0.30
"""Dollars a month, of us-east-1."""

GUIDE = Path(__file__).parents[4] / "docs" / "constructs" / "agent-monitoring.md"


def test_use() -> None:
    app = cdk.App(analytics_reporting=False)
    things = Things(app)
    of = cdk.Stack(app, "Watch", env=ENVIRONMENT)
    # --8<-- [start:use]
    monitoring = AgentMonitoring(of, "Monitoring", runbooks="https://wiki.example.com/runbooks/")
    monitoring.monitor_agent(things.agent)
    monitoring.monitor_memory(things.memory)
    monitoring.monitor_gateway(things.gateway)
    monitoring.monitor_guardrail(things.guardrail)
    monitoring.monitor_user_directory(things.users)
    monitoring.monitor_cost()
    monitoring.topics.critical.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    # --8<-- [end:use]
    made = template(of)
    assert len(resources(made, "AWS::SNS::Subscription")) == 1
    assert len(resources(made, "AWS::CloudWatch::CompositeAlarm")) == 9


def test_thresholds() -> None:
    of = stack()
    monitoring, assistant = AgentMonitoring(of, "Monitoring"), agent(of)
    # --8<-- [start:thresholds]
    monitor = monitoring.monitor_agent(
        assistant,
        thresholds=AgentThresholds(
            errors=ErrorRate(percent=1, samples=20),
            latency=Latency(limit=cdk.Duration.seconds(30)),
            tokens=None,  # no alarm on tokens
        ),
    )
    (too_many_errors,) = monitor.alarms.of_kind(AlarmKind.ERROR_RATE)  # the L2 alarm
    # --8<-- [end:thresholds]
    assert too_many_errors is monitor.alarms.by_name["error-rate"]
    made = template(of)
    assert alarm(made, "ErrorRate")["Threshold"] == 1
    assert alarm(made, "Latency")["Threshold"] == 30_000


def test_many() -> None:
    app = cdk.App(analytics_reporting=False)
    home, boards, alarms = (cdk.Stack(app, name, env=ENVIRONMENT) for name in ("Home", "Boards", "Alarms"))
    agents = [agent(home, name) for name in ("One", "Two")]
    # --8<-- [start:many]
    topics = AlarmTopics(home, "Topics")
    monitoring = AgentMonitoring(boards, "Monitoring", topics=topics)
    for each in agents:
        monitoring.monitor_agent(each, scope=alarms)
    # --8<-- [end:many]
    assert len(resources(template(alarms), "AWS::CloudWatch::Alarm")) == 14


def test_silence() -> None:
    of = stack()
    monitoring, assistant = AgentMonitoring(of, "Monitoring"), agent(of)
    # --8<-- [start:silence]
    silence = (
        assistant.metric_invocations()
        .with_(period=cdk.Duration.minutes(5), statistic="Sum")
        .create_alarm(
            of,
            "Silence",
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
    )
    silence.add_alarm_action(actions.SnsAction(monitoring.topics.critical))
    # --8<-- [end:silence]
    made = alarm(template(of), "Silence")
    assert {each["Name"] for each in made["Dimensions"]} == {"Operation", "Name", "Resource"}
    assert (made["MetricName"], made["Statistic"], made["TreatMissingData"]) == ("Invocations", "Sum", "breaching")


RATE = "more than {0.percent:g} % of at least {0.samples} "
LASTING = ", {0.evaluation.breaching} of {0.evaluation.of}"


@pytest.mark.parametrize(
    ("kind", "threshold", "said"),
    [
        (AlarmKind.RUNTIME_DOWN, limits.RuntimeDown(), ["| {0.failures} requests a minute", LASTING]),
        (AlarmKind.ERROR_RATE, limits.ErrorRate(), [RATE, LASTING]),
        (AlarmKind.AUTHENTICATION_FAILURES, limits.AuthenticationFailures(), [RATE, LASTING]),
        (AlarmKind.MEMORY_UNAVAILABLE, limits.MemoryUnavailable(), ["| {0.failures} calls a minute", LASTING]),
        (AlarmKind.FRONT_END_DOWN, limits.FrontEndDown(), [LASTING]),
        (AlarmKind.LATENCY, limits.Latency(), ["{0.percentile}th percentile of at least {0.samples} ", LASTING]),
        (AlarmKind.GUARDRAIL_INTERVENTIONS, limits.Interventions(), [RATE, LASTING]),
        (AlarmKind.THROTTLES, limits.Throttles(), ["| {0.count} a minute", LASTING]),
        (AlarmKind.LOAD_BALANCER_ERRORS, limits.LoadBalancerErrors(), ["| {0.count} responses", LASTING]),
        (AlarmKind.TOKEN_USE, limits.TokenUse(), ["more than {0.tokens:,} tokens in an hour"]),
        (
            AlarmKind.MEMORY_QUOTA,
            limits.MemoryQuota(),
            ["{0.percent:g} % of {0.calls_per_second:g} calls a second", LASTING],
        ),
        (AlarmKind.TRAFFIC_ANOMALY, limits.TrafficAnomaly(), ["outside {0.deviations:g} standard", LASTING]),
        (AlarmKind.TOOL_ERRORS, limits.ToolErrors(), [RATE, LASTING]),
        (AlarmKind.POLICY_DENIALS, limits.PolicyDenials(), [RATE, LASTING]),
    ],
)
def test_the_guide_tells_the_defaults(kind: AlarmKind, threshold: object, said: list[str]) -> None:
    (row,) = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| [{kind.value}]")]
    assert not [text for each in said if (text := each.format(threshold)) not in row], row
    assert row.endswith(f"| {kind.severity.value.lower()} |")
    if isinstance(threshold, limits.Latency):
        assert f"above {threshold.limit.to_seconds():g} s" in row


def test_the_guide_tells_what_an_agent_brings_and_costs() -> None:
    of = stack()
    monitor = AgentMonitoring(of, "Monitoring").monitor_agent(agent(of))
    made, guide = template(of), GUIDE.read_text(encoding="utf-8")
    filters, kinds = len(monitor.log_filters), len(monitor.alarms.by_name)
    assert f"{filters} metric filters, {kinds} alarms, 2 composite alarms" in guide
    metrics = [
        sum("MetricStat" in query for query in each["Properties"]["Metrics"])
        for key, each in resources(made, "AWS::CloudWatch::Alarm").items()
        if "TrafficAnomaly" not in key
    ]
    dollars = sum(metrics) * METRIC_PRICE + ANOMALY_PRICE + 2 * COMPOSITE_PRICE + filters * CUSTOM_METRIC_PRICE
    assert f"up to ${dollars:.2f}" in guide


def test_the_guide_lists_every_kind() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert not [kind.value for kind in AlarmKind if f"../runbooks/{kind.value}.md" not in guide]
