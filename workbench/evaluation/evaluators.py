"""Evaluators that compute: the same answer gets the same score, without a model."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from workbench.evaluation.scores import Observed, Verdict

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w]|\.\d)")
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Healthy:
    """The agent answers, and does not say that its answer is degraded."""

    name: ClassVar[str] = "healthy"

    def judge(self, observed: Observed) -> Verdict:
        """Score the notices of the answer."""
        notices = observed.answer.notices
        return _all_or_nothing(not notices, f"the answer is degraded: {'; '.join(notices)}" if notices else "answered")


@dataclass(frozen=True)
class Exact:
    """The answer is this text, white space around it aside."""

    text: str
    name: ClassVar[str] = "exact"

    def judge(self, observed: Observed) -> Verdict:
        """Compare the whole answer."""
        same = observed.answer.text.strip() == self.text.strip()
        return _all_or_nothing(same, "the same text" if same else f"the answer is {_shown(observed)}")


@dataclass(frozen=True)
class Contains:
    """The answer has these texts in it, in any case; its score is the share that is there."""

    texts: Sequence[str]
    name: ClassVar[str] = "contains"

    def judge(self, observed: Observed) -> Verdict:
        """Look for each text."""
        answer = observed.answer.text.casefold()
        return _share(self.texts, [text for text in self.texts if text.casefold() in answer], observed)


@dataclass(frozen=True)
class Matches:
    """The answer matches these regular expressions, in any case; its score is the share that does."""

    expressions: Sequence[str]
    name: ClassVar[str] = "regex"

    def judge(self, observed: Observed) -> Verdict:
        """Look for each expression."""
        found = [each for each in self.expressions if re.search(each, observed.answer.text, re.IGNORECASE)]
        return _share(self.expressions, found, observed)


@dataclass(frozen=True)
class Rejects:
    """The answer matches none of these regular expressions, in any case."""

    expressions: Sequence[str]
    name: ClassVar[str] = "reject"

    def judge(self, observed: Observed) -> Verdict:
        """Look for each expression."""
        found = [each for each in self.expressions if re.search(each, observed.answer.text, re.IGNORECASE)]
        return _all_or_nothing(not found, f"the answer matches {_quoted(found)}" if found else "matches none")


@dataclass(frozen=True)
class Number:
    """The answer has this number in it.

    Args:
        value: The number.
        tolerance: How far off it may be.
    """

    value: float
    tolerance: float = 0.0
    name: ClassVar[str] = "number"

    def judge(self, observed: Observed) -> Verdict:
        """Look at every number of the answer."""
        said = [float(text.replace(",", "")) for text in _NUMBER.findall(observed.answer.text)]
        right = any(math.isclose(each, self.value, rel_tol=1e-12, abs_tol=self.tolerance) for each in said)
        shown = ", ".join(f"{each:g}" for each in said) or "none"
        return _all_or_nothing(right, f"says {self.value:g}" if right else f"{self.value:g} is not among: {shown}")


class Order(Enum):
    """How closely the tools used have to follow those expected, in AgentCore's words for trajectories."""

    ANY = "tools"
    """Each was used, in whatever order and whatever else was."""
    IN_ORDER = "tools in order"
    """Each was used, in this order, whatever else was."""
    EXACT = "tools exactly"
    """These were used, in this order, and nothing else."""


@dataclass(frozen=True)
class ToolsUsed:
    """The agent used these tools.

    Args:
        expected: Their names; for `Order.EXACT` there may be none.
        order: How closely.
    """

    expected: Sequence[str]
    order: Order

    @property
    def name(self) -> str:
        """Its name, unique in a turn."""
        return self.order.value

    def judge(self, observed: Observed) -> Verdict:
        """Compare with the tools of a streamed answer."""
        used = observed.answer.tools
        follows = {
            Order.ANY: lambda: all(tool in used for tool in self.expected),
            Order.IN_ORDER: lambda: _is_subsequence(self.expected, used),
            Order.EXACT: lambda: list(used) == list(self.expected),
        }[self.order]()
        return _all_or_nothing(follows, f"used {_quoted(used)}, expected {_quoted(self.expected)}")


@dataclass(frozen=True)
class ToolsAvoided:
    """The agent used none of these tools."""

    tools: Sequence[str]
    name: ClassVar[str] = "tools avoided"

    def judge(self, observed: Observed) -> Verdict:
        """Look at the tools of a streamed answer."""
        wrong = [tool for tool in observed.answer.tools if tool in self.tools]
        return _all_or_nothing(not wrong, f"used {_quoted(wrong)}" if wrong else "used none of them")


@dataclass(frozen=True)
class Latency:
    """The whole answer is there in time. Its score says whether, not how fast: times differ from machine to machine.

    Args:
        seconds: The longest time.
    """

    seconds: float
    name: ClassVar[str] = "latency"

    def judge(self, observed: Observed) -> Verdict:
        """Compare the time taken."""
        took = f"{observed.seconds:.2f} s of at most {self.seconds:g} s"
        return _all_or_nothing(observed.seconds <= self.seconds, took)


def _is_subsequence(expected: Sequence[str], used: Sequence[str]) -> bool:
    # Membership consumes the iterator up to what it finds.
    rest = iter(used)
    return all(tool in rest for tool in expected)


def _share(wanted: Sequence[str], found: Sequence[str], observed: Observed) -> Verdict:
    missing = [each for each in wanted if each not in found]
    explanation = f"{_quoted(missing)} not in {_shown(observed)}" if missing else "all found"
    return Verdict(not missing, len(found) / len(wanted), explanation)


def _all_or_nothing(passed: bool, explanation: str) -> Verdict:
    return Verdict(passed, float(passed), explanation)


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(map(repr, texts)) or "none"


def _shown(observed: Observed) -> str:
    text = " ".join(observed.answer.text.split())
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
