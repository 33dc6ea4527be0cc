"""Names of conversations: what is accepted, what is proposed, and how they survive metadata's alphabet."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from agents.shared.conversations.names import NAME_KEY, checked_name, latest_name, name_metadata, proposed_name
from agents.shared.errors import AgentError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef

# What the service accepts as a value: https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_MetadataValue.html
VALUE = re.compile(r"[a-zA-Z0-9\s._:/=+@-]{0,256}")


def event(at: int, name: str | None) -> "EventTypeDef":
    metadata = name_metadata(name) if name else {}
    moment = datetime.fromtimestamp(at, UTC)
    return cast("EventTypeDef", {"eventTimestamp": moment, "eventId": f"{at}#1", "metadata": metadata})


@pytest.mark.parametrize("name", ["Costs of S3", "Größe: 5 € („neu“)", "料金" * 30, "🧭 plan", "a" * 60])
def test_a_name_comes_back_as_it_was(name: str) -> None:
    stored = name_metadata(checked_name(name))[NAME_KEY]["stringValue"]
    assert VALUE.fullmatch(stored)
    assert latest_name([event(1, name)]) == name


@pytest.mark.parametrize(
    "name", [None, 7, "", "   ", "x" * 61, "🧭" * 50, "a\x00b", "\u202egnp.exe"], ids=lambda name: repr(name)[:12]
)
def test_refuses_a_name(name: object) -> None:
    with pytest.raises(AgentError) as refused:
        checked_name(name)
    assert refused.value.code == "argument_invalid"


def test_blanks_and_line_breaks_are_one_blank() -> None:
    assert checked_name("  two\n words ") == "two words"


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("What is 6 * 7?", "What is 6 * 7?"),
        ("\n\n# Title\nmore", "Title"),
        ("word " * 30, "word word word word word word word word word…"),
        ("x" * 100, "x" * 48 + "…"),
        ("\x00\x01", None),
    ],
)
def test_proposes_the_first_line_cut_at_a_word(prompt: str, name: str | None) -> None:
    assert proposed_name(prompt) == name


@pytest.mark.parametrize("prompt", ["🧭" * 300, "é" * 5_000, "a\u202eb", "\ud800x"])
def test_what_is_proposed_fits_metadata(prompt: str) -> None:
    proposed = proposed_name(prompt)
    assert proposed
    assert VALUE.fullmatch(name_metadata(proposed)[NAME_KEY]["stringValue"])


def test_the_latest_name_wins_whatever_the_order() -> None:
    events = [event(2, "second"), event(3, None), event(1, "first")]
    assert latest_name(events) == latest_name(reversed(events)) == "second"


def test_another_programs_metadata_is_no_name() -> None:
    other = event(1, "x")
    other["metadata"] = {NAME_KEY: {"stringValue": "not base64!"}}
    assert latest_name([other]) is None
