"""Queries of Logs Insights over log lines."""

import json

import pytest

from workbench.dashboards.errors import QueryError
from workbench.dashboards.insights.query import bin_seconds, parts, run
from workbench.dashboards.insights.records import Record, record

LINES = [
    (0, {"level": "INFO", "event": "turn", "ms": 10, "actor": {"id": "ann"}, "ok": True}),
    (1_000, {"level": "ERROR", "event": "turn", "ms": 30, "actor": {"id": "bob"}, "error": "no | pipe"}),
    (61_000, {"level": "INFO", "event": "turn", "ms": 20, "actor": {"id": "ann"}}),
    (62_000, {"level": "INFO", "event": "start"}),
]


def records() -> list[Record]:
    told = [record(json.dumps(line), milliseconds=ms, group="g", stream="s") for ms, line in LINES]
    return [*told, record("START request 17 took 5 ms", milliseconds=63_000, group="g", stream="s")]


def rows(query: str) -> list[tuple[object, ...]]:
    table = run(query, records())
    return [tuple(row.get(column) for column in table.columns) for row in table.rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter level = 'ERROR' | fields event, ms", [("turn", 30)]),
        ('filter level = "INFO" and ms >= 20 | fields ms', [(20,)]),
        ("filter ms > 5 | fields ms | sort ms desc | limit 2", [(30,), (20,)]),
        ("filter ms > 5 | sort actor.id, ms | display actor.id, ms", [("ann", 10), ("ann", 20), ("bob", 30)]),
        ("filter error like /no \\| p/ | fields error", [("no | pipe",)]),
        ("filter error like 'pipe' | fields ms", [(30,)]),
        ("filter @message like /(?i)start request/ | fields @logStream", [("s",)]),
        ("filter event not like /turn/ and ispresent(event) | fields event", [("start",)]),
        ("filter actor.id in ['bob', 'eve'] | fields ms", [(30,)]),
        ("filter not (level = 'INFO' or ms > 5) | fields @timestamp", [(63_000,)]),
        ("filter ok = 1 | fields ms * 2 + 1 as twice", [(21,)]),
        ("filter level != 'INFO' and ispresent(level) | fields strlen(level) as n", [(5,)]),
        ("stats count(*)", [(5,)]),
        ("stats count(ms), sum(ms) as total, avg(ms), max(ms), min(ms), pct(ms, 50)", [(3, 60, 20, 30, 10, 20)]),
        ("stats count_distinct(actor.id) as people", [(2,)]),
        ("filter ispresent(ms) | stats sum(ms) by actor.id | sort actor.id", [("ann", 30), ("bob", 30)]),
        ("stats count(*) as n by bin(1m)", [(0, 2), (60_000, 3)]),
        ("stats 100 * count(error) / count(*) as percent", [(20,)]),
        ("filter level = 'NONE' | stats count(*) as n", [(0,)]),
        ("filter level = 'NONE' | stats count(*) as n by event", []),
        ("parse @message 'request * took * ms' as id, took | filter took > 1 | display id, took", [("17", "5")]),
        ("parse @message /request (?<id>\\d+)/ | filter ispresent(id) | display id", [("17",)]),
        # The newest of each stays.
        ("filter ispresent(ms) | dedup actor.id | sort actor.id | display actor.id, ms", [("ann", 20), ("bob", 30)]),
        ("filter ms > 15 | fields coalesce(error, 'none') as e | sort e", [("no | pipe",), ("none",)]),
    ],
)
def test_queries(query: str, found: list[tuple[object, ...]]) -> None:
    assert rows(query) == found


def test_without_commands_there_are_lines_newest_first() -> None:
    assert rows("")[0] == (63_000, "START request 17 took 5 ms")


def test_a_query_by_time_is_a_chart() -> None:
    assert run("stats count(*) by bin(5m)", records()).over_time
    assert run("stats count(*) by bin(5m)", records()).columns == ("bin(5m)", "count(*)")
    assert not run("stats count(*) by event", records()).over_time
    assert bin_seconds("stats count(*) by bin(5m)") == 300


def test_a_widget_names_its_log_groups() -> None:
    query = "SOURCE '/aws/a' | SOURCE 'arn:aws:logs:us-east-1:1:log-group:/aws/b:*' | fields @message\n| limit 5"
    assert parts(query) == (("/aws/a", "/aws/b"), "fields @message | limit 5")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("unmask @message", "'unmask' of 'unmask @message' is not evaluated locally"),
        ("stats stddev(ms)", r"stddev\(\) is not evaluated locally"),
        ("filter base64(x) = 1", r"base64\(\) is not evaluated locally"),
        ("filter a b", "is not evaluated locally"),
        ("filter a = #", "cannot be read from"),
        ("limit many", "limit takes a number"),
    ],
)
def test_fails_on_what_it_does_not_evaluate(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        run(query, records())


def test_fails_without_a_log_group() -> None:
    with pytest.raises(QueryError, match="names no log group"):
        parts("fields @message")
