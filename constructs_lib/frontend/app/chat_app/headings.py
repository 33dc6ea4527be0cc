"""The open conversation's heading, and what can be done with it."""

import streamlit as st

from .actions import Actions
from .conversations import MAX_NAME
from .safe_markdown import plain_label
from .state import Chat, close_dialog

_RENAME, _DELETE = "rename", "delete"


def conversation_heading(chat: Chat, actions: Actions) -> None:
    """Name of the conversation; buttons to rename and delete it once it is kept.

    Args:
        chat: The person's page.
        actions: What the person can do.
    """
    conversation = chat.conversation
    st.title(plain_label(_name(chat)), anchor=False)
    if not conversation.exchanges and conversation.turn is None and actions.agent.description:
        st.write(plain_label(actions.agent.description))
    if conversation.known and conversation.turn is None:
        with st.container(horizontal=True):
            if st.button("Rename", key="rename", icon=":material/edit:", type="tertiary"):
                chat.dialog = _RENAME
            if st.button("Delete", key="delete", icon=":material/delete:", type="tertiary"):
                chat.dialog = _DELETE
        if chat.dialog == _RENAME:
            _rename(chat, actions)
        elif chat.dialog == _DELETE:
            _delete(chat, actions)


def _name(chat: Chat) -> str:
    conversation = chat.conversation
    if conversation.name is None and conversation.known and chat.page is not None:
        names = {each.id: each.name for each in chat.page.conversations}
        conversation.name = names.get(conversation.id)
    return conversation.name or ("Conversation" if conversation.exchanges else "New conversation")


@st.dialog("Rename this conversation", on_dismiss=close_dialog)
def _rename(chat: Chat, actions: Actions) -> None:
    with st.form("rename_form", border=False):
        name = st.text_input("Name", value=_name(chat), max_chars=MAX_NAME)
        saved = st.form_submit_button("Save", type="primary")
    if saved and name.strip() and actions.rename(name.strip()):
        chat.said, chat.dialog = "The conversation is renamed.", ""
        st.rerun()
    if saved:
        st.warning(str(chat.problem) if chat.problem is not None else "Type a name.")


@st.dialog("Delete this conversation?", on_dismiss=close_dialog)
def _delete(chat: Chat, actions: Actions) -> None:
    st.write(f"{plain_label(_name(chat))} and what was remembered of it alone is deleted for good.")
    with st.container(horizontal=True):
        confirmed = st.button("Delete it", key="delete_confirmed", type="primary")
        if st.button("Keep it", key="delete_refused"):
            chat.dialog = ""
            st.rerun()
    if confirmed and actions.delete():
        chat.said, chat.dialog = "The conversation is deleted.", ""
        st.rerun()
    if confirmed and chat.problem is not None:
        st.warning(str(chat.problem))
