import json
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.evaluation.baseline import ChangeKind, changes, read_baseline, write_baseline
from workbench.evaluation.scores import Outcome, Score

PASSED, FAILED, ERROR = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR


def score(evaluator: str, outcome: Outcome, value: float | None) -> Score:
    return Score("talk", 1, evaluator, outcome, value, "")


def kinds(tmp_path: Path, before: list[Score], now: list[Score]) -> dict[str, ChangeKind]:
    path = tmp_path / "baseline.json"
    write_baseline(path, before, "m")
    return {change.key.rsplit(" / ")[-1]: change.kind for change in changes(now, read_baseline(path))}


def test_the_same_scores_are_no_change(tmp_path: Path) -> None:
    scores = [score("a", PASSED, 1 / 3), score("b", FAILED, 0.0)]
    assert kinds(tmp_path, scores, scores) == {}


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (score("x", PASSED, 1.0), score("x", FAILED, 0.0), ChangeKind.WORSE),
        (score("x", PASSED, 1.0), score("x", PASSED, 0.9), ChangeKind.WORSE),
        (score("x", PASSED, 0.5), score("x", FAILED, 0.5), ChangeKind.WORSE),
        (score("x", FAILED, 0.5), score("x", FAILED, 0.25), ChangeKind.WORSE),
        (score("x", FAILED, 0.0), score("x", ERROR, None), ChangeKind.WORSE),
        (score("x", FAILED, 0.0), score("x", PASSED, 1.0), ChangeKind.BETTER),
        (score("x", PASSED, 0.5), score("x", PASSED, 1.0), ChangeKind.BETTER),
    ],
)
def test_every_change_of_a_score_is_seen(tmp_path: Path, before: Score, now: Score, kind: ChangeKind) -> None:
    (change,) = _changes(tmp_path, [before], [now])
    assert change == kind


def _changes(tmp_path: Path, before: list[Score], now: list[Score]) -> list[ChangeKind]:
    return list(kinds(tmp_path, before, now).values())


def test_a_score_that_is_gone_is_a_regression(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [score("x", PASSED, 1.0)], "m")
    (change,) = changes([], read_baseline(path))
    assert (change.kind, change.regression) == (ChangeKind.GONE, True)


def test_new_scores_have_to_pass(tmp_path: Path) -> None:
    new = [score("a", PASSED, 1.0), score("b", FAILED, 0.0), score("c", ERROR, None)]
    assert kinds(tmp_path, [], new) == {"b": ChangeKind.NEW_AND_FAILED, "c": ChangeKind.NEW_AND_FAILED}
    assert [change.regression for change in changes(new, None)] == [True, True]


def test_the_file_is_the_same_for_the_same_scores(tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    scores = [score("b", PASSED, 1.0), score("a", FAILED, 0.25)]
    write_baseline(first, scores, "m")
    write_baseline(second, scores[::-1], "m")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().endswith("}\n")


def test_fails_to_store_what_did_not_work(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(WorkbenchError, match=r"1 evaluation\(s\) did not work, first 'talk / 1 / x'"):
        write_baseline(path, [score("x", ERROR, None)], "m")
    assert not path.exists()


def test_a_missing_baseline_is_none(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"format": 2, "model": "m", "scores": {}}),
        json.dumps({"format": 1, "model": "m", "scores": []}),
        json.dumps({"format": 1, "model": "m", "scores": {"x": {"passed": True}}}),
        json.dumps({"format": 1, "model": "m", "scores": {"x": {"passed": True, "value": None}}}),
    ],
)
def test_fails_for_a_file_that_is_no_baseline(tmp_path: Path, content: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(content)
    with pytest.raises(WorkbenchError, match="is no baseline of `evaluate`"):
        read_baseline(path)
