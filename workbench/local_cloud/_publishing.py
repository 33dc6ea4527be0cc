"""Puts what a stack needs where its template expects it: the bootstrap resources and the file assets."""

import io
import json
import zipfile
from pathlib import Path

from botocore.exceptions import ClientError

from workbench.assembly import FileAsset, FileDestination, ImageAsset, Stack
from workbench.local_cloud._clients import Clients
from workbench.local_cloud.deployment import AssetPublished, DeploymentError, OnEvent

BOOTSTRAP_VERSION = 30
"""Version of the bootstrap template whose bucket and parameter these are."""

_TASK_DEFINITION = "AWS::ECS::TaskDefinition"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def publish(stack: Stack, clients: Clients, on_event: OnEvent) -> None:
    """Publish a stack's file assets, and the bootstrap version it looks up.

    Raises:
        DeploymentError: If the stack needs a container image, or a newer bootstrap version than the local cloud has.
    """
    unbuilt = [image for image in stack.images if not _runs_from_source(image, stack)]
    if unbuilt:
        names = ", ".join(image.display_name for image in unbuilt)
        raise DeploymentError(
            f"stack {stack.display_name} needs the container image {names}, and the local cloud builds none: "
            "package the agent as a zip (AgentCode.from_directory), or deploy this stack to AWS",
            stack=stack.display_name,
        )
    _record_bootstrap_version(stack, clients)
    for asset in stack.files:
        published = sum(_publish(asset, destination, clients) for destination in asset.destinations)
        on_event(AssetPublished(stack.display_name, asset.display_name, published))


def _runs_from_source(image: ImageAsset, stack: Stack) -> bool:
    """Whether only tasks of Amazon ECS need an image: `front_ends` runs those from what the image is built from."""
    return image.directory is not None and all(
        resource.type == _TASK_DEFINITION
        for resource in stack.template.resources
        if any(tag in json.dumps(resource.properties) for tag in (image.id, *image.tags))
    )


def _record_bootstrap_version(stack: Stack, clients: Clients) -> None:
    if stack.bootstrap_version is not None and stack.bootstrap_version > BOOTSTRAP_VERSION:
        raise DeploymentError(
            f"stack {stack.display_name} needs bootstrap version {stack.bootstrap_version}, and the local cloud has "
            f"{BOOTSTRAP_VERSION}",
            stack=stack.display_name,
        )
    if stack.bootstrap_parameter:
        clients.ssm.put_parameter(
            Name=stack.bootstrap_parameter, Value=str(BOOTSTRAP_VERSION), Type="String", Overwrite=True
        )


def _publish(asset: FileAsset, destination: FileDestination, clients: Clients) -> int:
    regional = Clients(clients.endpoint, clients.account, destination.region or clients.region)
    bucket, key = clients.resolve(destination.bucket), clients.resolve(destination.key)
    _create_bucket(bucket, regional)
    # The key holds the content's hash, so what is there is the same.
    if _exists(bucket, key, regional):
        return 0
    body = _zipped(asset.source) if asset.is_directory else asset.source.read_bytes()
    regional.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return len(body)


def _exists(bucket: str, key: str, clients: Clients) -> bool:
    try:
        clients.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            return False
        raise
    return True


def _create_bucket(bucket: str, clients: Clients) -> None:
    try:
        clients.s3.head_bucket(Bucket=bucket)
    except ClientError:
        # The one region that must not be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        if clients.region == "us-east-1":
            clients.s3.create_bucket(Bucket=bucket)
        else:
            clients.s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": clients.region},  # type: ignore[typeddict-item]
            )
        _protect(bucket, clients)


def _protect(bucket: str, clients: Clients) -> None:
    clients.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    clients.s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )
    clients.s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    statement = {
        "Sid": "AllowSSLRequestsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients.s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def _zipped(directory: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(directory).as_posix(), _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (file.stat().st_mode & 0o777 | 0o100000) << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()
