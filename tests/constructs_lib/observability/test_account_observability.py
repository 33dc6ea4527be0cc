"""AccountObservability in templates: one in an account and Region, exact permissions, never deleted."""

import json
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib.observability.account_observability import RESOURCE_TYPE, RETENTION_DAYS, AccountObservability
from constructs_lib.observability.data_identifiers import ManagedDataIdentifier
from constructs_lib.observability.log_masking import LogMasking
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import actions, app_in, only, resources, stack, statements, template, text


def placed(app: cdk.App, name: str, account: str | None, region: str | None) -> cdk.Stack:
    return cdk.Stack(app, name, env=cdk.Environment(account=account, region=region))


def test_is_one_custom_resource_that_outlives_its_stack() -> None:
    of = stack()
    AccountObservability(of, "Observability")
    made = only(template(of), RESOURCE_TYPE)
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert {each["Type"] for each in template(of)["Resources"].values()} == {
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        RESOURCE_TYPE,
    }


def test_says_only_what_was_said() -> None:
    of = stack()
    AccountObservability(of, "Observability")
    assert set(only(template(of), RESOURCE_TYPE)["Properties"]) == {
        "LogsStatement",
        "PolicyName",
        "ServiceTimeout",
        "ServiceToken",
        "TracesStatement",
    }


def test_everything_can_be_said() -> None:
    of = stack()
    key = kms.Key(of, "Key")
    AccountObservability(
        of,
        "Observability",
        indexing_percentage=2.5,
        spans_retention=logs.RetentionDays.TWO_WEEKS,
        spans_masking=LogMasking([ManagedDataIdentifier.EMAIL_ADDRESS]),
        encryption_key=key,
    )
    said = only(template(of), RESOURCE_TYPE)["Properties"]
    assert (said["IndexingPercentage"], said["RetentionDays"]) == (2.5, 14)
    assert said["KeyArn"] == of.resolve(key.key_arn)
    assert "data-identifier/EmailAddress" in text(said["Masking"])
    assert "kms:EncryptionContext:aws:logs:arn" in text(only(template(of), "AWS::KMS::Key"))


def test_the_function_may_do_what_it_does_and_no_more() -> None:
    of = stack()
    AccountObservability(of, "Observability")
    granted = statements(template(of), "ObservabilitySettingsPolicy")
    assert actions(granted) == {
        "application-signals:StartDiscovery",
        "cloudtrail:CreateServiceLinkedChannel",
        "iam:CreateServiceLinkedRole",
        "iam:GetRole",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:PutLogEvents",
        "logs:PutResourcePolicy",
        "logs:PutRetentionPolicy",
        "xray:GetIndexingRules",
        "xray:GetTraceSegmentDestination",
        "xray:ListResourcePolicies",
        "xray:PutResourcePolicy",
        "xray:UpdateIndexingRule",
        "xray:UpdateTraceSegmentDestination",
    }
    everywhere = actions([each for each in granted if each["Resource"] == "*"])
    assert not {each for each in everywhere if "Delete" in each or each.startswith(("iam", "kms"))}


def test_the_function_may_mask_and_encrypt_if_it_shall() -> None:
    of = stack()
    key = kms.Key(of, "Key")
    masking = LogMasking([ManagedDataIdentifier.EMAIL_ADDRESS])
    AccountObservability(of, "Observability", spans_masking=masking, encryption_key=key)
    granted = statements(template(of), "ObservabilitySettingsPolicy")
    assert actions(granted) >= {
        "kms:DescribeKey",
        "logs:AssociateKmsKey",
        "logs:GetDataProtectionPolicy",
        "logs:PutDataProtectionPolicy",
    }
    assert "logs:CreateLogDelivery" not in actions(granted)


def test_the_function_may_have_findings_delivered_if_it_shall() -> None:
    of = stack()
    masking = LogMasking([ManagedDataIdentifier.EMAIL_ADDRESS], findings=logs.LogGroup(of, "Findings"))
    AccountObservability(of, "Observability", spans_masking=masking)
    granted = statements(template(of), "ObservabilitySettingsPolicy")
    assert "logs:CreateLogDelivery" in actions([each for each in granted if each["Resource"] == "*"])


def test_xray_is_written_to_for_this_accounts_agentcore_only() -> None:
    app = cdk.App(analytics_reporting=False)
    of = placed(app, "Account", "111122223333", "eu-central-1")
    AccountObservability(of, "Observability")
    said = only(template(of), RESOURCE_TYPE)["Properties"]["TracesStatement"]
    statement = json.loads("".join(part if isinstance(part, str) else "aws" for part in said["Fn::Join"][1]))
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-central-1:111122223333:delivery-source:*"},
        "ForAllValues:ArnLike": {
            "logs:LogGeneratingResourceArns": ["arn:aws:bedrock-agentcore:eu-central-1:111122223333:*"]
        },
    }


