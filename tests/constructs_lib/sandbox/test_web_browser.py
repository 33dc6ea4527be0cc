from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib.sandbox import WebBrowser
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.roundtrips import counted
from tests.constructs_lib.sandbox.support import (
    MORE_ZONES,
    ZONES_BY_NAME,
    Make,
    create_only,
    granted,
    grantee,
    name_and_rest,
    network,
    other_bucket,
)
from tests.constructs_lib.support import (
    actions,
    app_in,
    cycle,
    only,
    references,
    resources,
    stack,
    statements,
    template,
    text,
)

TYPE = "AWS::BedrockAgentCore::BrowserCustom"
BUCKET = "AWS::S3::Bucket"
MAX_ROUND_TRIPS = 63


def browser(of: cdk.Stack, **props: Any) -> WebBrowser:
    return WebBrowser(of, "Web", **props)


def properties(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), TYPE)["Properties"]
    return found


def buckets(of: cdk.Stack) -> dict[str, dict[str, Any]]:
    """Properties of the own buckets, by the start of their logical ids."""
    found = resources(template(of), BUCKET)
    return {
        name: next(each["Properties"] for key, each in found.items() if key.startswith(f"Web{name}"))
        for name in ("RecordingAccessLogs", "Recordings")
    }


def denied(of: cdk.Stack) -> list[dict[str, Any]]:
    policies = resources(template(of), "AWS::S3::BucketPolicy").values()
    found = [each["Properties"]["PolicyDocument"]["Statement"] for each in policies]
    return [statement for each in found for statement in each if statement["Effect"] == "Deny"]


