"""Where the recordings of browser sessions are kept."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib._findings import skip_checkov, spelled
from constructs_lib._place import Place
from constructs_lib._private_bucket import private_bucket
from constructs_lib.sandbox._permissions import RECORD_ACTIONS, RECORD_KEY_ACTIONS

DEFAULT_RETENTION_DAYS = 90
_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")

_ONE_REGION = (
    "Recordings are evidence of what an agent did, kept for a limited time and rebuilt by nobody: a copy in another"
    " Region would be a second place to protect. Pass recording_bucket= a bucket that replicates where that is asked."
)
_NOT_BY_KMS = (
    "Amazon S3 delivers server access logs only to buckets encrypted with its own keys (SSE-S3), not with those of AWS"
    " KMS (Amazon S3 user guide, enabling server access logging). The logs hold no content of recordings."
)
_OWN_LOG = (
    "This bucket holds the access log of the recordings. A log of who reads it would need a third bucket, and that one"
    " a fourth; into itself, every log object would cause the next."
)


def recordings_bucket(
    scope: Construct, place: Place, *, retention: Duration, key: kms.IKey | None, removal_policy: RemovalPolicy
) -> s3.Bucket:
    """A bucket for recordings, and one for the log of who reads them, both private, by TLS only, and emptied in time.

    Recordings show what the agent's users had it do, including what it typed.
    """
    private = s3.BlockPublicAccess.BLOCK_ALL
    logs = private_bucket(
        scope,
        "RecordingAccessLogs",
        access=private,
        encryption=s3.BucketEncryption.S3_MANAGED,
        retention=retention,
        removal_policy=removal_policy,
    )
    recordings = private_bucket(
        scope,
        "Recordings",
        access=private,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.KMS_MANAGED,
        key=key,
        retention=retention,
        removal_policy=removal_policy,
    )
    # The L2 would give Amazon S3 the right to write by an ACL, or by a policy, as a flag of the app says.
    resource = recordings.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 -- the L2's own resource
    resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(destination_bucket_name=logs.bucket_name)
    logs.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            {
                "Sid": "ServerAccessLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": logs.arn_for_objects("*"),
                "Condition": {
                    "ArnLike": {"aws:SourceArn": recordings.bucket_arn},
                    "StringEquals": {"aws:SourceAccount": place.account},
                },
            }
        )
    )
    _acknowledge(logs, {"S3DefaultEncryptionKMS": _NOT_BY_KMS, "S3BucketReplicationEnabled": _ONE_REGION})
    skip_checkov(logs, {"CKV_AWS_18": _OWN_LOG})
    _acknowledge(recordings, {"S3BucketReplicationEnabled": _ONE_REGION})
    return recordings


def recording_policy(
    scope: Construct, role: iam.Role, place: Place, bucket: s3.IBucket, prefix: str
) -> iam.ManagedPolicy:
    """What the role of a browser needs to record: to write below its own prefix, and to read nothing."""
    objects = bucket.arn_for_objects(f"{prefix}/*")
    statements: list[dict[str, object]] = [
        {
            "Effect": "Allow",
            "Action": list(RECORD_ACTIONS),
            "Resource": objects,
            "Condition": {"StringEquals": {"aws:ResourceAccount": place.account}},
        }
    ]
    key = bucket.encryption_key
    if key is not None:
        statements.append(
            {
                "Effect": "Allow",
                "Action": list(RECORD_KEY_ACTIONS),
                "Resource": key.key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{place.region}.amazonaws.com"}},
            }
        )
    policy = iam.ManagedPolicy(
        scope,
        "Recording",
        description="What this browser needs to record its sessions",
        document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
        roles=[role],
    )
    cdk.Validations.of(policy).acknowledge(
        cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{spelled(cdk.Stack.of(scope).resolve(objects))}]",
            reason="AgentCore names the objects of a recording after sessions, which do not exist yet. The prefix is"
            " this browser's own, and the role may only write.",
        )
    )
    return policy


def _acknowledge(bucket: s3.Bucket, reasons: Mapping[str, str]) -> None:
    cdk.Validations.of(bucket).acknowledge(
        *(
            cdk.Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason)
            for rule, reason in reasons.items()
            for pack in _PACKS
        )
    )
