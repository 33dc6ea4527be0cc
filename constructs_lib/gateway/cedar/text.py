"""Text of Cedar literals and names."""

NAMESPACE = "AgentCore"
ACTION = f"{NAMESPACE}::Action"
GATEWAY = f"{NAMESPACE}::Gateway"
OAUTH_USER = f"{NAMESPACE}::OAuthUser"
IAM_ENTITY = f"{NAMESPACE}::IamEntity"
UNAUTHENTICATED_USER = f"{NAMESPACE}::UnauthenticatedUser"
"""Principal of a gateway without inbound authorization; the service's schema knows it, our gateways never have it."""

TARGET_SEPARATOR = "___"


def string(text: str) -> str:
    """A Cedar string literal."""
    return f'"{_escaped(text)}"'


def pattern(*parts: str) -> str:
    """A Cedar pattern for `like` that matches `parts` literally, with anything between two of them."""
    return '"' + "*".join(_escaped(part).replace("*", r"\*") for part in parts) + '"'


def entity(entity_type: str, identifier: str) -> str:
    """A Cedar entity, as in `AgentCore::Action::"Orders___refund"`."""
    return f"{entity_type}::{string(identifier)}"


def _escaped(text: str) -> str:
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\u{{{ord(character):x}}}"
