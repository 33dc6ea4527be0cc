"""Names of conversations: proposed from the first prompt, checked, and kept as metadata of a memory's event."""

import base64
import binascii
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from agents.shared.errors import AgentError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef, MetadataValueTypeDef

NAME_KEY = "conversation.name"
"""Metadata key of an event that names its conversation; the latest such event wins."""

MAX_NAME = 60
"""Characters of a name."""

# A value of metadata has at most 256 characters, so base64 leaves this many bytes. It also is why names are encoded:
# metadata takes ASCII letters, digits and few signs.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_MetadataValue.html
_MAX_BYTES = 192
_PROPOSED = 48
# Marks by which one text is shown as another.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def checked_name(given: object) -> str:
    """A name as it is kept: without blanks around it, and no line breaks inside.

    Args:
        given: What the person typed.

    Raises:
        AgentError: `argument_invalid`, if it is no text, empty, too long, or holds control characters.
    """
    if not isinstance(given, str):
        raise _refusal("'name' is text", "Send the name as a string.")
    name = " ".join(given.split())
    if not name:
        raise _refusal("'name' is empty", "Type a name.")
    if len(name) > MAX_NAME or len(name.encode(errors="replace")) > _MAX_BYTES:
        raise _refusal(f"'name' has at most {MAX_NAME} characters, got {len(name)}", "Choose a shorter name.")
    if any(_unprintable(character) for character in name):
        raise _refusal("'name' holds control characters", "Leave them out.")
    return name


def proposed_name(prompt: str) -> str | None:
    """A name for a conversation that begins with a prompt; None if nothing of the prompt can be shown.

    Args:
        prompt: What the person said first.
    """
    shown = "".join(character if not _unprintable(character) else " " for character in prompt)
    lines = (" ".join(line.lstrip("#>*- ").split()) for line in shown.splitlines() or [shown])
    name = next(filter(None, lines), "")
    if len(name) > _PROPOSED:
        cut = name[:_PROPOSED]
        name = (cut[: cut.rindex(" ")] if " " in cut[_PROPOSED // 2 :] else cut) + "…"
    while len(name.encode()) > _MAX_BYTES:
        name = name.removesuffix("…")[:-1] + "…"
    return name or None


def name_metadata(name: str) -> dict[str, "MetadataValueTypeDef"]:
    """The metadata by which an event names its conversation.

    Args:
        name: A checked or proposed name.
    """
    return {NAME_KEY: {"stringValue": base64.b64encode(name.encode()).decode()}}


def latest_name(events: Iterable["EventTypeDef"]) -> str | None:
    """The name that a conversation's events give it, or None.

    Args:
        events: Events of one session, in any order.
    """
    ordered = sorted(events, key=lambda event: (event["eventTimestamp"], event["eventId"]), reverse=True)
    return next((name for event in ordered if (name := _name_of(event.get("metadata", {}))) is not None), None)


def _name_of(metadata: Mapping[str, "MetadataValueTypeDef"]) -> str | None:
    stored = metadata.get(NAME_KEY, {}).get("stringValue")
    if not stored:
        return None
    try:
        return base64.b64decode(stored, validate=True).decode()
    except (binascii.Error, ValueError):
        # Another program wrote it.
        return None


def _unprintable(character: str) -> bool:
    return character in _DIRECTIONS or (
        character != "\n" and unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}
    )


def _refusal(problem: str, remedy: str) -> AgentError:
    return AgentError("argument_invalid", f"{problem}.", remedy)
