"""What a link to a conversation may hold: anything."""

import pytest

from constructs_lib.frontend.app.chat_app.actions import answering_session
from constructs_lib.frontend.app.chat_app.state import Chat
from tests.constructs_lib.frontend.app.support import SESSION


def test_a_conversation_is_read_by_its_own_process() -> None:
    assert answering_session(SESSION, Chat()) == SESSION


@pytest.mark.parametrize("named", ["short", "ä" * 40, f"{SESSION}\r\nX-Other: 1", "a" * 257, "../" * 20])
def test_what_is_no_session_id_reaches_no_header(named: str) -> None:
    chat = Chat()
    assert answering_session(named, chat) == chat.conversation.id
