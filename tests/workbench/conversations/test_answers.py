import json

import pytest

from workbench.conversations.answers import AgentError, Answer, Notice, TextPart, ToolUse, plain_answer, streamed_answer


def _events(*events: object) -> list[bytes]:
    return [line for event in events for line in (b"data: " + json.dumps(event).encode(), b"")]


def test_plain_answer_with_notices() -> None:
    body = json.dumps({"response": "110", "notices": ["memory is down"], "session_id": "s"}).encode()
    assert plain_answer(body) == Answer("110", ("memory is down",))


@pytest.mark.parametrize(
    ("body", "text"),
    [(b'{"result": "hi"}', '{"result": "hi"}'), (b'"hi"', "hi"), (b"hi", "hi"), (b"[1]", "[1]")],
)
def test_plain_answer_of_any_other_agent_is_shown_as_it_is(body: bytes, text: str) -> None:
    assert plain_answer(body) == Answer(text)


def test_plain_answer_raises_the_structured_error() -> None:
    body = json.dumps({"error": {"code": "prompt_missing", "message": "There is no prompt.", "remedy": "Send one."}})
    with pytest.raises(AgentError, match=r"prompt_missing: There is no prompt; Send one\.") as caught:
        plain_answer(body.encode())
    assert caught.value.code == "prompt_missing"


def test_streamed_answer_yields_parts_and_the_whole_last() -> None:
    lines = _events(
        {"type": "tool", "name": "calculator"},
        {"type": "text", "text": "1"},
        {"type": "text", "text": "10"},
        {"type": "notice", "message": "memory is down"},
        {"type": "end", "response": "110", "notices": ["memory is down"]},
    )
    assert list(streamed_answer(lines)) == [
        ToolUse("calculator"),
        TextPart("1"),
        TextPart("10"),
        Notice("memory is down"),
        Answer("110", ("memory is down",), ("calculator",)),
    ]


def test_streamed_answer_ignores_comments_and_unknown_events() -> None:
    lines = [b": keep-alive", *_events({"type": "later"}, {"type": "end", "response": "ok"})]
    assert list(streamed_answer(lines)) == [Answer("ok")]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (_events({"type": "text", "text": "1"}), "stream_broken_off"),
        (_events({"error": {"code": "model_failed", "message": "no"}}), "model_failed"),
        ([b"data: {"], "stream_not_understood"),
        ([b"data: 1"], "stream_not_understood"),
    ],
)
def test_streamed_answer_fails(lines: list[bytes], code: str) -> None:
    with pytest.raises(AgentError) as caught:
        list(streamed_answer(lines))
    assert caught.value.code == code


def test_plain_answer_raises_an_error_that_is_a_text() -> None:
    with pytest.raises(AgentError, match="agent_error: boom"):
        plain_answer(b'{"error": "boom"}')
