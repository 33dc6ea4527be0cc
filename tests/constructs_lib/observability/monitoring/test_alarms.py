import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib.observability.monitoring import (
    AgentMonitoring,
    AgentThresholds,
    AlarmKind,
    AlarmTopics,
    ErrorRate,
    Evaluation,
    Latency,
    MemoryThresholds,
    Severity,
    TokenUse,
)
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.observability.monitoring.support import (
    ENVIRONMENT,
    Things,
    alarm,
    alarms,
    text_of,
    watch_all,
    watched,
)
from tests.constructs_lib.support import agent, app_in, only, resources, stack, template

RUNBOOKS = Path(__file__).parents[4] / "docs" / "runbooks"


@pytest.fixture(scope="module")
def made() -> Mapping[str, Any]:
    return watched().template


def watch(thresholds: AgentThresholds | None = None, **props: Any) -> Mapping[str, Any]:
    of = stack()
    AgentMonitoring(of, "Monitoring").monitor_agent(agent(of), thresholds=thresholds, **props)
    return template(of)


@pytest.mark.parametrize(
    ("parts", "threshold", "breaching", "of", "period"),
    [
        (("Assistant", "RuntimeDown"), 3, 2, 3, 60),
        (("Assistant", "ErrorRate"), 5, 2, 3, 60),
        (("Assistant", "AuthenticationFailures"), 10, 2, 3, 60),
        (("Assistant", "Latency"), 10_000, 3, 3, 60),
        (("Assistant", "Throttles"), 3, 2, 3, 60),
        (("Assistant", "TokenUse"), 2_000_000, 1, 1, 3600),
        (("Memory", "MemoryUnavailable"), 3, 2, 3, 60),
        (("Memory", "MemoryQuota"), 80, 3, 3, 60),
        (("Guardrail", "Interventions"), 10, 2, 3, 60),
        (("Users", "AuthenticationFailures"), 10, 2, 3, 60),
        (("Chat", "LoadBalancerErrors"), 5, 2, 3, 60),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, tuple) else str(each),
)
def test_defaults(
    made: Mapping[str, Any], parts: tuple[str, ...], threshold: float, breaching: int, of: int, period: int
) -> None:
    found = alarm(made, *parts)
    assert (found["Threshold"], found["DatapointsToAlarm"], found["EvaluationPeriods"]) == (threshold, breaching, of)
    assert found["TreatMissingData"] == "notBreaching"
    periods = {query["MetricStat"]["Period"] for query in found["Metrics"] if "MetricStat" in query}
    assert periods == {period}


def test_latency_is_judged_by_the_95th_percentile(made: Mapping[str, Any]) -> None:
    stats = {
        query["Id"]: query["MetricStat"]["Stat"]
        for query in alarm(made, "Assistant", "Latency")["Metrics"]
        if "MetricStat" in query
    }
    assert stats["time"] == "p95"


def test_traffic_is_compared_with_what_is_usual(made: Mapping[str, Any]) -> None:
    found = alarm(made, "Assistant", "TrafficAnomaly")
    assert found["ComparisonOperator"] == "LessThanLowerOrGreaterThanUpperThreshold"
    (band,) = [query["Expression"] for query in found["Metrics"] if "Expression" in query]
    assert band.startswith("ANOMALY_DETECTION_BAND(")


def test_thresholds_are_taken() -> None:
    made = watch(
        AgentThresholds(
            errors=ErrorRate(percent=1, samples=50, evaluation=Evaluation(5, 6)),
            latency=Latency(limit=cdk.Duration.seconds(3), percentile=99),
            tokens=TokenUse(tokens=10),
        )
    )
    errors = alarm(made, "ErrorRate")
    assert (errors["Threshold"], errors["DatapointsToAlarm"], errors["EvaluationPeriods"]) == (1, 5, 6)
    assert ">= 50" in json.dumps(errors["Metrics"])
    slow = alarm(made, "Latency")
    assert slow["Threshold"] == 3_000
    assert "p99" in json.dumps(slow["Metrics"])
    assert "1 % of the answers take longer than 3 s" in slow["AlarmDescription"]
    assert alarm(made, "TokenUse")["Threshold"] == 10