def test_retentions_are_the_services_days() -> None:
    of = stack()
    for retention in RETENTION_DAYS:
        logs.LogGroup(of, retention.name, retention=retention)
    rendered = {key: each["Properties"]["RetentionInDays"] for key, each in template(of)["Resources"].items()}
    for retention, days in RETENTION_DAYS.items():
        assert [found for key, found in rendered.items() if key[:-8] == retention.name.replace("_", "")] == [days]


def test_the_actions_the_function_calls_exist() -> None:
    # The fakes of the function's tests have these names; the SDK has them, too.
    xray, cloudwatch_logs = (boto3.client(name, region_name="us-east-1") for name in ("xray", "logs"))
    for client, names in (
        (xray, ("update_trace_segment_destination", "get_indexing_rules", "update_indexing_rule")),
        (xray, ("list_resource_policies", "put_resource_policy", "get_trace_segment_destination")),
        (cloudwatch_logs, ("describe_resource_policies", "put_resource_policy", "put_data_protection_policy")),
        (cloudwatch_logs, ("put_retention_policy", "associate_kms_key", "describe_log_groups")),
        (cloudwatch_logs, ("get_data_protection_policy",)),
    ):
        assert all(hasattr(client, name) for name in names)
    assert xray.exceptions.PolicyCountLimitExceededException
    assert xray.exceptions.InvalidRequestException
    assert cloudwatch_logs.exceptions.LimitExceededException
    assert cloudwatch_logs.exceptions.ResourceNotFoundException
    assert cloudwatch_logs.exceptions.ClientError


@pytest.mark.parametrize("known", [True, False])
def test_has_no_findings(tmp_path: Path, known: bool) -> None:
    app = app_in(tmp_path)
    of = placed(app, "Account", "111122223333" if known else None, "us-east-1" if known else None)
    key = kms.Key(of, "Key", enable_key_rotation=True)
    masking = LogMasking([ManagedDataIdentifier.EMAIL_ADDRESS])
    AccountObservability(of, "Observability", encryption_key=key, spans_masking=masking)
    assert findings(app, tmp_path) == []
    assert complaints(template(of)) == []


def documented(app: cdk.App) -> cdk.Stack:
    """What docs/constructs/account-observability.md shows."""
    # --8<-- [start:account]
    account = cdk.Stack(app, "Account", env=cdk.Environment(account="111122223333", region="us-east-1"))
    AccountObservability(account, "Observability", indexing_percentage=1, spans_retention=logs.RetentionDays.ONE_MONTH)
    # --8<-- [end:account]
    return account


def test_the_documentations_code_works() -> None:
    said = only(template(documented(cdk.App(analytics_reporting=False))), RESOURCE_TYPE)["Properties"]
    assert (said["IndexingPercentage"], said["RetentionDays"]) == (1, 30)


class TestOnlyOne:
    def test_fails_for_a_second_one_in_an_account_and_region(self) -> None:
        app = cdk.App(analytics_reporting=False)
        AccountObservability(placed(app, "One", "111122223333", "us-east-1"), "Observability")
        with pytest.raises(
            ValueError, match="account 111122223333 and Region us-east-1, got 'Two/Observability' besides"
        ):
            AccountObservability(placed(app, "Two", "111122223333", "us-east-1"), "Observability")

    def test_fails_for_a_second_one_where_the_account_is_not_known(self) -> None:
        app = cdk.App(analytics_reporting=False)
        AccountObservability(placed(app, "One", None, None), "Observability")
        with pytest.raises(ValueError, match="got 'Two/Observability' besides 'One/Observability'; keep one"):
            AccountObservability(placed(app, "Two", None, None), "Observability")

    def test_other_accounts_regions_stages_and_apps_have_their_own(self) -> None:
        app = cdk.App(analytics_reporting=False)
        places = [("111122223333", "us-east-1"), ("111122223333", "eu-west-1"), ("444455556666", "us-east-1")]
        homes = [placed(app, f"Stack{number}", *place) for number, place in enumerate(places)]
        homes += [cdk.Stack(cdk.Stage(app, name), "Account") for name in ("Dev", "Prod")]
        homes += [placed(cdk.App(analytics_reporting=False), "One", "111122223333", "us-east-1")]
        for home in homes:
            AccountObservability(home, "Observability")
        assert [len(resources(template(home), RESOURCE_TYPE)) for home in homes] == [1] * 6


class TestFails:
    @pytest.mark.parametrize("percentage", [-1, 100.5])
    def test_fails_for_no_percentage(self, percentage: float) -> None:
        with pytest.raises(ValueError, match=f"share of 0 to 100, got {percentage:g}"):
            AccountObservability(stack(), "Observability", indexing_percentage=percentage)

    def test_fails_for_spans_without_end(self) -> None:
        with pytest.raises(ValueError, match=r"got RetentionDays\.INFINITE"):
            AccountObservability(stack(), "Observability", spans_retention=logs.RetentionDays.INFINITE)
