"""What an agent scored before, in a file of the repository, and what has become worse."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.evaluation.scores import Outcome, Score

_FORMAT = 1
# Scores are computed with floating-point numbers.
_DIGITS, _TOLERANCE = 6, 1e-5


@dataclass(frozen=True)
class Baseline:
    """Scores of an earlier run.

    Args:
        model: What answered as the model then.
        values: The scores by key.
        passed: Whether each was good enough, by key.
    """

    model: str
    values: Mapping[str, float]
    passed: Mapping[str, bool]


class ChangeKind(Enum):
    """How a score differs from the baseline."""

    WORSE = "worse"
    BETTER = "better"
    NEW_AND_FAILED = "new and not passed"
    GONE = "no longer evaluated"


@dataclass(frozen=True)
class Change:
    """One difference from the baseline.

    Args:
        key: The score's key.
        kind: How it differs.
        before: The baseline's value; None where it has none.
        now: This run's value; None where it has none.
    """

    key: str
    kind: ChangeKind
    before: float | None
    now: float | None

    @property
    def regression(self) -> bool:
        """Whether the run fails by it."""
        return self.kind is not ChangeKind.BETTER


def read_baseline(path: Path) -> Baseline | None:
    """Read a baseline.

    Returns:
        The baseline; None if there is no such file.

    Raises:
        WorkbenchError: If the file is none.
    """
    if not path.exists():
        return None
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkbenchError(
            f"{path} is no baseline of `evaluate` ({type(error).__name__}: {error}); make one with --save-baseline"
        ) from None


def write_baseline(path: Path, scores: Sequence[Score], model: str) -> None:
    """Write the scores of a run as a baseline: sorted, so that a diff shows what has changed, and without times.

    Raises:
        WorkbenchError: If an evaluator did not work, so that its score would be missing, or the file cannot be written.
    """
    broken = [score.key for score in scores if score.outcome is Outcome.ERROR]
    if broken:
        raise WorkbenchError(f"no baseline is written: {len(broken)} evaluation(s) did not work, first {broken[0]!r}")
    entries = {
        score.key: {"passed": score.outcome is Outcome.PASSED, "value": round(score.value, _DIGITS)}
        for score in sorted(scores, key=lambda score: score.key)
        if score.value is not None
    }
    document = {"format": _FORMAT, "model": model, "scores": entries}
    try:
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise WorkbenchError(f"cannot write the baseline {path}: {error.strerror}") from None


def changes(scores: Sequence[Score], baseline: Baseline | None) -> tuple[Change, ...]:
    """What differs from a baseline. Without one, whatever did not pass is new.

    What the baseline knows not to pass may stay so. What it knows and the run has not is a regression: a score must not
    get lost unseen.
    """
    known = baseline or Baseline("", {}, {})
    return (*_changed(scores, known), *_gone(scores, known))


def _changed(scores: Sequence[Score], baseline: Baseline) -> Iterator[Change]:
    for score in scores:
        now, passed = score.value, score.outcome is Outcome.PASSED
        if score.key not in baseline.passed:
            if not passed:
                yield Change(score.key, ChangeKind.NEW_AND_FAILED, None, now)
            continue
        before, passed_before = baseline.values[score.key], baseline.passed[score.key]
        change = _order(now, passed) - _order(before, passed_before)
        if change < -_TOLERANCE:
            yield Change(score.key, ChangeKind.WORSE, before, now)
        elif change > _TOLERANCE:
            yield Change(score.key, ChangeKind.BETTER, before, now)


def _order(value: float | None, passed: bool) -> float:
    """A number that grows with how good a score is: an evaluator that did not work is worse than any score."""
    return -1.0 if value is None else value + passed


def _gone(scores: Sequence[Score], baseline: Baseline) -> Iterator[Change]:
    evaluated = {score.key for score in scores}
    for key in baseline.passed:
        if key not in evaluated:
            yield Change(key, ChangeKind.GONE, baseline.values[key], None)


def _parsed(document: Mapping[str, object]) -> Baseline:
    scores = document["scores"]
    if document["format"] != _FORMAT or not isinstance(scores, dict):
        raise ValueError(f"format {document['format']!r} is not {_FORMAT}")
    values = {str(key): float(entry["value"]) for key, entry in scores.items()}
    passed = {str(key): entry["passed"] is True for key, entry in scores.items()}
    return Baseline(str(document["model"]), values, passed)
