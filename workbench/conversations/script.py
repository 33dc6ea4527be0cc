"""Demonstration conversations as an agent's `conversations.toml` states them."""

import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from workbench.conversations.table import Table
from workbench.errors import WorkbenchError

FILE_NAME = "conversations.toml"
_DEFAULT_ACTOR = "demo-user"
_DEFAULT_SESSION = "main"
_TURN_KEYS = frozenset({"prompt", "actor", "session", "before", "expect", "reject", "tools", "stream", "notices"})
_CONVERSATION_KEYS = frozenset({"name", "why", "turn", "groups"})


class Before(Enum):
    """What happens before a turn."""

    NOTHING = ""
    STOP_SESSION = "stop_session"
    """The session's process is ended (`StopRuntimeSession`)."""
    EXTRACTION = "extraction"
    """Long-term memory has had time to learn from what the actor said."""


@dataclass(frozen=True)
class Turn:
    """One prompt and what its answer must look like.

    Args:
        prompt: What the user says.
        actor: Who says it. Default: `demo-user`.
        session: Label of the session; every label of a conversation is a session of its own. Default: `main`.
        before: What happens first. Default: nothing.
        expect: Regular expressions that must be found in the answer, in any case.
        reject: Regular expressions that must not be found in it, in any case.
        tools: Tools the agent must have used; only a streamed answer tells.
        stream: Whether the answer is streamed. Default: where `tools` are named.
        notices: Regular expressions of notices that the agent must give, in any case. Default: it must give none.
    """

    prompt: str
    actor: str
    session: str
    before: Before
    expect: tuple[str, ...]
    reject: tuple[str, ...]
    tools: tuple[str, ...]
    stream: bool
    notices: tuple[str, ...] = ()

    @property
    def checked(self) -> bool:
        """Whether the turn can fail by its answer."""
        return bool(self.expect or self.reject or self.tools or self.notices)


@dataclass(frozen=True)
class Conversation:
    """Turns that are held in order.

    Args:
        name: Its short name, unique in the file.
        why: What it shows; may be empty.
        turns: The turns.
        groups: Groups of its actors, where users sign in. Default: none.
    """

    name: str
    why: str
    turns: tuple[Turn, ...]
    groups: tuple[str, ...] = ()


def read_conversations(path: Path) -> tuple[Conversation, ...]:
    """Read an agent's demonstration conversations.

    Args:
        path: The `conversations.toml`.

    Returns:
        The conversations, in the file's order.

    Raises:
        WorkbenchError: If the file is no TOML, has unknown keys or wrong types, or a conversation checks nothing.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WorkbenchError(f"{path} is not valid TOML: {error}") from None
    table = Table(document, str(path))
    table.refuse_unknown({"conversation"})
    conversations = tuple(_conversation(entry) for entry in table.tables("conversation"))
    names = [conversation.name for conversation in conversations]
    if not names or len(set(names)) < len(names):
        raise WorkbenchError(f"{path} needs at least one [[conversation]], each with a name of its own, got {names}")
    return conversations


def _conversation(table: Table) -> Conversation:
    table.refuse_unknown(_CONVERSATION_KEYS)
    turns = tuple(read_turn(turn) for turn in table.tables("turn"))
    if not any(turn.checked for turn in turns):
        raise WorkbenchError(f"{table.at}: no turn has expect, reject, tools or notices, so it could not fail")
    why = table.text("why") if "why" in table.values else ""
    return Conversation(table.text("name"), why, turns, table.texts("groups"))


def read_turn(table: Table, *, further: frozenset[str] = frozenset(), needs_tools: bool = False) -> Turn:
    """Read one turn.

    Args:
        table: Its table.
        further: Keys that the caller reads itself.
        needs_tools: Whether the caller has to know which tools were used.

    Raises:
        WorkbenchError: If the table has other keys or wrong types.
    """
    table.refuse_unknown(_TURN_KEYS | further)
    tools = table.texts("tools")
    needs_tools = needs_tools or bool(tools)
    stream = table.flag("stream", default=needs_tools)
    if needs_tools and not stream:
        raise WorkbenchError(f"{table.at}: only a streamed answer tells which tools were used; remove stream = false")
    return Turn(
        prompt=table.text("prompt"),
        actor=table.text("actor", _DEFAULT_ACTOR),
        session=table.text("session", _DEFAULT_SESSION),
        before=_before(table),
        expect=table.expressions("expect"),
        reject=table.expressions("reject"),
        tools=tools,
        stream=stream,
        notices=table.expressions("notices"),
    )


def _before(table: Table) -> Before:
    value = table.values.get("before", "")
    try:
        return Before(value)
    except ValueError:
        known = ", ".join(choice.value for choice in Before if choice.value)
        raise WorkbenchError(f"{table.at}: before has to be one of {known}, got {value!r}") from None
