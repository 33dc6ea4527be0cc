"""Budgets: what counts, when who is told, and who may publish to the topic."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from constructs_lib.observability.cost_alerts import BudgetAlert, CostAnomalies, CostTag
from constructs_lib.observability.cost_budget import CostBudget
from constructs_lib.observability.monthly_cost import MonthlyCost
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, only, references, resources, stack, template, text

BUDGET, MONITOR, SUBSCRIPTION = "AWS::Budgets::Budget", "AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"
PROD = CostTag("environment", "prod")
EMAILS = ["finance@example.com", "owner@example.com"]
MONITOR_ARN = "arn:aws:ce::111122223333:anomalymonitor/0f1e2d3c"


def budget(of: cdk.Stack, **props: Any) -> CostBudget:
    return CostBudget(of, "Budget", **{"amount": MonthlyCost.usd(250), "anomalies": None, **props})


def properties(of: cdk.Stack, type: str = BUDGET) -> dict[str, Any]:
    return only(template(of), type)["Properties"]  # type: ignore[no-any-return]


def policy(of: cdk.Stack, service: str) -> dict[str, Any]:
    """What the topic's policy says of a service."""
    said = properties(of, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (found,) = [each for each in said if each["Principal"] == {"Service": service}]
    return found  # type: ignore[no-any-return]


def test_a_month_may_cost_the_amount() -> None:
    of = stack()
    budget(of)
    made = properties(of)["Budget"]
    assert made == {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 250, "Unit": "USD"}}


def test_the_costs_of_a_tag_can_be_those_that_count() -> None:
    of = stack()
    budget(of, tag=PROD)
    PROD.apply_to(of)
    assert properties(of)["Budget"]["CostFilters"] == {"TagKeyValue": ["user:environment$prod"]}
    assert {"Key": "environment", "Value": "prod"} in properties(of, "AWS::SNS::Topic")["Tags"]


def test_speaks_of_what_was_spent_and_of_what_will_be() -> None:
    of = stack()
    budget(of)
    said = [each["Notification"] for each in properties(of)["NotificationsWithSubscribers"]]
    assert [(each["NotificationType"], each["Threshold"]) for each in said] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert {(each["ComparisonOperator"], each["ThresholdType"]) for each in said} == {("GREATER_THAN", "PERCENTAGE")}


def test_alerts_can_be_others() -> None:
    of = stack()
    budget(of, alerts=[BudgetAlert.forecast(120.5)])
    (said,) = properties(of)["NotificationsWithSubscribers"]
    assert (said["Notification"]["NotificationType"], said["Notification"]["Threshold"]) == ("FORECASTED", 120.5)


