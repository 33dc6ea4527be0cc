"""Data sets: conversations and what is expected of each answer, as TOML or as one JSON object a line."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.conversations.script import Conversation, Turn, read_turn
from workbench.conversations.table import Table
from workbench.errors import WorkbenchError
from workbench.evaluation.evaluators import (
    Contains,
    Exact,
    Healthy,
    Latency,
    Matches,
    Number,
    Order,
    Rejects,
    ToolsAvoided,
    ToolsUsed,
)
from workbench.evaluation.judge import JudgeDefinition, Rating, check_instructions
from workbench.evaluation.scores import Evaluator

_CONVERSATION_KEYS = frozenset({"name", "why", "turn"})
_JUDGE_KEYS = frozenset({"name", "instructions", "rating", "least"})
_TOOL_KEYS = frozenset({"tools_in_order", "tools_exactly", "tools_avoided"})
_EVALUATOR_KEYS = _TOOL_KEYS | {"exact", "contains", "number", "tolerance", "max_seconds", "judges", "expected"}
_JSON_LINES = ".jsonl"
_MIN_RATINGS = 2


@dataclass(frozen=True)
class Case:
    """One turn and what scores it.

    Args:
        turn: What is said.
        evaluators: Those that compute.
        judges: Those that a model runs.
        expected: The answer that judges compare with; may be empty.
    """

    turn: Turn
    evaluators: tuple[Evaluator, ...]
    judges: tuple[JudgeDefinition, ...]
    expected: str


@dataclass(frozen=True)
class EvaluatedConversation:
    """Turns that are held in order, and what scores each."""

    name: str
    why: str
    cases: tuple[Case, ...]

    def conversation(self) -> Conversation:
        """What is said."""
        return Conversation(self.name, self.why, tuple(case.turn for case in self.cases))


def read_dataset(path: Path) -> tuple[EvaluatedConversation, ...]:
    """Read a data set.

    Args:
        path: A TOML file with `[[conversation]]` and `[[judge]]`, or a `.jsonl` file with `{"conversation": {…}}` or
            `{"judge": {…}}` in each line.

    Returns:
        The conversations, in the file's order.

    Raises:
        WorkbenchError: If the file is missing or malformed, or a conversation or a judge could not fail.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WorkbenchError(f"cannot read the data set {path}: {error.strerror}; pass one by --dataset") from None
    except UnicodeDecodeError:
        raise WorkbenchError(f"{path} is not UTF-8 text") from None
    table = Table(_parse_lines(text, path) if path.suffix == _JSON_LINES else _parse_toml(text, path), str(path))
    table.refuse_unknown({"conversation", "judge"})
    judges = {}
    for entry in table.tables("judge") if "judge" in table.values else []:
        judge = _judge(entry)
        if judge.name in judges:
            raise WorkbenchError(f"{entry.at}: there is another judge {judge.name!r}")
        judges[judge.name] = judge
    conversations = tuple(_conversation(entry, judges) for entry in table.tables("conversation"))
    names = [conversation.name for conversation in conversations]
    if not names or len(set(names)) < len(names):
        raise WorkbenchError(f"{path} needs at least one conversation, each with a name of its own, got {names}")
    unused = sorted(
        set(judges) - {judge.name for each in conversations for case in each.cases for judge in case.judges}
    )
    if unused:
        raise WorkbenchError(f"{path}: no turn is judged by {', '.join(unused)}; name it in `judges`, or remove it")
    return conversations


