"""What an evaluation found, for people and programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from workbench.evaluation.baseline import Baseline, Change, changes
from workbench.evaluation.runner import EvaluatedTurn
from workbench.evaluation.scores import Outcome, Score

EMPTY = Baseline("", {}, {})
"""Nothing to compare with."""


@dataclass(frozen=True)
class EvaluationReport:
    """A run and how it compares.

    Args:
        agent: The agent's name.
        model: What answered as the model, and judged.
        turns: What was said and found.
        seconds: How long the run took.
        baseline: What it is compared with.
        baseline_path: Where that stands; empty where there is none.
    """

    agent: str
    model: str
    turns: Sequence[EvaluatedTurn]
    seconds: float
    baseline: Baseline = field(default=EMPTY)
    baseline_path: str = ""

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """Every score, in the order of the run."""
        return tuple(score for turn in self.turns for score in turn.scores)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What differs from the baseline."""
        return changes(self.scores, self.baseline)

    @property
    def acceptable(self) -> bool:
        """Whether every evaluator worked and nothing is worse than before."""
        worked = all(score.outcome is not Outcome.ERROR for score in self.scores)
        return worked and not any(change.regression for change in self.changes)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON for programs."""
        return {
            "agent": self.agent,
            "model": self.model,
            "acceptable": self.acceptable,
            "seconds": round(self.seconds, 3),
            "baseline": self.baseline_path or None,
            "changes": [
                {"key": each.key, "kind": each.kind.value, "before": each.before, "now": each.now}
                for each in self.changes
            ],
            "turns": [_turn(turn) for turn in self.turns],
        }


def _turn(turn: EvaluatedTurn) -> dict[str, object]:
    return {
        "conversation": turn.conversation,
        "turn": turn.number,
        "prompt": turn.prompt,
        "answer": turn.answer.text if turn.answer else None,
        "tools": list(turn.answer.tools) if turn.answer else [],
        "seconds": round(turn.seconds, 3),
        "scores": [
            {
                "evaluator": score.evaluator,
                "outcome": score.outcome.value,
                "value": score.value,
                "explanation": score.explanation,
            }
            for score in turn.scores
        ],
    }
