"""What is said to whoever waits for an answer."""

import io
import time
from collections.abc import Iterator

from rich.console import Console

from workbench.terminal.waiting import awaited


def _heard(seconds: float, *parts: str) -> tuple[list[str], str]:
    output = io.StringIO()

    def ask() -> Iterator[str]:
        time.sleep(seconds)
        yield from parts

    return list(awaited(ask, Console(file=output), patience=0.1)), output.getvalue()


def test_nothing_is_said_about_an_answer_in_time() -> None:
    assert _heard(0, "a", "b", "c") == (["a", "b", "c"], "")


def test_a_slow_answer_is_explained_once() -> None:
    parts, said = _heard(0.4, "a", "b")
    assert parts == ["a", "b"]
    assert said.count("Waiting: an agent's first answer") == 1


def test_an_answer_may_be_empty() -> None:
    assert _heard(0)[0] == []
