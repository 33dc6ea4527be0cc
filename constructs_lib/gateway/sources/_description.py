"""Descriptions of APIs: in the target while they are small, in S3 where they would fill the template."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib.gateway._permissions import allow
from constructs_lib.gateway.descriptions import PickedDescription
from constructs_lib.gateway.descriptions.checks import MAX_S3_BYTES

# A target takes a megabyte, but so does the whole template.
MAX_INLINE_BYTES = 50_000

_Target = agentcore.CfnGatewayTarget


def check_size(name: str, picked: PickedDescription) -> None:
    """Refuse a description that is too large for a target."""
    size = len(picked.text.encode())
    if size > MAX_S3_BYTES:
        raise ValueError(
            f"{picked.source}: what was picked for the tool source {name!r} has {size:,} bytes, the service takes"
            f" {MAX_S3_BYTES:,}; pick fewer operations, or make two sources of them"
        )


def description_in(
    scope: Construct, text: str
) -> tuple[agentcore.CfnGatewayTarget.ApiSchemaConfigurationProperty, Sequence[dict[str, object]]]:
    """The description as a target's property, and what the gateway's role needs to read it.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-prerequisites-permissions.html
    """
    if len(text.encode()) <= MAX_INLINE_BYTES:
        return _Target.ApiSchemaConfigurationProperty(inline_payload=text), []
    from aws_cdk import aws_s3_assets as assets

    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "description.json"
        file.write_text(text, encoding="utf-8")
        # CDK copies it while it makes the asset.
        asset = assets.Asset(scope, "Description", path=str(file), asset_hash=hashlib.sha256(text.encode()).hexdigest())
    location = _Target.S3ConfigurationProperty(uri=asset.s3_object_url)
    read = allow("s3:GetObject", asset.bucket.arn_for_objects(asset.s3_object_key))
    return _Target.ApiSchemaConfigurationProperty(s3=location), [read]
