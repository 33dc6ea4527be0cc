"""Descriptions that stand in a target's configuration, or in an S3 object the gateway's role may read."""

import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from workbench.local_cloud.agentcore.gateway.definitions import mapping
from workbench.local_cloud.agentcore.gateway.role import GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError


def payload(configuration: Mapping[str, object], role: GatewayRole) -> object:
    """The description: the inline payload as it stands, or the text of the S3 object.

    Raises:
        TargetError: If the object cannot be read.
    """
    if "inlinePayload" in configuration:
        return configuration["inlinePayload"]
    uri = str(mapping(configuration.get("s3")).get("uri", ""))
    place = urlsplit(uri)
    try:
        answer = role.call("s3", "GetObject", {"Bucket": place.netloc, "Key": place.path.removeprefix("/")})
        return cast("StreamingBody", answer["Body"]).read().decode()
    except (BotoCoreError, ClientError, UnicodeDecodeError) as error:
        raise TargetError("SchemaException", f"cannot read {uri} under the gateway's role: {error}") from error


def document(configuration: Mapping[str, object], role: GatewayRole) -> Mapping[str, object]:
    """The description, parsed from JSON or YAML.

    Raises:
        TargetError: If it cannot be read, or is no object.
    """
    text = payload(configuration, role)
    if isinstance(text, Mapping):
        return text
    try:
        # JSON first: it is what large descriptions are in, and YAML takes a hundred times as long to read them.
        parsed = json.loads(str(text))
    except ValueError:
        parsed = _yaml(str(text))
    if not isinstance(parsed, Mapping):
        raise TargetError("SchemaException", "the description is no JSON or YAML object")
    return parsed


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TargetError("SchemaException", f"the description is neither JSON nor YAML: {error}") from error
