"""A tool, and a description cut down to the tools that are wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ToolDescription:
    """One tool of a target, as a model sees it.

    Args:
        name: The tool's name in its target. Through a gateway it is called `Target___name`.
        description: What the tool does and when to use it: a model chooses by this text.
        input_schema: JSON Schema of the arguments, an object.
        output_schema: JSON Schema of the result. None: not described.
    """

    name: str
    description: str
    input_schema: Mapping[str, object]
    output_schema: Mapping[str, object] | None = None


@dataclass(frozen=True)
class AcceptedCredential:
    """A way to authenticate that a described API takes.

    Args:
        kind: `api key`, `bearer token` and `basic` are sent by an API key's provider, `oauth2` by an OAuth2 one.
        place: `header` or `query`.
        name: The header or query parameter.
        scopes: Scopes that OAuth2 tokens need for the operations picked.
    """

    kind: Literal["api key", "bearer token", "basic", "oauth2"]
    place: str
    name: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PickedDescription:
    """A small description that stands alone, made of some operations of a larger one.

    Args:
        text: The description, JSON: what the target's `inlinePayload` or S3 object holds.
        tools: What the gateway makes of it, one tool per operation, in the order picked.
        hosts: Hosts the gateway will call, as the description names them. Empty: an AWS service's own endpoints.
        source: The file it was cut from, for messages.
        actions: IAM actions the gateway's role needs, for an AWS service's Smithy model. Otherwise empty.
        credentials: Credentials of which the API takes any one, as its description says. Empty: it asks for none.
    """

    text: str
    tools: tuple[ToolDescription, ...]
    hosts: tuple[str, ...]
    source: str
    actions: tuple[str, ...] = ()
    credentials: tuple[AcceptedCredential, ...] = ()
