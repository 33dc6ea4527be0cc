"""What a caller may send: `{"prompt": str, "stream": bool = false}`."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.shared.errors import AgentError


@dataclass(frozen=True)
class Request:
    """A checked request.

    Args:
        prompt: What the actor says; not empty.
        stream: Whether the answer comes in parts, as server-sent events.
    """

    prompt: str
    stream: bool


def read_request(payload: object, prompt_limit: int) -> Request:
    """Check a payload.

    Args:
        payload: The request's JSON.
        prompt_limit: Longest accepted prompt in characters.

    Raises:
        AgentError: `payload_invalid`, `prompt_missing`, `prompt_invalid` or `prompt_too_long`.
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
    return Request(_prompt(payload, prompt_limit), stream)


def wants_stream(payload: object) -> bool:
    """Whether an error about this payload has to be streamed as well.

    Args:
        payload: The request's JSON, unchecked.
    """
    return isinstance(payload, Mapping) and payload.get("stream") is True


def _prompt(payload: Mapping[object, object], limit: int) -> str:
    prompt = payload.get("prompt")
    if prompt is None:
        raise AgentError("prompt_missing", "The payload has no 'prompt'.", 'Send {"prompt": "…"}.')
    if not isinstance(prompt, str):
        raise AgentError("prompt_invalid", f"'prompt' is text, got {_kind(prompt)}.", "Send the question as a string.")
    if not prompt.strip():
        raise AgentError("prompt_missing", "'prompt' is empty.", "Write what you want to say.")
    if len(prompt) > limit:
        raise AgentError(
            "prompt_too_long",
            f"'prompt' has at most {limit:,} characters, got {len(prompt):,}.",
            "Shorten it, or send it in parts.",
        )
    return prompt


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
