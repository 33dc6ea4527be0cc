import pytest

from workbench.conversations.answers import Answer
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
from workbench.evaluation.scores import Evaluator, Observed, Verdict


def verdict(evaluator: Evaluator, text: str = "", *, tools: tuple[str, ...] = (), seconds: float = 0.0) -> Verdict:
    return evaluator.judge(Observed("question", Answer(text, tools=tools), seconds))


@pytest.mark.parametrize(
    ("evaluator", "text", "passed", "value"),
    [
        (Exact("110"), " 110\n", True, 1),
        (Exact("110"), "110.", False, 0),
        (Contains(["Earl Grey", "milk"]), "EARL GREY with milk", True, 1),
        (Contains(["Earl Grey", "milk"]), "Earl Grey", False, 0.5),
        (Matches([r"\b42\b"]), "It is 42.", True, 1),
        (Matches([r"\b42\b", "x"]), "It is 42.", False, 0.5),
        (Rejects(["milk"]), "Water.", True, 1),
        (Rejects(["milk"]), "Milk.", False, 0),
    ],
)
def test_texts(evaluator: Evaluator, text: str, passed: bool, value: float) -> None:
    found = verdict(evaluator, text)
    assert (found.passed, found.value) == (passed, value)


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("The answer is 110.", True),
        ("110", True),
        ("It is 110, as I said", True),
        ("1,100 or 110", True),
        ("110.0", True),
        ("1.1e2", True),
        ("1100", False),
        ("-110", False),
        ("room110", False),
        ("110.5", False),
        ("version 110.1.2", False),
        ("one hundred and ten", False),
    ],
)
def test_a_number_is_found_as_a_number(text: str, passed: bool) -> None:
    assert verdict(Number(110), text).passed is passed


def test_thousands_and_tolerance() -> None:
    assert verdict(Number(1234567), "1,234,567").passed
    assert verdict(Number(0.333, 0.001), "0.3333").passed
    assert not verdict(Number(0.333, 0.0001), "0.3333").passed
    assert verdict(Number(5), "4 or 6").explanation == "5 is not among: 4, 6"


@pytest.mark.parametrize(
    ("order", "used", "passed"),
    [
        (Order.ANY, ("b", "x", "a"), True),
        (Order.ANY, ("a",), False),
        (Order.IN_ORDER, ("x", "a", "x", "b"), True),
        (Order.IN_ORDER, ("b", "a"), False),
        (Order.EXACT, ("a", "b"), True),
        (Order.EXACT, ("a", "b", "b"), False),
        (Order.EXACT, ("b", "a"), False),
    ],
)
def test_tools(order: Order, used: tuple[str, ...], passed: bool) -> None:
    assert verdict(ToolsUsed(("a", "b"), order), tools=used).passed is passed


def test_no_tool_at_all_can_be_expected() -> None:
    assert verdict(ToolsUsed((), Order.EXACT)).passed
    assert not verdict(ToolsUsed((), Order.EXACT), tools=("a",)).passed


def test_tools_to_avoid() -> None:
    assert verdict(ToolsAvoided(("a",)), tools=("b",)).passed
    assert verdict(ToolsAvoided(("a",)), tools=("b", "a")) == Verdict(False, 0.0, "used 'a'")


def test_latency_says_how_long_it_took() -> None:
    assert verdict(Latency(2), seconds=2.0).passed
    assert verdict(Latency(2), seconds=2.01) == Verdict(False, 0.0, "2.01 s of at most 2 s")


def test_a_degraded_answer_is_not_healthy() -> None:
    found = Healthy().judge(Observed("question", Answer("text", notices=("memory is down",)), 0.0))
    assert (found.passed, found.explanation) == (False, "the answer is degraded: memory is down")
    assert verdict(Healthy(), "text").passed
