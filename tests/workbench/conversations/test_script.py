from pathlib import Path

import pytest

from workbench.conversations.script import Before, read_conversations
from workbench.errors import WorkbenchError

GOOD = """
[[conversation]]
name = "arithmetic"
why = "The agent calculates."
[[conversation.turn]]
prompt = "What is 2 + 2?"
expect = ['\\b4\\b']
tools = ["calculator"]
[[conversation.turn]]
actor = "ben"
session = "other"
before = "stop_session"
prompt = "Again?"
"""


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "conversations.toml"
    path.write_text(text)
    return path


def test_reads_turns_with_their_defaults(tmp_path: Path) -> None:
    (conversation,) = read_conversations(_write(tmp_path, GOOD))
    first, second = conversation.turns
    assert (conversation.name, conversation.why) == ("arithmetic", "The agent calculates.")
    assert (first.actor, first.session, first.before, first.expect) == (
        "demo-user",
        "main",
        Before.NOTHING,
        (r"\b4\b",),
    )
    assert (second.actor, second.session, second.before) == ("ben", "other", Before.STOP_SESSION)


def test_actors_are_in_the_groups_of_their_conversation(tmp_path: Path) -> None:
    text = GOOD.replace('why = "The agent calculates."', 'groups = ["viewers"]')
    assert [each.groups for each in read_conversations(_write(tmp_path, text))] == [("viewers",)]
    assert read_conversations(_write(tmp_path, GOOD))[0].groups == ()


def test_streams_where_tools_are_expected(tmp_path: Path) -> None:
    (conversation,) = read_conversations(_write(tmp_path, GOOD))
    assert [turn.stream for turn in conversation.turns] == [True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[[conversation]]", "[[conversations]]"), "unknown conversations"),
        (('actor = "ben"', 'user = "ben"'), r"turn\[1\]: unknown user"),
        (('prompt = "Again?"', 'prompt = " "'), r"turn\[1\]: prompt has to be a text that is not empty, got ' '"),
        (('"stop_session"', '"reboot"'), "before has to be one of stop_session, extraction, got 'reboot'"),
        (("expect = ['\\b4\\b']", "expect = ['(']"), r"'\(' is no regular expression"),
        (("expect = ['\\b4\\b']", "expect = 4"), "expect has to be a list of texts, got 4"),
        (('tools = ["calculator"]', 'tools = ["calculator"]\nstream = false'), "only a streamed answer tells"),
        (('name = "arithmetic"', "name = = 1"), "is not valid TOML"),
        (("[[conversation]]", "[other]"), "unknown other"),
    ],
)
def test_fails_on_a_wrong_file(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        read_conversations(_write(tmp_path, GOOD.replace(*change)))


def test_fails_on_a_conversation_that_could_not_fail(tmp_path: Path) -> None:
    text = '[[conversation]]\nname = "idle"\n[[conversation.turn]]\nprompt = "Hello"\n'
    with pytest.raises(WorkbenchError, match="could not fail"):
        read_conversations(_write(tmp_path, text))


def test_fails_on_a_name_used_twice(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="a name of its own"):
        read_conversations(_write(tmp_path, GOOD + GOOD))
