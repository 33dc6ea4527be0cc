"""What evaluators look at, and what they find."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from workbench.conversations.answers import Answer


class Outcome(Enum):
    """What became of an evaluation."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """The evaluator itself did not work: that says nothing of the agent, and never counts as passed."""


@dataclass(frozen=True)
class Observed:
    """One turn as an evaluator sees it.

    Args:
        prompt: What was asked.
        answer: What the agent said.
        seconds: Time from the request to the end of the answer.
        earlier: The prompts and answers of the same session before, oldest first.
    """

    prompt: str
    answer: Answer
    seconds: float
    earlier: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Verdict:
    """What an evaluator finds.

    Args:
        passed: Whether it is good enough.
        value: How good it is; for most, 0 or 1.
        explanation: Why, in one line.
    """

    passed: bool
    value: float
    explanation: str


class Evaluator(Protocol):
    """Scores one turn."""

    @property
    def name(self) -> str:
        """Its name, unique in a turn."""

    def judge(self, observed: Observed) -> Verdict:
        """Score what was observed; whatever it raises is reported as its own failure."""


@dataclass(frozen=True)
class Score:
    """What one evaluator found in one turn.

    Args:
        conversation: The conversation's name.
        turn: The turn's number in it, from 1.
        evaluator: The evaluator's name.
        outcome: What became of it.
        value: How good the turn is; None where the evaluator did not work.
        explanation: Why, in one line.
    """

    conversation: str
    turn: int
    evaluator: str
    outcome: Outcome
    value: float | None
    explanation: str

    @property
    def key(self) -> str:
        """What stays the same from run to run."""
        return f"{self.conversation} / {self.turn} / {self.evaluator}"
