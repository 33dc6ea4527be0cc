import pytest

from agents.shared.errors import AgentError
from agents.shared.requests import Request, read_request
from agents.shared.session import Session


def test_reads_a_request() -> None:
    assert read_request({"prompt": "Hello"}, 10) == Request("Hello", stream=False)
    assert read_request({"prompt": "Hello", "stream": True}, 5) == Request("Hello", stream=True)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "prompt_missing"),
        ({"prompt": None}, "prompt_missing"),
        ({"prompt": ""}, "prompt_missing"),
        ({"prompt": " \n"}, "prompt_missing"),
        ({"prompt": 7}, "prompt_invalid"),
        ({"prompt": ["Hello"]}, "prompt_invalid"),
        ({"prompt": "x" * 11}, "prompt_too_long"),
        ({"prompt": "x", "stream": "yes"}, "payload_invalid"),
        ([], "payload_invalid"),
        ("Hello", "payload_invalid"),
        (None, "payload_invalid"),
    ],
)
def test_fails_with_a_code(payload: object, code: str) -> None:
    with pytest.raises(AgentError) as caught:
        read_request(payload, 10)
    assert caught.value.code == code
    assert caught.value.remedy


@pytest.mark.parametrize("length", [33, 100])
def test_accepts_session_ids_of_both_runtime_and_memory(length: int) -> None:
    assert Session("s" * length, "ann").id == "s" * length


@pytest.mark.parametrize("session_id", ["", "s" * 32, "s" * 101, "-" + "s" * 40, "s" * 40 + "/", "s" * 40 + "\n"])
def test_fails_on_other_session_ids(session_id: str) -> None:
    with pytest.raises(AgentError) as caught:
        Session(session_id, "ann")
    assert caught.value.code == "session_id_invalid"
