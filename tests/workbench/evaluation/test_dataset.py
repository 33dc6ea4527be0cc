import json
from pathlib import Path

import pytest

from tests.conftest import ROOT
from workbench.errors import WorkbenchError
from workbench.evaluation.dataset import read_dataset

TURN = {"prompt": "What is 2 + 2?", "number": 4, "tools_exactly": ["calculator"], "max_seconds": 5}
JUDGE = {
    "name": "kind",
    "instructions": "Is {assistant_turn} as kind as {expected_response}?",
    "least": 1,
    "rating": [{"label": "No", "definition": "x", "value": 0}, {"label": "Yes", "definition": "y", "value": 1}],
}
JUDGED = {"prompt": "Hello", "judges": ["kind"], "expected": "Good day"}


def lines(path: Path, *entries: object) -> Path:
    file = path / "dataset.jsonl"
    file.write_text("\n\n".join(json.dumps(entry) for entry in entries))
    return file


def conversation(*turns: object, name: str = "sums") -> dict[str, object]:
    return {"conversation": {"name": name, "turn": list(turns)}}


def names(path: Path) -> list[list[str]]:
    return [[evaluator.name for evaluator in case.evaluators] for each in read_dataset(path) for case in each.cases]


def test_lines_of_json_and_toml_say_the_same(tmp_path: Path) -> None:
    toml = tmp_path / "dataset.toml"
    toml.write_text(
        '[[conversation]]\nname = "sums"\n[[conversation.turn]]\nprompt = "What is 2 + 2?"\nnumber = 4\n'
        'tools_exactly = ["calculator"]\nmax_seconds = 5\n'
    )
    assert read_dataset(toml) == read_dataset(lines(tmp_path, conversation(TURN)))
    assert names(toml) == [["healthy", "number", "tools exactly", "latency"]]


def test_expectations_of_demonstrations_are_evaluators_too(tmp_path: Path) -> None:
    turn = {"prompt": "x", "expect": ["a"], "reject": ["b"], "tools": ["c"], "exact": "a", "contains": ["a"]}
    assert names(lines(tmp_path, conversation(turn))) == [["healthy", "regex", "reject", "tools", "exact", "contains"]]


def test_turns_that_look_at_tools_are_streamed(tmp_path: Path) -> None:
    (sums,) = read_dataset(lines(tmp_path, conversation(TURN, {"prompt": "Hello"})))
    assert [case.turn.stream for case in sums.cases] == [True, False]


def test_judges_and_their_expected_answer(tmp_path: Path) -> None:
    (told,) = read_dataset(lines(tmp_path, {"judge": JUDGE}, conversation(JUDGED)))
    (case,) = told.cases
    assert [judge.name for judge in case.judges] == ["kind"]
    assert (case.expected, case.judges[0].needs_expected, case.judges[0].least) == ("Good day", True, 1)


def test_the_data_set_of_the_sample_agent_can_be_read() -> None:
    data = read_dataset(ROOT / "agents/memory_assistant/evaluation/dataset.toml")
    assert [each.name for each in data][:2] == ["arithmetic", "short-term memory"]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"prompt": "x"}, "no turn expects anything"),
        ({"prompt": "x", "numbr": 4}, "unknown numbr; known are"),
        ({"prompt": "x", "number": "4"}, "number has to be a number, got '4'"),
        ({"prompt": "x", "number": True}, "number has to be a number, got True"),
        ({"prompt": "x", "number": 4, "tolerance": -1}, "tolerance has to be a number of 0 or more, got -1"),
        ({"prompt": "x", "exact": "4", "tolerance": 1}, "tolerance belongs to number"),
        ({"prompt": "x", "contains": []}, "contains lists nothing"),
        ({"prompt": "x", "expect": ["("]}, "'\\(' is no regular expression"),
        ({"prompt": "x", "exact": " "}, "exact has to be a text that is not empty"),
        ({"prompt": "x", "max_seconds": -1}, "max_seconds has to be a number of 0 or more"),
        ({"prompt": "x", "tools_exactly": [], "stream": False}, "only a streamed answer tells which tools"),
        ({"prompt": "x", "judges": ["cruel"]}, "there is no judge 'cruel'; the file has: kind"),
        ({"prompt": "x", "judges": ["kind"]}, "the judge 'kind' compares with an answer: say which in `expected`"),
        ({"prompt": "x", "number": 4, "expected": "4"}, "no judge of the turn compares with `expected`"),
    ],
)
def test_fails_for_turns_that_are_none(tmp_path: Path, turn: dict[str, object], message: str) -> None:
    path = lines(tmp_path, {"judge": JUDGE}, conversation(JUDGED, name="first"), conversation(turn))
    with pytest.raises(WorkbenchError, match=message) as error:
        read_dataset(path)
    assert str(error.value).startswith(f"{path}, conversation[1]")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instructions": "Is it kind?"}, "have to name {assistant_turn}"),
        ({"instructions": "{assistant_turn} {tool_turn}"}, "may name .*, got {tool_turn}"),
        ({"least": 0}, "least has to be above 0 and at most 1, .* got 0"),
        ({"least": 1.5}, "least has to be above 0 and at most 1, .* got 1.5"),
        ({"rating": JUDGE["rating"][:1]}, "needs two ratings or more"),  # type: ignore[index]
        ({"rating": [JUDGE["rating"][0]] * 2}, "each with its own label, got \\['No', 'No'\\]"),  # type: ignore[index]
        ({"rating": [{"label": "No", "definition": "x", "value": -1}] * 2}, "value has to be a number of 0 or more"),
    ],
)
def test_fails_for_judges_that_are_none(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        read_dataset(lines(tmp_path, {"judge": {**JUDGE, **change}}, conversation(JUDGED)))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "needs at least one conversation"),
        ([conversation(TURN), conversation(TURN)], "each with a name of its own, got \\['sums', 'sums'\\]"),
        ([{"judge": JUDGE}, conversation(TURN)], "no turn is judged by kind"),
        ([{"judge": JUDGE}, {"judge": JUDGE}, conversation(JUDGED)], "there is another judge 'kind'"),
        ([{"talk": {}}, conversation(TURN)], "unknown talk; known are conversation, judge"),
        ([{"conversation": {}, "judge": {}}], "line 1 has to be"),
        ([["x"]], "line 1 has to be"),
    ],
)
def test_fails_for_files_that_are_none(tmp_path: Path, entries: list[object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        read_dataset(lines(tmp_path, *entries))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.toml", b"[[", "is not valid TOML"),
        ("d.jsonl", b"{", "line 1 is not valid JSON"),
        ("d.jsonl", b"\xff", "is not UTF-8 text"),
    ],
)
def test_fails_for_files_that_cannot_be_parsed(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkbenchError, match=message):
        read_dataset(tmp_path / name)


def test_fails_for_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"cannot read the data set .*/none\.toml: No such file"):
        read_dataset(tmp_path / "none.toml")
