"""Who asked the load balancer for what."""

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib._findings import skip_checkov
from constructs_lib._place import Place
from constructs_lib._private_bucket import private_bucket

_ACCESS, _CONNECTIONS = "access", "connections"
_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
_NOT_BY_KMS = (
    "Elastic Load Balancing writes its logs only to buckets encrypted with Amazon S3's own keys (SSE-S3), not with"
    " those of AWS KMS (its user guide, enabling access logs), and CloudFront's are kept alike. The logs hold no"
    " content of conversations."
)
_ONE_REGION = (
    "Access logs are evidence of who came, kept for a limited time and rebuilt by nobody: a copy in another Region"
    " would be a second place to protect."
)
_OWN_LOG = (
    "This bucket holds access logs. A log of who reads it would need a second bucket, and that one a third; into"
    " itself, every log object would cause the next."
)


def access_log_bucket(
    scope: Construct, place: Place, *, retention: Duration, removal_policy: RemovalPolicy
) -> s3.Bucket:
    """A bucket that load balancers of this account may write their logs to.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    bucket = private_bucket(
        scope,
        "AccessLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        retention=retention,
        removal_policy=removal_policy,
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            {
                "Sid": "LoadBalancerLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": [
                    bucket.arn_for_objects(f"{prefix}/AWSLogs/{place.account}/*") for prefix in (_ACCESS, _CONNECTIONS)
                ],
                "Condition": {
                    "ArnLike": {"aws:SourceArn": place.arn("elasticloadbalancing", "loadbalancer/*")},
                    "StringEquals": {"aws:SourceAccount": place.account},
                },
            }
        )
    )
    acknowledge_log_bucket(bucket)
    return bucket


def acknowledge_log_bucket(bucket: s3.Bucket) -> None:
    """Why a bucket of access logs has no key of AWS KMS, no copy and no access log."""
    reasons = {
        "S3DefaultEncryptionKMS": _NOT_BY_KMS,
        "S3BucketReplicationEnabled": _ONE_REGION,
        "S3BucketLoggingEnabled": _OWN_LOG,
    }
    cdk.Validations.of(bucket).acknowledge(
        cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-S1", reason=_OWN_LOG),
        *(
            cdk.Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason)
            for rule, reason in reasons.items()
            for pack in _PACKS
        ),
    )
    skip_checkov(bucket, {"CKV_AWS_18": _OWN_LOG})


def log_to(bucket: s3.Bucket, load_balancer: elb.ApplicationLoadBalancer) -> None:
    """Have the load balancer log requests and connections.

    The L2's own method allows the Region's ELB account of old, and needs to know the Region at synth.
    """
    for kind, prefix in (("access_logs", _ACCESS), ("connection_logs", _CONNECTIONS)):
        load_balancer.set_attribute(f"{kind}.s3.enabled", "true")
        load_balancer.set_attribute(f"{kind}.s3.bucket", bucket.bucket_name)
        load_balancer.set_attribute(f"{kind}.s3.prefix", prefix)
    if bucket.policy is not None:
        load_balancer.node.add_dependency(bucket.policy)