def test_an_alarm_can_be_left_out() -> None:
    made = watch(AgentThresholds(down=None, errors=None, authentication=None, latency=None, traffic=None))
    assert sorted(key.split("Agent")[-1][:6] for key in alarms(made)) == ["Thrott", "TokenU"]
    assert len(resources(made, "AWS::CloudWatch::CompositeAlarm")) == 1


def test_no_alarm_at_all() -> None:
    of = stack()
    things = Things(cdk.App(analytics_reporting=False))
    monitoring = AgentMonitoring(of, "Monitoring")
    monitor = monitoring.monitor_memory(things.memory, thresholds=MemoryThresholds(unavailable=None, quota=None))
    assert (monitor.critical, monitor.warning) == (None, None)


def test_an_agent_without_our_log_lines_is_watched_by_what_the_runtime_sees() -> None:
    made = watch(counts_lines=False)
    assert not resources(made, "AWS::Logs::MetricFilter")
    assert not resources(made, "AWS::Logs::QueryDefinition")
    namespaces = {
        query["MetricStat"]["Metric"]["Namespace"]
        for each in alarms(made).values()
        for query in each.get("Metrics", [])
        if "MetricStat" in query
    }
    assert namespaces == {"AWS/Bedrock-AgentCore"}
    assert not [key for key in alarms(made) if "TokenUse" in key]


def test_another_endpoint() -> None:
    of = stack()
    watched_agent = agent(of, endpoints={"live": None})
    AgentMonitoring(of, "Monitoring").monitor_agent(watched_agent, endpoint="live")
    made = template(of)
    assert "::live" in json.dumps(alarm(made, "ErrorRate")["Metrics"])
    assert "::DEFAULT" not in json.dumps(resources(made, "AWS::CloudWatch::Alarm"))
    filters = resources(made, "AWS::Logs::MetricFilter").values()
    assert all("liveOutputLogGroup" in json.dumps(each["Properties"]["LogGroupName"]) for each in filters)


def test_only_composite_alarms_act(made: Mapping[str, Any]) -> None:
    assert not [key for key, each in alarms(made).items() if each.get("AlarmActions") or each.get("OKActions")]
    for key, composite in resources(made, "AWS::CloudWatch::CompositeAlarm").items():
        topic = "TopicsCritical" if "Critical" in key else "TopicsWarning"
        for actions in ("AlarmActions", "OKActions"):
            assert topic in json.dumps(composite["Properties"][actions]), key


def test_every_alarm_is_in_the_composite_of_its_severity(made: Mapping[str, Any]) -> None:
    rules = {
        key: text_of(each["Properties"]["AlarmRule"])
        for key, each in resources(made, "AWS::CloudWatch::CompositeAlarm").items()
    }
    for key in alarms(made):
        kind = next(
            kind
            for kind in AlarmKind
            if f"{kind.id}" in key and f"/{kind.value}" in alarms(made)[key]["AlarmDescription"]
        )
        naming = [name for name, rule in rules.items() if f"'{key}'" in rule]
        assert len(naming) == 1, key
        assert kind.severity.value in naming[0]


def test_warnings_are_held_back_while_something_critical_is_wrong(made: Mapping[str, Any]) -> None:
    warning = next(
        each["Properties"]
        for key, each in resources(made, "AWS::CloudWatch::CompositeAlarm").items()
        if "AssistantWarning" in key
    )
    assert "AssistantCritical" in json.dumps(warning["ActionsSuppressor"])
    assert (warning["ActionsSuppressorWaitPeriod"], warning["ActionsSuppressorExtensionPeriod"]) == (120, 120)


def test_severities() -> None:
    critical = {kind.value for kind in AlarmKind if kind.severity is Severity.CRITICAL}
    assert critical == {
        "runtime-down",
        "error-rate",
        "authentication-failures",
        "memory-unavailable",
        "front-end-down",
    }


def test_descriptions_end_in_a_runbook_that_exists(made: Mapping[str, Any]) -> None:
    for found in alarms(made).values():
        address = found["AlarmDescription"].split()[-1]
        assert address.startswith("https://")
        assert (RUNBOOKS / f"{address.rpartition('/')[2]}.md").is_file(), address


