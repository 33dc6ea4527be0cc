"""conversations.toml: what the demonstration says to the deployed agent."""

import re
import tomllib
from pathlib import Path
from typing import TypedDict, cast

FILE = Path(__file__).parents[3] / "agents" / "memory_assistant" / "conversations.toml"


class Turn(TypedDict, total=False):
    actor: str
    session: str
    prompt: str
    expect: list[str]
    reject: list[str]
    before: str


class Conversation(TypedDict):
    name: str
    why: str
    turn: list[Turn]


def conversations() -> list[Conversation]:
    return cast("list[Conversation]", tomllib.loads(FILE.read_text(encoding="utf-8"))["conversation"])


def test_every_turn_is_complete_and_its_patterns_compile() -> None:
    for conversation in conversations():
        assert conversation["name"]
        assert conversation["why"]
        for turn in conversation["turn"]:
            assert {"actor", "session", "prompt", "expect", "reject"} <= set(turn) <= set(Turn.__annotations__)
            assert turn.get("before", "extraction") in {"stop_session", "extraction"}
            assert turn["expect"]
            assert all(re.compile(pattern) for pattern in (*turn["expect"], *turn["reject"]))


def test_a_session_has_one_actor() -> None:
    owners: dict[str, set[str]] = {}
    for conversation in conversations():
        for turn in conversation["turn"]:
            owners.setdefault(turn["session"], set()).add(turn["actor"])
    assert all(len(actors) == 1 for actors in owners.values())


def test_another_actor_is_asked_for_what_was_told_and_must_not_know_it() -> None:
    turns = next(c["turn"] for c in conversations() if c["name"] == "long-term memory")
    told, recalled, stranger = turns
    assert told["actor"] == recalled["actor"] != stranger["actor"]
    assert told["session"] != recalled["session"]
    assert recalled["prompt"] == stranger["prompt"]
    assert set(recalled["expect"]) == set(stranger["reject"])
