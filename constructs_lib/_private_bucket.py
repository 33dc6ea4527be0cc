"""Buckets for logs and recordings: private, by TLS only, versioned, and emptied in time."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

_KEPT_VERSIONS_DAYS = 1
_UNFINISHED_DAYS = 1
_TLS_VERSION = 1.2


def private_bucket(
    scope: Construct,
    id: str,
    *,
    encryption: s3.BucketEncryption,
    retention: Duration,
    removal_policy: RemovalPolicy,
    key: kms.IKey | None = None,
    access: s3.BlockPublicAccess | None = None,
    ownership: s3.ObjectOwnership = s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
) -> s3.Bucket:
    """A bucket that nobody reads but by a policy of its account."""
    return s3.Bucket(
        scope,
        id,
        encryption=encryption,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        block_public_access=access or s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=ownership,
        enforce_ssl=True,
        minimum_tls_version=_TLS_VERSION,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="Expire",
                expiration=retention,
                noncurrent_version_expiration=Duration.days(_KEPT_VERSIONS_DAYS),
                abort_incomplete_multipart_upload_after=Duration.days(_UNFINISHED_DAYS),
            )
        ],
        removal_policy=removal_policy,
    )
