import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serving import serving
from workbench.local_cloud.model.app import LABEL, ScriptedModel

TEA = "I absolutely love hot tea, especially Earl Grey, and I prefer it with a splash of milk and one sugar"
DRINKS = "What kind of hot drinks do I like and how do I prefer them prepared?"
CALCULATOR = {
    "type": "function",
    "function": {"name": "calculator", "parameters": {"type": "object", "properties": {"expression": {}}}},
}
NEVER_TOLD = "I do not know"


def _serve(model: ScriptedModel) -> Iterator[httpx.Client]:
    with serving(model.application()) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def model() -> Iterator[httpx.Client]:
    yield from _serve(ScriptedModel())


@pytest.fixture(scope="module")
def slow_model() -> Iterator[httpx.Client]:
    yield from _serve(ScriptedModel(delay_ms=200))


def complete(model: httpx.Client, *messages: Any, **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": m} if isinstance(m, str | list) else m for m in messages]
    answer = model.post("/v1/chat/completions", json={"model": "m", "messages": said, **more})
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def text(model: httpx.Client, *messages: Any, **more: Any) -> str:
    return str(complete(model, *messages, **more)["choices"][0]["message"]["content"])


def expression(model: httpx.Client, *messages: Any) -> str:
    choice = complete(model, *messages, tools=[CALCULATOR])["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "calculator"
    return str(json.loads(call["function"]["arguments"])["expression"])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is 25 * 4 + 10?", "25 * 4 + 10"),
        ("What is 12 divided by 4?", "12 / 4"),
        ("Please tell me: what is (3 + 4) times 2?", "(3 + 4) * 2"),
        ("Calculate 2 to the power of 10", "2 ** 10"),
        ("How much is 7 x 6?", "7 * 6"),
    ],
)
def test_arithmetic_goes_to_the_calculator(model: httpx.Client, question: str, expected: str) -> None:
    assert expression(model, question) == expected


@pytest.mark.parametrize("result", ["110", "Result: 110.0", '{"result": 110}'])
def test_the_calculators_result_is_the_answer(model: httpx.Client, result: str) -> None:
    call: dict[str, object] = {"role": "assistant", "content": None, "tool_calls": []}
    question = "What is 25 * 4 + 10?"

    answer = text(model, question, call, {"role": "tool", "tool_call_id": "c", "content": result}, tools=[CALCULATOR])

    assert answer == "The answer is 110."


def test_a_failed_calculation_is_not_dressed_up(model: httpx.Client) -> None:
    tool = {"role": "tool", "tool_call_id": "c", "content": "Error: division by zero at character 3"}

    assert "division by zero" in text(model, "What is 1 / 0?", {"role": "assistant", "content": None}, tool)


def test_without_a_calculator_nothing_is_calculated(model: httpx.Client) -> None:
    assert text(model, "What is 25 * 4 + 10?") == (
        "I would need a calculator tool for 25 * 4 + 10, and none is offered to me."
    )


NAMED = 'Use the tool orders___get_order with {"id": "7"}'
ORDERS = {"type": "function", "function": {"name": "orders___get_order", "parameters": {"type": "object"}}}


