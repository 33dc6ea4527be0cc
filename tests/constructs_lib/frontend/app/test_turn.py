"""An answer on its way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from constructs_lib.frontend.app.chat_app.errors import UNREACHABLE, ChatError
from constructs_lib.frontend.app.chat_app.events import End, Event, Notice, Text, ToolFinished, ToolStarted
from constructs_lib.frontend.app.chat_app.turn import Turn


def finished(*events: Event | Exception) -> Turn:
    @contextmanager
    def ask(_: str) -> Iterator[Iterator[Event]]:
        yield _events(*events)

    turn = Turn("hello", ask)
    while not turn.done:
        turn.wait(-1, 0.05)
    return turn


def _events(*events: Event | Exception) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event


def test_collects_what_arrives() -> None:
    answer = finished(
        Text("Let me see."),
        ToolStarted("1", "search"),
        ToolStarted("2", "price"),
        ToolFinished("1", "search", failed=False, sources=("https://a.example/",)),
        Notice("Masked."),
        Text("It is "),
        Text("42."),
        End("It is 42."),
    ).answer
    assert answer.text == "Let me see.\n\nIt is 42."
    assert [(use.name, use.finished, use.sources) for use in answer.tools] == [
        ("search", True, ("https://a.example/",)),
        ("price", False, ()),
    ]
    assert [notice.message for notice in answer.notices] == ["Masked."]


def test_an_end_without_text_brings_it() -> None:
    assert finished(End("whole")).answer.text == "whole"


def test_keeps_what_came_before_a_failure() -> None:
    answer = finished(Text("half"), ChatError(UNREACHABLE)).answer
    assert (answer.text, answer.failure) == ("half", UNREACHABLE)


def test_says_so_when_it_does_not_understand_itself() -> None:
    failure = finished(Text("half"), RuntimeError("a bug")).answer.failure
    assert failure is not None
    assert "a bug" not in str(failure)


def test_stops_at_once_and_lets_go_of_the_connection() -> None:
    going, closed = threading.Event(), threading.Event()

    @contextmanager
    def ask(_: str) -> Iterator[Iterator[Event]]:
        def events() -> Iterator[Event]:
            yield Text("first ")
            going.wait(5)
            yield Text("second")

        try:
            yield events()
        finally:
            closed.set()

    turn = Turn("hello", ask)
    seen = turn.wait(0, 5)
    assert (seen, turn.done) == (1, False)
    turn.stop()
    assert turn.done
    going.set()
    assert closed.wait(5)
    assert (turn.answer.text, turn.answer.stopped, turn.answer.failure) == ("first ", True, None)
