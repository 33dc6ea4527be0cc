"""Long-term memory extraction by rules instead of a model: a named stand-in for what the service does with one.

It keeps the user's own sentences: statements about themselves become semantic facts, those with a liking or disliking
become preferences, a session's statements become its summary, and a question with its answer becomes an episode. The
same conversation always gives the same records, and each record says in its metadata who extracted it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.local_cloud.agentcore.memory.values import Document

EXTRACTOR = "SentenceExtraction stand-in"
"""Value of the metadata key `extractedBy` of every record the stand-in makes."""

METADATA: Document = {"extractedBy": {"stringValue": EXTRACTOR}}

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_CONTEXT = re.compile(r"<user_context>.*?</user_context>", re.DOTALL)
_LEAD_IN = re.compile(r"^(?:please\s+)?(?:remember|note|keep in mind)\s*(?:that|:)?\s+", re.IGNORECASE)
_ABOUT_USER = re.compile(r"\b(?:i|i'm|i've|i'll|my|mine|me|we|our|us)\b", re.IGNORECASE)
_LIKING = re.compile(
    r"\b(?:prefer\w*|lik(?:e|es|ed)|lov(?:e|es|ed)|enjoy\w*|hat(?:e|es|ed)|dislike\w*|favou?rites?|rather)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:please\s+)?(?:what|who|where|when|why|how|which|can|could|would|will|do|does|is|are|tell|show|give|find|make|help)\b",
    re.IGNORECASE,
)
_SUMMARY_LIMIT = 2000
_RECORD_LIMIT = 16_000

OVERRIDES = {
    "SEMANTIC_OVERRIDE": "SEMANTIC",
    "USER_PREFERENCE_OVERRIDE": "USER_PREFERENCE",
    "SUMMARY_OVERRIDE": "SUMMARIZATION",
    "EPISODIC_OVERRIDE": "EPISODIC",
}
"""Which built-in strategy a custom one changes; a self-managed one extracts by itself."""


@dataclass(frozen=True)
class Turn:
    """One message of a conversation, as plain text.

    Args:
        role: `USER`, `ASSISTANT`, `TOOL` or `OTHER`.
        text: What was said.
    """

    role: str
    text: str


@dataclass(frozen=True)
class Finding:
    """What one strategy found.

    Args:
        text: The record's text.
        replaces: Whether it takes the place of the strategy's earlier record in the same namespace.
    """

    text: str
    replaces: bool = False


class SentenceExtraction:
    """Finds records in a conversation, for each kind of strategy."""

    def __init__(self) -> None:
        self._rules: Mapping[str, Callable[[Sequence[Turn], Sequence[Turn]], list[Finding]]] = {
            "SEMANTIC": _facts,
            "USER_PREFERENCE": _preferences,
            "SUMMARIZATION": _summary,
            "EPISODIC": _episodes,
        }

    def find(self, kind: str, new: Sequence[Turn], session: Sequence[Turn]) -> list[Finding]:
        """What a strategy finds in new messages.

        Args:
            kind: The strategy's type, for example `SEMANTIC`.
            new: The messages of the new event.
            session: Every message of the session, oldest first, the new ones included.

        Returns:
            The findings; none for a strategy whose extraction is not simulated (self-managed).
        """
        rule = self._rules.get(kind)
        return rule(new, session) if rule else []


def strategy_kind(strategy: Document) -> str:
    """The built-in kind of extraction that a memory's strategy uses."""
    configuration = strategy.get("configuration")
    override = configuration.get("type") if isinstance(configuration, Mapping) else None
    kind = str(strategy.get("type"))
    return OVERRIDES.get(str(override), "SELF_MANAGED" if kind == "CUSTOM" else kind)


def turns(payload: Sequence[Document]) -> list[Turn]:
    """The conversational messages of an event's payload; tool calls, results and state carry nothing to remember."""
    found = []
    for item in payload:
        message = item.get("conversational")
        if isinstance(message, Mapping):
            text = _CONTEXT.sub("", _plain(str(message["content"]["text"]))).strip()
            found.append(Turn(str(message["role"]), text))
    return [turn for turn in found if turn.text]


def _plain(text: str) -> str:
    # The Strands session manager stores its own message, as JSON, in the text.
    try:
        content = json.loads(text)["message"]["content"]
        return " ".join(str(block["text"]) for block in content if "text" in block)
    except (ValueError, TypeError, KeyError):
        return text


def _statements(turns_: Sequence[Turn]) -> list[str]:
    sentences = (s.strip() for turn in turns_ if turn.role == "USER" for s in _SENTENCE.split(turn.text))
    told = (_LEAD_IN.sub("", sentence) for sentence in sentences if sentence and not sentence.endswith("?"))
    return [s[:_RECORD_LIMIT] for s in told if _ABOUT_USER.search(s) and not _REQUEST.match(s)]


def _facts(new: Sequence[Turn], _session: Sequence[Turn]) -> list[Finding]:
    return [Finding(sentence) for sentence in _statements(new)]


def _preferences(new: Sequence[Turn], _session: Sequence[Turn]) -> list[Finding]:
    return [Finding(sentence) for sentence in _statements(new) if _LIKING.search(sentence)]


def _summary(_new: Sequence[Turn], session: Sequence[Turn]) -> list[Finding]:
    said = " ".join(turn.text for turn in session if turn.role == "USER")
    return [Finding(f"The user said: {said[-_SUMMARY_LIMIT:]}", replaces=True)] if said else []


def _episodes(new: Sequence[Turn], session: Sequence[Turn]) -> list[Finding]:
    asked = [turn.text for turn in session if turn.role == "USER"]
    answers = [turn.text for turn in new if turn.role == "ASSISTANT"]
    return [Finding(f"Situation: {asked[-1]} Outcome: {text}"[:_RECORD_LIMIT]) for text in answers if asked]
