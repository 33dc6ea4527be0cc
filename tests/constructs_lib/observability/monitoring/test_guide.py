"""The code of docs/constructs/agent-monitoring.md."""

from pathlib import Path

import aws_cdk as cdk
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
from tests.constructs_lib.observability.monitoring.support import ENVIRONMENT, Things, alarm
from tests.constructs_lib.support import agent, resources, stack, template

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


def test_the_guide_lists_every_kind() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert not [kind.value for kind in AlarmKind if f"../runbooks/{kind.value}.md" not in guide]