class TestDefaults:
    def test_browses_the_public_web(self) -> None:
        of = stack()
        browser(of)
        assert properties(of)["NetworkConfiguration"] == {"NetworkMode": "PUBLIC"}
        assert properties(of)["BrowserSigning"] == {"Enabled": False}

    def test_records_into_a_bucket_of_its_own(self) -> None:
        of = stack()
        made = browser(of)
        assert made.recording_bucket is not None
        assert properties(of)["RecordingConfig"] == {
            "Enabled": True,
            "S3Location": {"Bucket": of.resolve(made.recording_bucket.bucket_name), "Prefix": "Test_Web"},
        }

    def test_buckets_are_private_encrypted_and_emptied(self) -> None:
        of = stack()
        browser(of)
        for bucket in buckets(of).values():
            assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
            assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            (rule,) = bucket["LifecycleConfiguration"]["Rules"]
            assert rule["ExpirationInDays"] == 90
            assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
        (encryption,) = buckets(of)["Recordings"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}

    def test_nobody_comes_without_tls(self) -> None:
        of = stack()
        browser(of)
        conditions = [text(each["Condition"]) for each in denied(of)]
        assert len(conditions) == 4
        assert sum("aws:SecureTransport" in each for each in conditions) == 2
        assert sum('"s3:TlsVersion": 1.2' in each for each in conditions) == 2

    def test_who_reads_recordings_is_logged(self) -> None:
        of = stack()
        browser(of)
        (logs_id,) = (key for key in resources(template(of), BUCKET) if key.startswith("WebRecordingAccessLogs"))
        assert buckets(of)["Recordings"]["LoggingConfiguration"] == {"DestinationBucketName": {"Ref": logs_id}}
        (recordings_id,) = (key for key in resources(template(of), BUCKET) if key.startswith("WebRecordings"))
        policies = resources(template(of), "AWS::S3::BucketPolicy").values()
        (allowed,) = (
            statement
            for each in policies
            for statement in each["Properties"]["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        )
        assert allowed["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert allowed["Condition"]["ArnLike"] == {"aws:SourceArn": {"Fn::GetAtt": [recordings_id, "Arn"]}}

    def test_recordings_and_logs_outlive_the_stack(self) -> None:
        of = stack()
        browser(of)
        kept = [*resources(template(of), BUCKET).values(), only(template(of), "AWS::Logs::LogGroup")]
        assert {each["DeletionPolicy"] for each in kept} == {"Retain"}

    def test_its_role_may_write_recordings_of_this_browser_and_nothing_else(self) -> None:
        of = stack()
        made = browser(of)
        assert made.recording_bucket is not None
        (statement,) = statements(template(of), "WebRecording")
        assert actions([statement]) == {"s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"}
        assert statement["Resource"] == of.resolve(made.recording_bucket.arn_for_objects("Test_Web/*"))
        assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
        assert not resources(template(of), "AWS::IAM::Policy")

    def test_its_role_is_for_this_browser_of_this_account(self) -> None:
        of = stack()
        browser(of)
        (trust,) = only(template(of), "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert ":browser-custom/Test_Web_????????-*" in text(trust["Condition"]["ArnLike"])

    def test_waits_for_the_right_to_record(self) -> None:
        of = stack()
        browser(of)
        (logical_id,) = resources(template(of), TYPE)
        assert any(each.startswith("WebRecording") for each in only(template(of), TYPE)["DependsOn"])
        assert references(template(of), logical_id)

    def test_delivers_logs_and_traces(self) -> None:
        of = stack()
        browser(of)
        sources = resources(template(of), "AWS::Logs::DeliverySource").values()
        # Browsers have no application logs.
        assert {each["Properties"]["LogType"] for each in sources} == {"USAGE_LOGS", "TRACES"}


class TestOptions:
    def test_a_private_network(self) -> None:
        of = stack()
        browser(of, network=network(of))
        configuration = properties(of)["NetworkConfiguration"]
        assert configuration["NetworkMode"] == "VPC"
        assert len(configuration["VpcConfig"]["Subnets"]) == 2

    def test_a_key_encrypts_recordings_and_logs(self) -> None:
        of = stack()
        key = kms.Key(of, "Key")
        browser(of, encryption_key=key)
        (encryption,) = buckets(of)["Recordings"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == of.resolve(key.key_arn)
        assert only(template(of), "AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == of.resolve(key.key_arn)
        by_key = statements(template(of), "WebRecording")[1]
        assert actions([by_key]) == {"kms:Decrypt", "kms:GenerateDataKey"}
        assert by_key["Resource"] == of.resolve(key.key_arn)
        assert by_key["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}

    def test_recordings_kept_for_longer(self) -> None:
        of = stack()
        browser(of, recording_retention=Duration.days(400))
        assert buckets(of)["Recordings"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 400

    def test_a_bucket_of_yours(self) -> None:
        of = stack()
        browser(of, recording_bucket=other_bucket(of))
        assert not resources(template(of), BUCKET)
        assert properties(of)["RecordingConfig"]["S3Location"] == {"Bucket": "evidence", "Prefix": "Test_Web"}
        assert ":s3:::evidence/Test_Web/*" in text(statements(template(of), "WebRecording")[0]["Resource"])

    def test_no_recording_needs_no_bucket_and_no_right(self) -> None:
        of = stack()
        made = browser(of, recording=False)
        assert made.recording_bucket is None
        assert properties(of)["RecordingConfig"] == {"Enabled": False}
        assert not resources(template(of), BUCKET)
        assert not resources(template(of), "AWS::IAM::ManagedPolicy")

    def test_signed_requests(self) -> None:
        of = stack()
        browser(of, signing=True)
        assert properties(of)["BrowserSigning"] == {"Enabled": True}

    def test_metrics_are_those_of_the_browser(self) -> None:
        of = stack()
        made = browser(of)
        for metric, name in (
            (made.metric_invocations("StartBrowserSession"), "Invocations"),
            (made.metric_latency("StartBrowserSession"), "Latency"),
            (made.metric_throttles("StartBrowserSession"), "Throttles"),
            (made.metric_user_errors("StartBrowserSession"), "UserErrors"),
            (made.metric_system_errors("StartBrowserSession"), "SystemErrors"),
            (made.metric_session_duration(), "Duration"),
        ):
            assert (metric.namespace, metric.metric_name) == ("AWS/Bedrock-AgentCore", name)
            assert metric.dimensions is not None
            assert of.resolve(metric.dimensions["Resource"]) == of.resolve(made.browser_arn)


VARIANTS: dict[str, Make] = {
    "default": browser,
    "described": lambda of: browser(of, description="Reads prices"),
    "signing": lambda of: browser(of, signing=True),
    "unrecorded": lambda of: browser(of, recording=False),
    "a bucket of yours": lambda of: browser(of, recording_bucket=other_bucket(of)),
    "another bucket of yours": lambda of: browser(of, recording_bucket=other_bucket(of, "proof")),
    "private": lambda of: browser(of, network=network(of)),
    "private, more zones": lambda of: browser(of, network=network(of, zones=MORE_ZONES)),
    "private, other addresses": lambda of: browser(of, network=network(of, cidr="10.1.0.0/20")),
}
UNCHANGED: dict[str, Make] = {
    "again": browser,
    "logs": lambda of: browser(of, tracing=False, log_retention=logs.RetentionDays.ONE_YEAR),
    "kept for longer": lambda of: browser(of, recording_retention=Duration.days(400)),
    "key": lambda of: browser(of, encryption_key=kms.Key(of, "Key")),
    "kept otherwise": lambda of: browser(of, removal_policy=RemovalPolicy.DESTROY),
}


class TestName:
    def test_everything_it_can_be_told_is_create_only(self) -> None:
        """The variants set each of these, but for certificates and policies, which the construct does not offer."""
        offered = {
            "Name",
            "Description",
            "NetworkConfiguration",
            "RecordingConfig",
            "BrowserSigning",
            "ExecutionRoleArn",
        }
        assert create_only(TYPE) == offered | {"Certificates", "EnterprisePolicies"}

    def test_a_changed_property_changes_it(self) -> None:
        made = [name_and_rest(make, TYPE) for make in VARIANTS.values()]
        assert len({rest for _, rest in made}) == len(VARIANTS)
        assert len({name for name, _ in made}) == len(VARIANTS)

    @pytest.mark.parametrize("make", UNCHANGED.values(), ids=UNCHANGED)
    def test_what_replaces_nothing_does_not_change_it(self, make: Make) -> None:
        assert name_and_rest(make, TYPE) == name_and_rest(browser, TYPE)

    def test_buckets_of_other_stacks_are_told_apart(self) -> None:
        names = set()
        for other in ("One", "Two"):
            app = cdk.App(analytics_reporting=False)
            bucket = s3.Bucket(stack(other, app=app), "Evidence")
            names.add(browser(stack(app=app), recording_bucket=bucket).browser_name)
        assert len(names) == 2

    def test_how_a_named_bucket_is_imported_does_not_change_it(self) -> None:
        names = set()
        for imported in ("Evidence", "Proof"):
            of = stack()
            names.add(browser(of, recording_bucket=s3.Bucket.from_bucket_name(of, imported, "evidence")).browser_name)
        assert len(names) == 1


class TestGrants:
    @pytest.mark.parametrize(
        ("grant", "expected"),
        [
            ("grant_use", {"StartBrowserSession", "ConnectBrowserAutomationStream", "StopBrowserSession"}),
            ("grant_watch", {"GetBrowserSession", "ConnectBrowserLiveViewStream"}),
            ("grant_take_over", {"GetBrowserSession", "ConnectBrowserLiveViewStream", "UpdateBrowserStream"}),
        ],
    )
    def test_are_on_this_browser_only(self, grant: str, expected: set[str]) -> None:
        of = stack()
        made = browser(of)
        getattr(made, grant)(grantee(of))
        assert actions([granted(of)]) == {f"bedrock-agentcore:{action}" for action in expected}
        assert granted(of)["Resource"] == of.resolve(made.browser_arn)

    def test_the_browser_may_do_what_it_was_granted(self) -> None:
        of = stack()
        s3.Bucket(of, "Extensions").grant_read(browser(of))
        assert actions(statements(template(of), "WebGrants")) >= {"s3:GetObject*"}
        assert cycle(template(of)) == []


class TestFindings:
    def test_none_in_any_pack(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        browser(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        assert findings(app, tmp_path) == []

    def test_none_with_a_bucket_of_yours_that_has_none(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        key = kms.Key(of, "Key", enable_key_rotation=True)
        browser(of, recording_bucket=other_bucket(of), encryption_key=key)
        assert findings(app, tmp_path) == []

    @pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)
    def test_cfn_lint_has_no_complaints(self, make: Make) -> None:
        of = stack()
        make(of)
        assert complaints(template(of), ignore=ZONES_BY_NAME) == []


def test_few_messages_to_the_jsii_kernel() -> None:
    of = stack()
    browser(of)
    with counted() as sent:
        WebBrowser(of, "Second")
    assert len(sent) <= MAX_ROUND_TRIPS, len(sent)


class TestFails:
    @pytest.mark.parametrize("said", [{"recording_retention": Duration.days(1)}, {"recording_bucket": "evidence"}])
    def test_fails_for_recordings_that_are_not_made(self, said: dict[str, Any]) -> None:
        of = stack()
        if "recording_bucket" in said:
            said = {"recording_bucket": other_bucket(of)}
        with pytest.raises(ValueError, match="recording=False records nothing, got"):
            browser(of, recording=False, **said)

    def test_fails_for_a_retention_of_a_bucket_of_yours(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="recording_bucket='Test/evidence' as well; give that bucket a lifecycle"):
            browser(of, recording_bucket=other_bucket(of), recording_retention=Duration.days(30))

    @pytest.mark.parametrize("retention", [Duration.hours(1), Duration.hours(36), Duration.days(0)])
    def test_fails_for_a_retention_that_is_no_number_of_days(self, retention: Duration) -> None:
        with pytest.raises(ValueError, match="kept for whole days, at least one, got"):
            browser(stack(), recording_retention=retention)

    def test_fails_for_a_description_the_service_refuses(self) -> None:
        with pytest.raises(ValueError, match="1 to 4096 characters, got 4097"):
            browser(stack(), description="x" * 4_097)
