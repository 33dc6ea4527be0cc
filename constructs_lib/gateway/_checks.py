"""Names and limits of AgentCore Gateway, checked before anything is made."""

import re
from collections.abc import Mapping, Sequence

from constructs_lib._names import physical_name
from constructs_lib._place import is_token
from constructs_lib.gateway.descriptions import ToolDescription
from constructs_lib.gateway.descriptions.checks import SEPARATOR

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
MAX_TARGETS = 100

_MAX_GATEWAY_NAME, _MAX_TARGET_NAME, _MAX_HEADERS = 48, 100, 10
_MAX_DESCRIPTION = 200
_MAX_SAID = {"description": _MAX_DESCRIPTION, "instructions": 2_048}
# Gateway ids are made of the name in lower case; ARNs that hold capitals would never match.
_GATEWAY_NAME = re.compile(r"[0-9a-z](-?[0-9a-z])*")
_TARGET_NAME = re.compile(r"[0-9a-zA-Z](-?[0-9a-zA-Z])*")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Part of those that the service refuses; it sets the rest itself.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-headers.html
_RESTRICTED_HEADERS = frozenset(
    {
        "accept",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "proxy-authorization",
        "set-cookie",
        "transfer-encoding",
        "www-authenticate",
    }
)


def checked_gateway_name(given: str | None, path: str) -> str:
    """The name given, or one derived from the construct's path: lower case, at most 48 characters."""
    if given is None:
        # The salt asks for the hash that keeps apart what lower case would make the same.
        return physical_name(path, max_length=_MAX_GATEWAY_NAME, salt="gateway").lower().replace("_", "-")
    if len(given) > _MAX_GATEWAY_NAME or not _GATEWAY_NAME.fullmatch(given):
        raise ValueError(
            "a gateway's name has lower-case letters, digits and single '-' between them, at most"
            f" {_MAX_GATEWAY_NAME}, got {given!r}; the service makes the id, and so the ARN, of it in lower case"
        )
    return given


def check_said(**texts: str | None) -> None:
    """Refuse texts about a gateway that are longer than the service takes, or empty."""
    for what, text in texts.items():
        most = _MAX_SAID[what]
        if text is not None and not is_token(text) and not 1 <= len(text) <= most:
            raise ValueError(f"the {what} of a gateway has 1 to {most} characters, got {len(text)}; shorten it")


def check_source(name: str, description: str | None, headers: Sequence[str]) -> None:
    """Refuse a source whose target the service would refuse."""
    if len(name) > _MAX_TARGET_NAME or not _TARGET_NAME.fullmatch(name):
        raise ValueError(
            f"the name of a tool source has letters, digits and single '-' between them, at most {_MAX_TARGET_NAME},"
            f" got {name!r}; it is the first part of its tools' names"
        )
    if description is not None and not 1 <= len(description) <= _MAX_DESCRIPTION:
        raise ValueError(
            f"the description of the tool source {name!r} has 1 to {_MAX_DESCRIPTION} characters,"
            f" got {len(description)}; shorten it"
        )
    if len(headers) > _MAX_HEADERS:
        raise ValueError(
            f"at most {_MAX_HEADERS} headers are forwarded to a tool source, got {len(headers)} for {name!r};"
            " forward fewer"
        )
    for header in headers:
        if not _HEADER.fullmatch(header) or header.lower() in _RESTRICTED_HEADERS:
            raise ValueError(
                f"the header {header!r} cannot be forwarded to the tool source {name!r}: the service keeps it for"
                " itself or it is no header's name; forward another, such as one that an interceptor sets"
            )


def full_names(source: str, tools: Sequence[ToolDescription]) -> Mapping[str, ToolDescription]:
    """The tools by the names that agents and policies know them by: `Target___tool`."""
    return {f"{source}{SEPARATOR}{tool.name}": tool for tool in tools}
