"""What a request to the scripted model holds: who said what, what is known about the user, which tools are offered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

_CONTEXT = re.compile(r"<user_context>(.*?)</user_context>", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LEAD_IN = re.compile(r"^(?:please\s+)?(?:remember|note|keep in mind)\s*(?:that|:)?\s+", re.IGNORECASE)
_TOLD = re.compile(r"\b(?:my|i|i'm|we|our)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"^(?:what|who|where|when|why|how|which|can|could|would|do|does|is|are|tell|show|calculate|compute)\b",
    re.IGNORECASE,
)


class Function(TypedDict, total=False):
    """A tool's description as an OpenAI-style request offers it."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Conversation:
    """One request, taken apart.

    Args:
        system: The system prompt.
        earlier: What the user said before the current message, oldest first.
        current: The user's current message, without injected context.
        context: What was injected about the user, in all messages.
        tool_results: Results of tools called since the current message.
        tools: The tools offered.
    """

    system: str
    earlier: Sequence[str]
    current: str
    context: Sequence[str]
    tool_results: Sequence[str]
    tools: Sequence[Function]

    @property
    def asks(self) -> bool:
        """Whether the current message is a question or a request."""
        return is_question(self.current)

    def told(self) -> list[str]:
        """Every statement about the user that this conversation or its injected context holds, oldest first."""
        said = [sentence for text in (*self.context, *self.earlier) for sentence in sentences(text)]
        statements = (_LEAD_IN.sub("", sentence) for sentence in said if not is_question(sentence))
        return list(dict.fromkeys(s for s in statements if _TOLD.search(s)))

    def tool(self, part: str) -> Function | None:
        """The first tool offered whose name contains a word."""
        return next((tool for tool in self.tools if part in tool.get("name", "").lower()), None)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [sentence.strip(" -*") for sentence in _SENTENCE.split(text) if sentence.strip(" -*")]


def is_question(text: str) -> bool:
    """Whether a text asks or requests rather than tells."""
    return text.rstrip().endswith("?") or bool(_ASKING.match(text.strip()))


def statement(text: str) -> str:
    """What a message tells, without `Remember that`."""
    return _LEAD_IN.sub("", text.strip())


def read(body: Mapping[str, object]) -> Conversation:
    """Take a chat completion request apart.

    Raises:
        ValueError: If it has no messages, or none of a user.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("'messages' must be a list with at least one message")
    by_user = [n for n, message in enumerate(messages) if message.get("role") == "user" and _text(message)]
    if not by_user:
        raise ValueError("'messages' holds no message with text of role 'user'")
    users = [_text(messages[n]) for n in by_user]
    texts = [_CONTEXT.sub("", text).strip() for text in users]
    # A tool's message stands after the user's, and nothing the user says stands after it.
    after = messages[by_user[-1] + 1 :]
    tools = body.get("tools")
    return Conversation(
        system="\n".join(_text(message) for message in messages if message.get("role") == "system"),
        earlier=texts[:-1],
        current=texts[-1],
        context=[found.strip() for text in users for found in _CONTEXT.findall(text)],
        tool_results=[_text(message) for message in after if message.get("role") == "tool"],
        tools=[tool["function"] for tool in tools if "function" in tool] if isinstance(tools, list) else [],
    )


def _text(message: Mapping[str, object]) -> str:
    return "\n".join(_parts(message.get("content")))


def _parts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        yield from (str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)
