"""Relevance of memory records: BM25, squashed to 0..1. A lexical stand-in for the service's embeddings.

The formula is written out here because of the collections it serves: an actor's namespace holds a handful of records,
often one, and the term weights that BM25 libraries derive from the collection alone mean nothing there (in a collection
of one record every word would count as common). So each term starts with the weight it would have in a small
background collection, and what the records themselves say takes over as they become many. The score is then set in
relation to the best the query could reach, which makes a fixed threshold such as 0.5 mean the same for every query:
about a quarter of what was asked for occurs in the record.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

_K1 = 1.2
# Records are single sentences: their length says little about how much they are about.
_B = 0.25
_BACKGROUND_RECORDS = 100
_HALF_AT = 0.23
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        a about all am an and any are as at be been but by can could did do does for from get had has have he her his
        how i i'd i'll i'm i've if in is it its it's just kind let me mine my of on or our please remember she should so
        some sort tell than that the their them then there these they this those to told too type up us was we were what
        what's when where which who whom whose why will with would you your
        """,
    )
)
_SPELLINGS = {"favourite": "favorite", "colour": "color", "flavour": "flavor", "grey": "gray"}
_ENDINGS = ("ations", "ation", "ingly", "edly", "ing", "ies", "ied", "ed", "es", "ly", "s", "e")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_SHORTEST_STEM = 3


def stem(word: str) -> str:
    """A word without its most common English endings: `drinks` → `drink`, `preferred` → `prefer`."""
    word = _SPELLINGS.get(word, word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM and not word.endswith("ss"):
            return _DOUBLED.sub(r"\1", word.removesuffix(ending))
    return word


def terms(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


def relevance(query: str, texts: Sequence[str]) -> list[float]:
    """How relevant each text is to a query.

    Args:
        query: What is searched for.
        texts: The candidates; together they are the collection.

    Returns:
        One score from 0 (nothing in common) to below 1 for each text, in their order.
    """
    documents = [Counter(terms(text)) for text in texts]
    wanted = sorted(set(terms(query)))
    if not wanted or not documents:
        return [0.0] * len(documents)
    weights = {term: _weight(term, documents) for term in wanted}
    mean_length = sum(document.total() for document in documents) / len(documents) or 1.0
    half = _HALF_AT * sum(weights.values())
    scores = (_score(document, weights, mean_length) for document in documents)
    return [score / (score + half) for score in scores]


def _weight(term: str, documents: Iterable[Counter[str]]) -> float:
    held = [term in document for document in documents]
    count = _BACKGROUND_RECORDS + len(held)
    containing = 1 + sum(held)
    return math.log(1 + (count - containing + 0.5) / (containing + 0.5))


def _score(document: Counter[str], weights: dict[str, float], mean_length: float) -> float:
    length = 1 - _B + _B * document.total() / mean_length
    return sum(
        weight * document[term] * (_K1 + 1) / (document[term] + _K1 * length)
        for term, weight in weights.items()
        if document[term]
    )