class TestTopic:
    def test_is_its_own_and_encrypted_with_a_key_that_the_service_may_use(self) -> None:
        of = stack()
        made = budget(of)
        assert made.topic is not None
        for each in properties(of)["NotificationsWithSubscribers"]:
            (told,) = each["Subscribers"]
            assert told == {"SubscriptionType": "SNS", "Address": of.resolve(made.topic.topic_arn)}
        assert properties(of, "AWS::SNS::Topic")["KmsMasterKeyId"]
        key = properties(of, "AWS::KMS::Key")
        assert key["EnableKeyRotation"] is True
        (granted,) = [
            each for each in key["KeyPolicy"]["Statement"] if each["Principal"] == {"Service": "budgets.amazonaws.com"}
        ]
        assert granted["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
        assert "aws:SourceAccount" in text(granted["Condition"])

    def test_lets_budgets_of_this_account_publish_and_nobody_else(self) -> None:
        of = stack()
        budget(of)
        account = {"Ref": "AWS::AccountId"}
        said = policy(of, "budgets.amazonaws.com")
        assert (said["Effect"], said["Action"]) == ("Allow", "sns:Publish")
        assert said["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
        parts = ["arn:", {"Ref": "AWS::Partition"}, ":budgets::", account, ":*"]
        assert said["Condition"]["ArnLike"] == {"aws:SourceArn": {"Fn::Join": ["", parts]}}
        allowed = [
            each
            for each in properties(of, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
            if each["Effect"] == "Allow"
        ]
        assert allowed == [said]

    def test_is_ready_before_anything_is_told(self) -> None:
        of = stack()
        budget(of, anomalies=CostAnomalies.by_service())
        made = template(of)
        (ready,) = resources(made, "AWS::SNS::TopicPolicy")
        budgets, subscriptions = resources(made, BUDGET), resources(made, SUBSCRIPTION)
        assert (len(budgets), len(subscriptions)) == (1, 1)
        for telling in (*budgets, *subscriptions):
            assert ready in references(made, telling)

    def test_can_be_anothers(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        alarms = sns.Topic(of, "Alarms", master_key=key)
        made = budget(of, topic=alarms, anomalies=CostAnomalies.by_service())
        assert made.topic is alarms
        assert policy(of, "costalerts.amazonaws.com")["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }
        services = text(properties(of, "AWS::KMS::Key")["KeyPolicy"])
        assert "budgets.amazonaws.com" in services
        assert "costalerts.amazonaws.com" in services

    def test_can_be_an_imported_one(self) -> None:
        of = stack()
        imported = sns.Topic.from_topic_arn(of, "Alarms", "arn:aws:sns:us-east-1:111122223333:alarms")
        budget(of, topic=imported)
        assert "arn:aws:sns:us-east-1:111122223333:alarms" in text(properties(of))
        assert not resources(template(of), "AWS::SNS::TopicPolicy")

    def test_is_not_made_for_addresses(self) -> None:
        of = stack()
        made = budget(of, emails=EMAILS)
        assert made.topic is None
        assert {each["Type"] for each in template(of)["Resources"].values()} == {BUDGET}
        for each in properties(of)["NotificationsWithSubscribers"]:
            assert each["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": address} for address in EMAILS]


class TestAnomalies:
    def test_of_each_service_are_told_at_once(self) -> None:
        of = stack()
        made = budget(of, anomalies=CostAnomalies.by_service(minimum_dollars=40))
        monitor, subscription = properties(of, MONITOR), properties(of, SUBSCRIPTION)
        assert (monitor["MonitorType"], monitor["MonitorDimension"]) == ("DIMENSIONAL", "SERVICE")
        assert subscription["Frequency"] == "IMMEDIATE"
        assert subscription["MonitorArnList"] == [of.resolve(made.monitor_arn)]
        assert [each["Type"] for each in subscription["Subscribers"]] == ["SNS"]
        assert json.loads(subscription["ThresholdExpression"])["Dimensions"] == {
            "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": ["40"],
        }

    def test_of_a_tag(self) -> None:
        of = stack()
        budget(of, anomalies=CostAnomalies.of_tag(PROD))
        monitor = properties(of, MONITOR)
        assert monitor["MonitorType"] == "CUSTOM"
        assert "MonitorDimension" not in monitor
        assert json.loads(monitor["MonitorSpecification"]) == {
            "Tags": {"Key": "environment", "Values": ["prod"], "MatchOptions": ["EQUALS"]}
        }

    def test_of_a_monitor_that_is_there(self) -> None:
        of = stack()
        budget(of, anomalies=CostAnomalies.of_monitor(MONITOR_ARN))
        assert not resources(template(of), MONITOR)
        assert properties(of, SUBSCRIPTION)["MonitorArnList"] == [MONITOR_ARN]

    def test_are_told_to_addresses_once_a_day(self) -> None:
        of = stack()
        budget(of, anomalies=CostAnomalies.by_service(), emails=EMAILS)
        subscription = properties(of, SUBSCRIPTION)
        assert subscription["Frequency"] == "DAILY"
        assert subscription["Subscribers"] == [{"Type": "EMAIL", "Address": address} for address in EMAILS]

    def test_are_told_to_both(self) -> None:
        of = stack()
        topic = sns.Topic(of, "Alarms")
        budget(of, anomalies=CostAnomalies.by_service(), emails=EMAILS, topic=topic)
        told = {each["Properties"]["Frequency"] for each in resources(template(of), SUBSCRIPTION).values()}
        assert told == {"IMMEDIATE", "DAILY"}


def documented(platform: cdk.Stack, estimate: Path) -> None:
    """What docs/constructs/cost-budget.md shows."""
    # --8<-- [start:budget]
    environment = CostTag("environment", "prod")
    environment.apply_to(platform)
    CostBudget(
        platform,
        "Budget",
        amount=MonthlyCost.from_estimate(estimate),
        tag=environment,
        alerts=[BudgetAlert.actual(80), BudgetAlert.forecast(100)],
        anomalies=CostAnomalies.of_monitor("arn:aws:ce::111122223333:anomalymonitor/0f1e2d3c"),
        emails=["finance@example.com"],
    )
    # --8<-- [end:budget]


def test_the_documentations_code_works(tmp_path: Path) -> None:
    estimate = tmp_path / "cost.json"
    estimate.write_text(json.dumps({"currency": "USD", "total": {"low": 80, "expected": 120, "high": 200}}))
    of = stack()
    documented(of, estimate)
    assert properties(of)["Budget"]["BudgetLimit"]["Amount"] == 200


@pytest.mark.parametrize("emails", [[], EMAILS])
def test_has_no_findings(tmp_path: Path, emails: list[str]) -> None:
    app = app_in(tmp_path)
    of = stack(app=app)
    budget(of, anomalies=CostAnomalies.by_service(), tag=PROD, emails=emails)
    assert findings(app, tmp_path) == []
    assert complaints(template(of)) == []


class TestFails:
    def test_fails_for_no_alerts(self) -> None:
        with pytest.raises(ValueError, match="got no alerts; leave alerts= out"):
            budget(stack(), alerts=[])

    def test_fails_for_an_alert_twice(self) -> None:
        with pytest.raises(ValueError, match="alerts differ, got 'ACTUAL at 80 percent' twice"):
            budget(stack(), alerts=[BudgetAlert.actual(80), BudgetAlert.actual(80.0)])

    def test_fails_for_too_many_alerts(self) -> None:
        with pytest.raises(ValueError, match="at most 10 alerts, got 11"):
            budget(stack(), alerts=[BudgetAlert.actual(each) for each in range(10, 21)])

    @pytest.mark.parametrize("percentage", [0, -5, 2e9])
    def test_fails_for_no_percentage(self, percentage: float) -> None:
        with pytest.raises(ValueError, match=r"at 0\.1 percent or more, got"):
            BudgetAlert.actual(percentage)

    def test_fails_for_what_is_no_address(self) -> None:
        with pytest.raises(ValueError, match=r"addresses such as finance@example\.com, got 'finance'"):
            budget(stack(), emails=["finance"])

    def test_fails_for_too_many_addresses(self) -> None:
        with pytest.raises(ValueError, match="at most 10 emails, got 11"):
            budget(stack(), emails=[f"a{each}@example.com" for each in range(11)])

    def test_fails_for_a_key_without_a_topic_of_its_own(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="encryption_key= is for a topic of the budget's own"):
            budget(of, emails=EMAILS, encryption_key=kms.Key(of, "Key"))

    @pytest.mark.parametrize(
        ("key", "value"), [("", "prod"), ("aws:stage", "prod"), ("stage", "x" * 257), ("a$b", "c")]
    )
    def test_fails_for_no_tag(self, key: str, value: str) -> None:
        with pytest.raises(ValueError, match="a cost allocation tag has a key and a value"):
            CostTag(key, value)

    def test_fails_for_no_impact(self) -> None:
        with pytest.raises(ValueError, match="more than 0 US dollars on, got 0"):
            CostAnomalies.by_service(minimum_dollars=0)

    def test_fails_for_no_monitor(self) -> None:
        with pytest.raises(ValueError, match="anomalymonitor/ID, got 'Default-Services-Monitor'"):
            CostAnomalies.of_monitor("Default-Services-Monitor")
