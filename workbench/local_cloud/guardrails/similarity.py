"""How alike two texts are, by the stems of the words they share."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from workbench.local_cloud.agentcore.memory.retrieval import terms

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LOOKALIKES = str.maketrans("аеорсухіѕ", "aeopcyxis")
_FIGURES = str.maketrans("013457@$", "oieastas")
_SPELLED_OUT = re.compile(r"\b(?:\w[ .\-_*]){3,40}\w\b")
_WORD = re.compile(r"(?<![\w@$])[\w@$]{3,40}(?![\w@$])")
_FIGURE_IN_WORD = re.compile(r"[a-z][013457@$]+[a-z]|^[013457@$]+[a-z]{2}", re.IGNORECASE)

MIN_SHARED = 2
"""Fewest stems two texts share before they count as alike at all."""


def plain(text: str) -> str:
    """A text without what hides words from a reader of words: lookalikes, invisible characters, s p a c e s, 1337."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOKALIKES)
    text = _SPELLED_OUT.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), text)
    return _WORD.sub(lambda found: _spelled(found[0]), text).casefold()


def _spelled(word: str) -> str:
    return word.translate(_FIGURES) if _FIGURE_IN_WORD.search(word) else word


def sentences(text: str) -> list[str]:
    """The sentences of a text, and the text itself."""
    parts = [part for part in _SENTENCE.split(text) if part.strip()]
    return parts if len(parts) == 1 else [*parts, text]


def likeness(text: str, samples: Iterable[str]) -> float:
    """How alike a text's most telling sentence and the nearest sample are, from 0 to 1.

    Args:
        text: The text.
        samples: What it is compared with.
    """
    given = [set(terms(sentence)) for sentence in sentences(text)]
    return max((_dice(one, set(terms(sample))) for sample in samples for one in given), default=0.0)


def shared(text: str, reference: str) -> float:
    """The part of a text's words that a reference has as well, from 0 to 1; 1 for a text without words.

    Args:
        text: The text.
        reference: Where its words are looked up.
    """
    said, known = set(terms(text)), set(terms(reference))
    return len(said & known) / len(said) if said else 1.0


def stems(words: Iterable[str]) -> Iterator[str]:
    """The stems of words."""
    for word in words:
        yield from terms(word)


def _dice(one: set[str], other: set[str]) -> float:
    common = len(one & other)
    return 2 * common / (len(one) + len(other)) if common >= MIN_SHARED else 0.0
