import time

import pytest

from agents.memory_assistant.tools import MAX_EXPRESSION, calculate


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("25 * 4 + 10", "110"),
        ("42 * 5", "210"),
        ("100 / 4", "25"),
        ("7 / 2", "3.5"),
        ("0.1 + 0.2", "0.3"),
        ("-7 // 2", "-4"),
        ("7 % 3", "1"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2 ** -1", "0.5"),
        ("round(sqrt(2), 3)", "1.414"),
        ("max(1, 2) + pi * 0", "2"),
    ],
)
def test_calculates(expression: str, result: str) -> None:
    assert calculate(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 / 0",
        "(-8) ** 0.5",
        "1e308 * 10",
        "x + 1",
        "1 +",
        "-" * 499 + "1",
        "(" * 240 + "1" + ")" * 240,
        "'a' * 3",
        "[1] * 3",
        "1 < 2 and 'yes'",
        "__import__('os').getcwd()",
        "().__class__",
        "(lambda: 1)()",
        "1" * (MAX_EXPRESSION + 1),
    ],
)
def test_fails_on_what_is_no_arithmetic(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cannot calculate|at most 500 characters"):
        calculate(expression)


@pytest.mark.parametrize("expression", ["9 ** 9 ** 9", "10 ** 100000", "'a' * 9999999999", "'%9999999999d' % 1"])
def test_fails_at_once_on_what_would_take_forever(expression: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ValueError, match="cannot calculate"):
        calculate(expression)
    assert time.perf_counter() - started < 0.5