def _parse_toml(text: str, path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkbenchError(f"{path} is not valid TOML: {error}") from None


def _parse_lines(text: str, path: Path) -> Mapping[str, object]:
    parsed: dict[str, list[object]] = {"conversation": []}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise WorkbenchError(f"{path}, line {number} is not valid JSON: {error}") from None
        if not isinstance(entry, dict) or len(entry) != 1:
            raise WorkbenchError(f'{path}, line {number} has to be {{"conversation": {{…}}}} or {{"judge": {{…}}}}')
        name, value = next(iter(entry.items()))
        parsed.setdefault(name, []).append(value)
    return parsed


def _judge(table: Table) -> JudgeDefinition:
    table.refuse_unknown(_JUDGE_KEYS)
    instructions = table.text("instructions")
    check_instructions(instructions, table.at)
    ratings = tuple(_rating(entry) for entry in table.tables("rating"))
    labels = [rating.label for rating in ratings]
    if len(ratings) < _MIN_RATINGS or len(set(labels)) < len(labels):
        raise WorkbenchError(f"{table.at}: a judge needs two ratings or more, each with its own label, got {labels}")
    least = table.number("least")
    values = [rating.value for rating in ratings]
    if not min(values) < least <= max(values):
        raise WorkbenchError(
            f"{table.at}: least has to be above {min(values):g} and at most {max(values):g}, or the judge always or"
            f" never passes, got {least:g}"
        )
    return JudgeDefinition(table.text("name"), instructions, ratings, least)


def _rating(table: Table) -> Rating:
    table.refuse_unknown({"label", "definition", "value"})
    return Rating(table.text("label"), table.text("definition"), table.number("value", least=0))


def _conversation(table: Table, judges: Mapping[str, JudgeDefinition]) -> EvaluatedConversation:
    table.refuse_unknown(_CONVERSATION_KEYS)
    cases = tuple(_case(turn, judges) for turn in table.tables("turn"))
    if not any(len(case.evaluators) > 1 or case.judges for case in cases):
        raise WorkbenchError(f"{table.at}: no turn expects anything, so the conversation could hardly fail")
    return EvaluatedConversation(table.text("name"), table.text("why") if "why" in table.values else "", cases)


def _case(table: Table, judges: Mapping[str, JudgeDefinition]) -> Case:
    turn = read_turn(table, further=_EVALUATOR_KEYS, needs_tools=bool(_TOOL_KEYS & set(table.values)))
    chosen = tuple(_known_judge(name, judges, table.at) for name in dict.fromkeys(table.texts("judges")))
    expected = table.text("expected") if "expected" in table.values else ""
    needy = [judge.name for judge in chosen if judge.needs_expected]
    if needy and not expected:
        raise WorkbenchError(f"{table.at}: the judge {needy[0]!r} compares with an answer: say which in `expected`")
    if expected and not needy:
        raise WorkbenchError(f"{table.at}: no judge of the turn compares with `expected`: name one, or remove it")
    return Case(turn, (Healthy(), *_computing(turn, table)), chosen, expected)


def _computing(turn: Turn, table: Table) -> Iterator[Evaluator]:
    if turn.expect:
        yield Matches(turn.expect)
    if turn.reject:
        yield Rejects(turn.reject)
    if turn.tools:
        yield ToolsUsed(turn.tools, Order.ANY)
    if "tolerance" in table.values and "number" not in table.values:
        raise WorkbenchError(f"{table.at}: tolerance belongs to number, which is missing")
    for key, make in _EVALUATORS.items():
        if key in table.values:
            yield make(table)


def _listed(table: Table, name: str) -> Sequence[str]:
    found = table.texts(name)
    if not found:
        raise WorkbenchError(f"{table.at}: {name} lists nothing, so it could not fail; remove it")
    return found


_EVALUATORS: Mapping[str, Callable[[Table], Evaluator]] = {
    "exact": lambda table: Exact(table.text("exact")),
    "contains": lambda table: Contains(_listed(table, "contains")),
    "number": lambda table: Number(table.number("number"), table.number("tolerance", 0, least=0)),
    "tools_in_order": lambda table: ToolsUsed(_listed(table, "tools_in_order"), Order.IN_ORDER),
    # An empty list says something here: no tool at all.
    "tools_exactly": lambda table: ToolsUsed(table.texts("tools_exactly"), Order.EXACT),
    "tools_avoided": lambda table: ToolsAvoided(_listed(table, "tools_avoided")),
    "max_seconds": lambda table: Latency(table.number("max_seconds", least=0)),
}


def _known_judge(name: str, judges: Mapping[str, JudgeDefinition], at: str) -> JudgeDefinition:
    if name not in judges:
        raise WorkbenchError(f"{at}: there is no judge {name!r}; the file has: {', '.join(judges) or 'none'}")
    return judges[name]
