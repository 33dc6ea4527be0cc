"""What was said in a conversation, for the person who reads it again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agents.shared import _events
from agents.shared.conversations.store import utc

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef
    from strands.types.content import Message

Shown = dict[str, object]
"""`{"role": "user" | "assistant", "text": …, "tools": [name, …], "at": …}`."""


def shown_messages(events: Sequence["EventTypeDef"]) -> list[Shown]:
    """A session's messages as people see them: a turn's parts together, results of tools left out.

    Args:
        events: The session's events, oldest first.
    """
    shown: list[Shown] = []
    for event in events:
        for stored in _events.read_messages([event]):
            message = stored.to_message()
            text, tools = _text(message), _tools(message)
            if not (text or tools):
                continue
            last = shown[-1] if shown else None
            if last and last["role"] == message["role"] == "assistant":
                _join(last, text, tools)
            else:
                shown.append(
                    {"role": message["role"], "text": text, "tools": tools, "at": utc(event["eventTimestamp"])}
                )
    return shown


def found_in(messages: Sequence[Mapping[str, object]], wanted: str, *, around: int = 60) -> str | None:
    """Where a text is said, with what stands around it; None if nowhere.

    Args:
        messages: Messages as `shown_messages` gives them.
        wanted: What to look for; upper and lower case are the same.
        around: Characters shown on either side.
    """
    needle = wanted.casefold()
    for message in messages:
        text = " ".join(str(message["text"]).split())
        start = text.casefold().find(needle)
        if start >= 0:
            begin, end = max(0, start - around), start + len(wanted) + around
            return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"
    return None


def _join(last: Shown, text: str, tools: list[str]) -> None:
    last["text"] = "\n\n".join(filter(None, (str(last["text"]), text)))
    known = last["tools"]
    if isinstance(known, list):
        known.extend(tools)


def _text(message: "Message") -> str:
    return "".join(block["text"] for block in message["content"] if "text" in block)


def _tools(message: "Message") -> list[str]:
    return [block["toolUse"]["name"] for block in message["content"] if "toolUse" in block]