def test_a_tool_is_called_by_its_name_and_its_result_is_repeated(model: httpx.Client) -> None:
    (call,) = complete(model, NAMED, tools=[CALCULATOR, ORDERS])["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "orders___get_order", "arguments": '{"id": "7"}'}
    result = {"role": "tool", "tool_call_id": "c", "content": "order 7 is on its way"}
    answer = text(model, NAMED, {"role": "assistant", "content": None}, result, tools=[ORDERS])
    assert answer == "The tool answered: order 7 is on its way"


def test_a_named_tool_that_is_not_offered_is_not_called(model: httpx.Client) -> None:
    assert text(model, NAMED, tools=[CALCULATOR]) == "No tool called orders___get_order is offered to me."


@pytest.mark.parametrize(
    ("told", "repeated"),
    [
        ("My favorite number is 42", "My favorite number is 42"),
        ("My phone is 555-1234.", "My phone is 555-1234."),
        (f"Remember that {TEA}", TEA),
    ],
)
def test_what_is_told_is_acknowledged(model: httpx.Client, told: str, repeated: str) -> None:
    assert text(model, told, tools=[CALCULATOR]) == f"I'll remember that: {repeated}"


def test_a_remembered_number_is_put_into_the_calculation(model: httpx.Client) -> None:
    question = "What is my favorite number multiplied by 5?"

    assert expression(model, "My favorite number is 42", {"role": "assistant", "content": "ok"}, question) == "42 * 5"
    assert expression(model, "My favorite number is 7", "No, my favorite number is 42.", question) == "42 * 5"
    context = [{"type": "text", "text": "<user_context>My favorite number is 9.</user_context>"}]
    assert expression(model, [*context, {"type": "text", "text": question}]) == "9 * 5"
    assert text(model, question, tools=[CALCULATOR]).startswith("I do not know your favorite number")


def test_preferences_come_from_the_conversation_or_the_injected_context(model: httpx.Client) -> None:
    context = f"<user_context>My favorite number is 42\n{TEA}</user_context>{DRINKS}"

    assert text(model, f"Remember that {TEA}", DRINKS) == f"You told me: {TEA}."
    assert text(model, context) == f"You told me: {TEA}."
    assert text(model, "My favorite number is 42", DRINKS).startswith(NEVER_TOLD)


def test_a_canary_comes_from_this_conversation_alone(model: httpx.Client) -> None:
    assert text(model, "My canary is yellow-17.", "What is my canary?") == "You told me: My canary is yellow-17."
    assert text(model, "What is my canary?").startswith(NEVER_TOLD)


def test_every_answer_is_labelled(model: httpx.Client) -> None:
    answer = complete(model, "Hello!")

    assert (answer["model"], answer["system_fingerprint"]) == (LABEL, LABEL)
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
    assert "scripted stand-in" in answer["choices"][0]["message"]["content"]


def _stream(model: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    with model.stream("POST", "/v1/chat/completions", json={"stream": True, **body}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_text_streams_in_pieces_with_usage_at_the_end(model: httpx.Client) -> None:
    messages = [{"role": "user", "content": "My favorite number is 42"}]
    chunks = _stream(model, messages=messages, stream_options={"include_usage": True})

    pieces = [c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]]
    assert "".join(pieces) == "I'll remember that: My favorite number is 42"
    assert len([p for p in pieces if p]) > 3
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] > 0
    assert {chunk["model"] for chunk in chunks} == {LABEL}


def test_a_tool_call_streams(model: httpx.Client) -> None:
    chunks = _stream(model, messages=[{"role": "user", "content": "What is 2 + 2?"}], tools=[CALCULATOR])

    (call,) = [c["choices"][0]["delta"]["tool_calls"][0] for c in chunks if "tool_calls" in c["choices"][0]["delta"]]
    assert json.loads(call["function"]["arguments"]) == {"expression": "2 + 2"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_the_same_conversation_has_the_same_answer(model: httpx.Client) -> None:
    assert complete(model, TEA, DRINKS)["choices"] == complete(model, TEA, DRINKS)["choices"]


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": [{"role": "system", "content": "x"}]}])
def test_a_request_without_a_users_message_is_refused(model: httpx.Client, body: dict[str, object]) -> None:
    answer = model.post("/v1/chat/completions", json=body)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_answers_can_be_delayed(slow_model: httpx.Client) -> None:
    began = time.monotonic()
    complete(slow_model, "Hello!")

    assert time.monotonic() - began >= 0.2


EXECUTE = {"type": "function", "function": {"name": "approvals___execute_change", "parameters": {"type": "object"}}}
PROPOSED = 'Use the tool changes___propose_change with {"stack_name": "engineer-notes", "template": "{}"}'


def test_a_confirmed_change_is_carried_out_for_the_stack_it_is_about(model: httpx.Client) -> None:
    said = [PROPOSED, {"role": "assistant", "content": "confirm 0a1b2c3d"}, "Confirm 0a1b2c3d."]
    (call,) = complete(model, *said, tools=[EXECUTE])["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "approvals___execute_change"
    assert json.loads(call["function"]["arguments"]) == {
        "stack_name": "engineer-notes",
        "confirmation_id": "0a1b2c3d",
    }
    result = {"role": "tool", "tool_call_id": "c", "content": "started"}
    assert text(model, *said, {"role": "assistant", "content": None}, result, tools=[EXECUTE]).endswith("started")


@pytest.mark.parametrize("said", ["confirm 0a1b2c3d", "confirm it", "I do not confirm 0a1b2c3d"])
def test_nothing_is_carried_out_that_was_not_proposed_and_confirmed(model: httpx.Client, said: str) -> None:
    assert complete(model, said, tools=[EXECUTE])["choices"][0]["finish_reason"] == "stop"
