"""Filter patterns match the log events that CloudWatch Logs says they match."""

import json

import pytest

from workbench.telemetry.filter_patterns import FilterPattern

EVENT = json.dumps(
    {
        "level": "ERROR",
        "message": "model throttled: try again",
        "latency": 120,
        "user": {"name": "ann", "tags": ["a", {"kind": "vip"}]},
        "with.dot": "x",
        "retried": True,
        "reason": None,
    }
)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        '{ $.level = "ERROR" }',
        "{ $.level = ERROR }",
        '{ $.level = "ERR*" && $.latency > 100 }',
        "{ $.latency = 1.2e2 }",
        "{ $.latency >= 120 && $.latency <= 120 }",
        '{ $.user.tags[1].kind = "vip" }',
        "{ $['with.dot'] = \"x\" }",
        "{ $.message = %^model thr.ttled% }",
        "{ $.retried IS TRUE && $.reason IS NULL && $.missing NOT EXISTS }",
        '{ $.level = "INFO" && $.latency > 1 || $.level = "ERROR" }',
        '{ $.level = "ERROR" && ($.latency > 1000 || $.user.name != "bob") }',
        "ERROR",
        '"try again" -INFO',
        "?missing ?throttled",
        "%thr.ttled%",
    ],
)
def test_matches(pattern: str) -> None:
    assert FilterPattern(pattern).match(EVENT) == json.loads(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.level = "error" }',
        '{ $.level = "ERR" }',
        '{ $.level != "ERROR" }',
        '{ $.missing != "x" }',
        "{ $.latency > 120 }",
        '{ $.latency = "120" }',
        "{ $.level > 3 }",
        "{ $.user.tags[2] = 1 }",
        "{ $.retried IS FALSE }",
        "{ $.message NOT EXISTS }",
        '{ $.level = "INFO" && ($.latency > 1 || $.level = "ERROR") }',
        "ERROR -throttled",
        "?one ?two",
        "[a, b]",
    ],
)
def test_does_not_match(pattern: str) -> None:
    assert FilterPattern(pattern).match(EVENT) is None


def test_json_patterns_match_json_objects_only() -> None:
    assert FilterPattern('{ $.level = "ERROR" }').match('level "ERROR"') is None
    assert FilterPattern("{ $.missing NOT EXISTS }").match("plain text") is None


def test_words_of_a_space_delimited_event_have_names() -> None:
    pattern = FilterPattern("[ip, user, ..., status = 4* || status = 5*, bytes > 1000]")

    assert pattern.match('127.0.0.1 ann [10/Oct:13:55] "GET /index.html" 404 1534') == {
        "ip": "127.0.0.1",
        "user": "ann",
        "status": "404",
        "bytes": "1534",
    }
    assert pattern.match('127.0.0.1 ann [10/Oct:13:55] "GET /index.html" 200 1534') is None
    assert pattern.match('127.0.0.1 ann [10/Oct:13:55] "GET /index.html" 404 15') is None
    assert pattern.match("127.0.0.1 ann") is None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ('{ $.level = "ERROR"', "has to end with '}'"),
        ("{ $.level }", "its end where an operator belongs"),
        ("{ level = 3 }", "'level' where a selector"),
        ("{ $.latency > many }", "> compares with a number, got 'many'"),
        ("{ ($.a = 1 }", "a '\\(' without its '\\)'"),
        ("{ $.a = 1 $.b = 2 }", "something left over at '\\$.b'"),
        ("{ $.a IS 3 }", "after IS come TRUE, FALSE or NULL"),
        ("[a, ..., ...]", "more than once"),
        ("[a", "has to end with ']'"),
    ],
)
def test_fails_on_what_is_no_pattern(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FilterPattern(pattern)
