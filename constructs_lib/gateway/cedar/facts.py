"""What one way of fulfilling a condition says about its values, and whether all of it can hold at once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import cast

Number = int | Decimal
Pattern = tuple[str | None, ...]
"""Literal parts of a `like` pattern, with None for each wildcard."""


@dataclass(frozen=True)
class Fact:
    """Something that holds, or does not, in one case.

    Args:
        subject: What it is about: an attribute, a tag, or a whole expression, in a canonical spelling.
        relation: `present`, `equal`, `less`, `at_most`, `in`, `like`, or `true` for an expression not understood.
        value: What the subject is related to.
        holds: Whether the relation holds.
    """

    subject: str
    relation: str
    value: object
    holds: bool


Case = frozenset[Fact]
"""Facts that hold together."""


def consistent(case: Case) -> bool:
    """Whether the facts can hold together. Errs on the side of yes."""
    ordered = sorted(case, key=lambda fact: fact.subject)
    return all(_subject_consistent(list(facts)) for _, facts in groupby(ordered, key=lambda fact: fact.subject))


def _subject_consistent(facts: Sequence[Fact]) -> bool:
    asserted = {(fact.relation, _key(fact.value)) for fact in facts if fact.holds}
    denied = {(fact.relation, _key(fact.value)) for fact in facts if not fact.holds}
    if asserted & denied:
        return False
    candidates = _candidates(facts)
    if candidates is not None:
        return any(all(_fits(fact, candidate) for fact in facts) for candidate in candidates)
    return _affixes_agree([fact.value for fact in facts if fact.relation == "like" and fact.holds])


def _candidates(facts: Sequence[Fact]) -> list[object] | None:
    """The values the subject could have, where there are only so many; None where there are too many to try."""
    for fact in facts:
        if fact.relation == "equal" and isinstance(fact.value, bool):
            return [True, False]
        if fact.relation == "equal" and fact.holds:
            return [fact.value]
    for fact in facts:
        if fact.relation == "in" and fact.holds and isinstance(fact.value, tuple):
            return list(fact.value)
    return _numbers(facts)


def _numbers(facts: Sequence[Fact]) -> list[object] | None:
    bounds = [fact for fact in facts if fact.relation in ("less", "at_most") and isinstance(fact.value, int | Decimal)]
    if not bounds:
        return None
    upper = [_limit(fact) for fact in bounds if fact.holds]
    lower = [_limit(fact) for fact in bounds if not fact.holds]
    if not (upper and lower):
        return None
    if max(lower) > min(upper):
        return []
    return [max(lower)] if max(lower) == min(upper) else None


def _limit(fact: Fact) -> Number:
    """The largest value where the fact holds, the smallest where it does not."""
    value = cast("Number", fact.value)
    step: Number = 1 if isinstance(value, int) else Decimal("0.0001")
    if fact.relation == "less":
        return value - step if fact.holds else value
    return value if fact.holds else value + step


def _fits(fact: Fact, candidate: object) -> bool:
    test = _TESTS.get(fact.relation)
    return test is None or test(candidate, fact.value) is fact.holds


def _equal(candidate: object, value: object) -> bool:
    return _key(candidate) == _key(value)


def _less(candidate: object, value: object) -> bool:
    return isinstance(candidate, int | Decimal) and isinstance(value, int | Decimal) and candidate < value


def _at_most(candidate: object, value: object) -> bool:
    return isinstance(candidate, int | Decimal) and isinstance(value, int | Decimal) and candidate <= value


def _in(candidate: object, values: object) -> bool:
    return isinstance(values, tuple) and any(_equal(candidate, value) for value in values)


def _like(candidate: object, pattern: object) -> bool:
    if not isinstance(candidate, str) or not isinstance(pattern, tuple):
        return False
    expression = "".join(".*" if part is None else re.escape(part) for part in pattern)
    return re.fullmatch(expression, candidate, re.DOTALL) is not None


_TESTS: Mapping[str, Callable[[object, object], bool]] = {
    "equal": _equal,
    "less": _less,
    "at_most": _at_most,
    "in": _in,
    "like": _like,
}


def _affixes_agree(patterns: Iterable[object]) -> bool:
    """Whether patterns that all match leave room for one text, judged by what it has to begin and end with."""
    known = [pattern for pattern in patterns if isinstance(pattern, tuple) and pattern]
    starts = [pattern[0] or "" for pattern in known]
    ends = [(pattern[-1] or "")[::-1] for pattern in known]
    return _one_continues_the_other(starts) and _one_continues_the_other(ends)


def _one_continues_the_other(texts: Sequence[str]) -> bool:
    longest = max(texts, key=len, default="")
    return all(longest.startswith(text) for text in texts)


def _key(value: object) -> tuple[str, object]:
    # 1, True and Decimal(1) are equal in Python, not in Cedar.
    return type(value).__name__, value
