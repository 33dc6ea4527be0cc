"""What a caller may send: `{"prompt": str, "stream": bool = false, "message_id": str}`, or `{"operation": str, …}`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from agents.shared.errors import AgentError

# Control characters and halves of surrogate pairs, which no UTF-8 holds.
_UNREADABLE = frozenset({"Cc", "Cs"})
_MESSAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{15,99}")


@dataclass(frozen=True)
class Request:
    """A checked request.

    Args:
        prompt: What the actor says; not empty.
        stream: Whether the answer comes in parts, as server-sent events.
        message_id: The message's own id: sent again in its session, it is answered once. None: it has none.
    """

    prompt: str
    stream: bool
    message_id: str | None = None


def read_request(payload: object, prompt_limit: int) -> Request:
    """Check a payload.

    Args:
        payload: The request's JSON.
        prompt_limit: Longest accepted prompt in characters.

    Raises:
        AgentError: `payload_invalid`, `prompt_missing`, `prompt_invalid`, `prompt_too_long` or `message_id_invalid`.
    """
    if not isinstance(payload, Mapping):
        raise AgentError(
            "payload_invalid",
            f"The payload is a JSON object, got {_kind(payload)}.",
            'Send {"prompt": "…"}.',
        )
    stream = payload.get("stream", False)
    if not isinstance(stream, bool):
        raise AgentError(
            "payload_invalid", f"'stream' is true or false, got {_kind(stream)}.", "Leave it out or fix it."
        )
    return Request(_prompt(payload, prompt_limit), stream, _message_id(payload))


def wants_stream(payload: object) -> bool:
    """Whether an error about this payload has to be streamed as well.

    Args:
        payload: The request's JSON, unchecked.
    """
    return isinstance(payload, Mapping) and payload.get("stream") is True


def read_operation(payload: object) -> str | None:
    """What a payload asks for instead of an answer: its `operation`. None: it asks for an answer.

    Args:
        payload: The request's JSON, unchecked.

    Raises:
        AgentError: `operation_unknown` if it is no text.
    """
    operation = payload.get("operation") if isinstance(payload, Mapping) else None
    if operation is not None and not isinstance(operation, str):
        raise AgentError(
            "operation_unknown", f"'operation' is text, got {_kind(operation)}.", "Send it as a string or leave it out."
        )
    return operation


def _prompt(payload: Mapping[object, object], limit: int) -> str:
    prompt = payload.get("prompt")
    if prompt is None:
        raise AgentError("prompt_missing", "The payload has no 'prompt'.", 'Send {"prompt": "…"}.')
    if not isinstance(prompt, str):
        raise AgentError("prompt_invalid", f"'prompt' is text, got {_kind(prompt)}.", "Send the question as a string.")
    if not prompt.strip():
        raise AgentError("prompt_missing", "'prompt' is empty.", "Write what you want to say.")
    unreadable = next(
        (each for each in prompt if each not in "\n\r\t" and unicodedata.category(each) in _UNREADABLE), None
    )
    if unreadable is not None:
        raise AgentError(
            "prompt_invalid",
            f"'prompt' holds a character that is no text, U+{ord(unreadable):04X}.",
            "Send UTF-8 text without control characters.",
        )
    if len(prompt) > limit:
        raise AgentError(
            "prompt_too_long",
            f"'prompt' has at most {limit:,} characters, got {len(prompt):,}.",
            "Shorten it, or send it in parts.",
        )
    return prompt


def _message_id(payload: Mapping[object, object]) -> str | None:
    message_id = payload.get("message_id")
    if message_id is None:
        return None
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        raise AgentError(
            "message_id_invalid",
            f"'message_id' has 16 to 100 letters, digits, '-' or '_', got {message_id!r:.80}.",
            "Choose a new random id for each message, such as a UUID.",
        )
    return message_id


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
