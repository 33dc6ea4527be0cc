"""Queries of Logs Insights: commands, each of which takes what the one before it leaves.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.dashboards.errors import QueryError
from workbench.dashboards.insights.aggregates import aggregates
from workbench.dashboards.insights.columns import columns
from workbench.dashboards.insights.language import Expression, Parser, number, span, truth
from workbench.dashboards.insights.records import MESSAGE, TIMESTAMP, Record, Scalar

DEFAULT_LIMIT = 10_000
"""Rows of a query without `limit`."""

_GROUPS = re.compile(r"(?:arn:aws[\w-]*:logs:[^:]*:\d*:log-group:)?(?P<name>[^:]+)")
_BIN = re.compile(r"bin\(\s*(\d+\s*(?:ms|[smhdw]))\s*\)")


@dataclass(frozen=True)
class Table:
    """What a query gives.

    Args:
        columns: Names of the columns.
        rows: The rows.
        over_time: Whether the rows are grouped by `bin()` and make a chart.
    """

    columns: tuple[str, ...]
    rows: tuple[Record, ...]
    over_time: bool


Stage = Callable[[Table], Table]


def parts(query: str) -> tuple[tuple[str, ...], str]:
    """The log groups that a dashboard's query names, and the query itself.

    Args:
        query: As in a widget: `SOURCE 'group' | fields @message`.

    Raises:
        QueryError: If it names no log group.
    """
    sources: list[str] = []
    commands: list[str] = []
    for command in _commands(query):
        if command.upper().startswith("SOURCE "):
            sources += re.findall(r"'([^']+)'", command)
        else:
            commands.append(command)
    if not sources:
        raise QueryError(f"the query {query!r} names no log group: SOURCE 'NAME'")
    names = (found["name"] for source in sources if (found := _GROUPS.match(source)))
    return tuple(dict.fromkeys(names)), " | ".join(commands)


def run(query: str, records: Sequence[Record]) -> Table:
    """Answer a query.

    Args:
        query: The commands, without their source.
        records: The log events.

    Raises:
        QueryError: If a command is not evaluated locally.
    """
    newest_first = sorted(records, key=lambda each: -(number(each[TIMESTAMP]) or 0))
    table = Table((TIMESTAMP, MESSAGE), tuple(newest_first), over_time=False)
    for command in _commands(query):
        table = _stage(command)(table)
    return Table(table.columns, table.rows[:DEFAULT_LIMIT], table.over_time)


def _commands(query: str) -> list[str]:
    """A query's commands; what stands in quotes or in a regular expression does not part them."""
    quoted = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\\n]|\\.)+/""")
    hidden = quoted.sub(lambda found: found[0].replace("|", "\0"), query)
    return [part.replace("\0", "|").strip() for part in hidden.split("|") if part.strip()]


def _stage(command: str) -> Stage:
    name, _, rest = command.partition(" ")
    if name.lower() not in _STAGES:
        raise QueryError(
            f"the command {name!r} of {command!r} is not evaluated locally; known are {', '.join(_STAGES)}"
        )
    return _STAGES[name.lower()](rest)


def _fields(text: str) -> Stage:
    expressions = _expressions(text)

    def apply(table: Table) -> Table:
        rows = tuple({**row, **{name: value(row) for name, value in expressions.items()}} for row in table.rows)
        return Table(tuple(expressions), rows, table.over_time)

    return apply


def _expressions(text: str) -> dict[str, Expression]:
    return columns(text, Parser.condition)


def _filter(text: str) -> Stage:
    parser = Parser(text)
    condition = parser.condition()
    if not parser.done:
        raise parser.error()
    return lambda table: Table(
        table.columns, tuple(row for row in table.rows if truth(condition(row))), table.over_time
    )


def _sort(text: str) -> Stage:
    parser = Parser(text)
    keys: list[tuple[Expression, bool]] = []
    while not parser.done:
        value = parser.condition()
        keys.append((value, parser.take("asc", "desc") == "desc"))
        if not parser.done:
            parser.expect(",")

    def apply(table: Table) -> Table:
        rows = list(table.rows)
        for value, descending in reversed(keys):
            rows.sort(key=lambda row, value=value: _order(value(row)), reverse=descending)  # type: ignore[misc]
        return Table(table.columns, tuple(rows), table.over_time)

    return apply


def _order(value: Scalar) -> tuple[int, float, str]:
    found = number(value)
    if value is None:
        return (0, 0.0, "")
    return (1, found, "") if found is not None else (2, 0.0, str(value))


def _limit(text: str) -> Stage:
    if not text.strip().isdigit():
        raise QueryError(f"limit takes a number, got {text!r}")
    return lambda table: Table(table.columns, table.rows[: int(text)], table.over_time)


def _stats(text: str) -> Stage:
    wanted, _, groups = re.sub(r"\s+by\s+", "\0", text, count=1, flags=re.IGNORECASE).partition("\0")
    keys = _expressions(groups)
    values = aggregates(wanted)
    binned = next((name for name in keys if name.startswith("bin(")), "")

    def apply(table: Table) -> Table:
        grouped: dict[tuple[Scalar, ...], list[Record]] = {} if keys else {(): list(table.rows)}
        for row in table.rows if keys else ():
            grouped.setdefault(tuple(value(row) for value in keys.values()), []).append(row)
        rows = [
            {**dict(zip(keys, key, strict=True)), **{name: value(members) for name, value in values.items()}}
            for key, members in grouped.items()
        ]
        if binned:
            rows.sort(key=lambda row: _order(row[binned]))
        return Table((*keys, *values), tuple(rows), over_time=bool(binned))

    return apply


def _parse(text: str) -> Stage:
    """`parse FIELD "a * b *" as x, y` and `parse FIELD /(?<x>…)/`."""
    parser = Parser(text)
    value = parser.condition()
    pattern = parser.next()
    names: list[str] = []
    if parser.take("as"):
        names = [parser.next().value]
        while parser.take(","):
            names.append(parser.next().value)
    if pattern.kind == "regex":
        expression = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern.value))
    else:
        groups = iter(f"(?P<{name}>.*?)" for name in names)
        parts = [re.escape(part) for part in pattern.value.split("*")]
        expression = re.compile(parts[0] + "".join(next(groups, ".*?") + part for part in parts[1:]) + r"\s*$")

    def apply(table: Table) -> Table:
        rows = []
        for row in table.rows:
            found = expression.search(str(value(row) or ""))
            rows.append({**row, **(found.groupdict() if found else {})})
        return Table(table.columns, tuple(rows), table.over_time)

    return apply


def _dedup(text: str) -> Stage:
    expressions = _expressions(text)

    def apply(table: Table) -> Table:
        first = {tuple(value(row) for value in expressions.values()): row for row in reversed(table.rows)}
        return Table(table.columns, tuple(reversed(first.values())), table.over_time)

    return apply


_STAGES: Mapping[str, Callable[[str], Stage]] = {
    "fields": _fields,
    "display": _fields,
    "filter": _filter,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "parse": _parse,
    "dedup": _dedup,
}


def bin_seconds(query: str) -> float | None:
    """Seconds of the first `bin()` of a query; None where it has none.

    Args:
        query: The query.
    """
    found = _BIN.search(query)
    return span(found[1].replace(" ", "")) / 1000 if found else None