def test_every_kind_has_a_runbook_and_every_runbook_a_kind() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"index"} == {kind.value for kind in AlarmKind}


def test_runbooks_of_ones_own() -> None:
    of = stack()
    AgentMonitoring(of, "Monitoring", runbooks="https://wiki.example.com/agents/").monitor_agent(agent(of))
    description = alarm(template(of), "RuntimeDown")["AlarmDescription"]
    assert description.endswith("Runbook: https://wiki.example.com/agents/runtime-down")


def test_topics_take_messages_of_this_accounts_alarms_only(made: Mapping[str, Any]) -> None:
    for policy in resources(made, "AWS::SNS::TopicPolicy").values():
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
        assert allowed["Action"] == "sns:Publish"
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert set(allowed["Condition"]) == {"StringEquals", "ArnLike"}
        (denied,) = [each for each in statements if each["Effect"] == "Deny"]
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    for topic in resources(made, "AWS::SNS::Topic").values():
        assert topic["Properties"]["KmsMasterKeyId"]
    (statement,) = [
        each
        for each in only(made, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
        if each.get("Sid") == "AlarmsOfThisAccount"
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_topics_and_their_key_can_be_shared() -> None:
    of = stack()
    key = kms.Key(of, "Key")
    topics = AlarmTopics(of, "Topics", encryption_key=key)
    first, second = (AgentMonitoring(of, name, topics=topics) for name in ("First", "Second"))
    first.monitor_agent(agent(of, "One"))
    second.monitor_agent(agent(of, "Two"))
    made = template(of)
    assert len(resources(made, "AWS::SNS::Topic")) == 2
    assert len(resources(made, "AWS::KMS::Key")) == 1
    assert first.topics is second.topics


def test_alarms_are_at_hand() -> None:
    monitors = watched().monitoring.monitors
    assert set(monitors) >= {"Assistant", "Memory", "Gateway", "PolicyEngine", "Guardrail", "Users", "Chat"}
    assistant = monitors["Assistant"]
    assert len(assistant.alarms.of_kind(AlarmKind.ERROR_RATE)) == 1
    assert assistant.alarms.by_name["error-rate"] in assistant.alarms.of_kind(AlarmKind.ERROR_RATE)
    assert set(monitors["Users"].alarms.by_name) == {"authentication-failures-Web", "throttles-Web"}
    assert set(assistant.log_filters) > {"EndedRequests", "FailedRequests"}


def test_alarms_can_be_made_in_another_stack() -> None:
    app = cdk.App(analytics_reporting=False)
    home, elsewhere, boards = (cdk.Stack(app, name, env=ENVIRONMENT) for name in ("Home", "Elsewhere", "Boards"))
    topics = AlarmTopics(home, "Topics")
    AgentMonitoring(boards, "Monitoring", topics=topics).monitor_agent(agent(home), scope=elsewhere)
    assert not alarms(template(boards))
    assert len(alarms(template(elsewhere))) == 7


def test_fails_for_an_unknown_endpoint() -> None:
    of = stack()
    with pytest.raises(ValueError, match="has the endpoints DEFAULT, got 'live'"):
        AgentMonitoring(of, "Monitoring").monitor_agent(agent(of), endpoint="live")


def test_fails_if_two_have_one_label() -> None:
    of = stack()
    monitoring = AgentMonitoring(of, "Monitoring")
    monitoring.monitor_agent(agent(of, "One"))
    with pytest.raises(ValueError, match="watched as 'One' already; pass another name as label="):
        monitoring.monitor_agent(agent(of, "Two"), label="One")


def test_fails_for_runbooks_without_an_address() -> None:
    with pytest.raises(ValueError, match="runbooks= is an https address that names are added to, got 'docs/'"):
        AgentMonitoring(stack(), "Monitoring", runbooks="docs/")


def test_nothing_is_left_to_say(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    things = Things(app)
    of = cdk.Stack(app, "Watch", env=ENVIRONMENT)
    watch_all(things, AgentMonitoring(of, "Monitoring"))
    found = [each for each in findings(app, tmp_path) if each.construct.startswith("Watch")]
    assert found == []
    assert not complaints(json.loads((tmp_path / "Watch.template.json").read_text()))
