"""Harm and denied topics, by `samples.toml` and a guardrail's own examples."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.local_cloud.guardrails.policy import Topic
from workbench.local_cloud.guardrails.similarity import likeness, plain, stems

CONFIDENCES = ("NONE", "LOW", "MEDIUM", "HIGH")
"""Confidences and strengths, in order."""

ENOUGH_ALIKE = {"HIGH": 0.8, "MEDIUM": 0.65, "LOW": 0.55}
"""Likeness to a sample from which a text is of a category, by confidence."""

_TOPIC_ALIKE = 0.55
_ABOUT_IT = 2
_STRONG = 2
# What definitions of topics are made of, whatever they define.
_FILLER = frozenset(
    stems(
        [
            "advice answer ask asking assistant available content conversation cover covers engineering general",
            "guidance help information include including knowledge matter matters outside personal provide question",
            "recommend recommendation related request subject topic unrelated user work give make use used want need",
            "about such other something someone anything person people best good new find explain write tell describe",
        ]
    )
)


@dataclass(frozen=True)
class _Category:
    patterns: tuple[re.Pattern[str], ...]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class _Theme:
    cues: frozenset[str]
    strong: frozenset[str]
    weak: frozenset[str]


@dataclass(frozen=True)
class _Known:
    profanity: re.Pattern[str]
    categories: Mapping[str, _Category]
    themes: tuple[_Theme, ...]
    technical: frozenset[str]


def confidence(category: str, text: str) -> str:
    """How sure it is that a text is of a category of harm: `NONE`, `LOW`, `MEDIUM` or `HIGH`.

    Args:
        category: Type of a content filter, for example `VIOLENCE`.
        text: The text.
    """
    known = _known().categories[category]
    read = plain(text)
    if any(pattern.search(read) for pattern in known.patterns):
        return "HIGH"
    alike = likeness(read, known.samples)
    return next((name for name, least in ENOUGH_ALIKE.items() if alike >= least), "NONE")


def reaches(confident: str, strength: str) -> bool:
    """Whether a filter of a strength acts on a confidence: the stronger, the less sure it needs to be.

    Args:
        confident: The confidence.
        strength: The filter's strength.
    """
    least = {"HIGH": 1, "MEDIUM": 2, "LOW": 3}.get(strength, len(CONFIDENCES))
    return CONFIDENCES.index(confident) >= least


def profanities(text: str) -> list[str]:
    """The profane words of a text."""
    return [match[0] for match in _known().profanity.finditer(plain(text))]


def is_about(topic: Topic, text: str) -> bool:
    """Whether a text is about a denied topic: like one of its examples, or made of its words more than of the trade's.

    Args:
        topic: The topic.
        text: The text.
    """
    read = plain(text)
    if likeness(read, topic.examples) >= _TOPIC_ALIKE:
        return True
    strong, weak = _vocabulary(topic)
    said = frozenset(stems([read]))
    own = frozenset(stems([topic.name]))
    trade = len(said & _known().technical - own)
    about = _STRONG * len(said & strong) + len(said & (weak - strong))
    return about >= _ABOUT_IT and about > _STRONG * trade


@functools.lru_cache(maxsize=256)
def _vocabulary(topic: Topic) -> tuple[frozenset[str], frozenset[str]]:
    name, definition = frozenset(stems([topic.name])), frozenset(stems([topic.definition]))
    known = _known()
    trade = known.technical - name
    themes = [theme for theme in known.themes if theme.cues & name] or [
        theme for theme in known.themes if theme.cues & definition
    ]
    strong = frozenset[str]().union(*(theme.strong for theme in themes))
    weak = frozenset[str]().union(*(theme.weak for theme in themes))
    own = (name | definition | frozenset(stems(topic.examples))) - _FILLER
    return strong - trade, (weak | own) - trade


@functools.cache
def _known() -> _Known:
    data = tomllib.loads(Path(__file__).with_name("samples.toml").read_text(encoding="utf-8"))
    return _Known(
        profanity=re.compile(data["profanity"]),
        categories={
            name: _Category(tuple(re.compile(one) for one in category["patterns"]), tuple(category["samples"]))
            for name, category in data["content"].items()
        },
        themes=tuple(
            _Theme(_words(theme["cues"]), _words(theme["strong"].split()), _words(theme["weak"].split()))
            for theme in data["themes"].values()
        ),
        technical=_words(data["technical"]["words"].split()),
    )


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stems(words))
