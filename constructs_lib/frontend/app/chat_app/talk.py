"""The open conversation: what was said, the answer that is on its way, and the field to say something."""

import time

import streamlit as st

from .actions import Actions
from .answers import Progress, show_answer, what_happened
from .failures import show_failure
from .headings import conversation_heading
from .state import Chat
from .task_list import show_tasks
from .turn import Turn

_MAX_PROMPT = 32_000
_PROMPT = "prompt"
_TICK = 0.5
"""Seconds after which the page is drawn although nothing came: a click is noticed at the next drawing."""
_SMOOTH = 0.02
"""Least seconds between two drawings, for each answer that is on its way."""
_SLOWEST = 1.5


def show_conversation(chat: Chat, actions: Actions) -> None:
    """The main part of the page.

    Args:
        chat: The person's page.
        actions: What the person can do.
    """
    conversation = chat.conversation
    _announce(chat)
    conversation_heading(chat, actions)
    if chat.news:
        st.success(chat.news, icon=":material/check:")
    if chat.problem is not None:
        show_failure(chat.problem, "problem")
    for number, exchange in enumerate(conversation.exchanges):
        _said(exchange.prompt)
        with st.chat_message("assistant"):
            show_answer(exchange.answer, f"{conversation.id}-{number}")
    # A place of its own, so that the tasks are gone as soon as the first answer begins.
    welcome = st.empty()
    if not conversation.exchanges and conversation.turn is None:
        with welcome.container():
            show_tasks(actions)
    st.chat_input(
        f"Message to {actions.agent.label}",
        key=_PROMPT,
        max_chars=_MAX_PROMPT,
        disabled=conversation.turn is not None,
        on_submit=lambda: actions.send(str(st.session_state[_PROMPT])),
    )
    if conversation.turn is not None:
        _follow(chat, conversation.turn, actions)


def _follow(chat: Chat, turn: Turn, actions: Actions) -> None:
    _said(turn.prompt)
    with st.chat_message("assistant"):
        progress = Progress()
        st.button("Stop", key="stop", icon=":material/stop_circle:", on_click=actions.stop)
    seen = -1
    while not turn.done:
        progress.draw(turn.answer, time.monotonic() - turn.started_at)
        seen = turn.wait(seen, _TICK)
        if turn.answer.text and seen > 1:
            # The first word is drawn at once; the more answers are on their way, the seldomer each is drawn.
            time.sleep(min(_SLOWEST, _SMOOTH * Turn.on_their_way()))
    chat.said = what_happened(turn.answer)
    st.rerun()


def _said(prompt: str) -> None:
    with st.chat_message("user"):
        st.text(prompt)


def _announce(chat: Chat) -> None:
    # A screen reader reads what changes here, and nobody sees it.
    said = "The agent is answering." if chat.conversation.turn is not None else chat.said
    st.html(f'<div role="status" aria-live="polite" class="heard">{said}</div>')
