"""What is kept of a person: a copy of it, and its deletion."""

import json
from datetime import UTC, datetime

import streamlit as st

from .actions import Actions
from .errors import ChatError
from .failures import show_failure
from .state import Chat, close_dialog

MY_DATA = "my_data"
"""The name of the dialog."""
_WORD = "DELETE"


@st.dialog("Your data", width="medium", on_dismiss=close_dialog)
def my_data(chat: Chat, actions: Actions) -> None:
    """A dialog with the buttons to export and to delete.

    Args:
        chat: The person's page.
        actions: What the person can do.
    """
    st.write("The agents keep your conversations, and what they have learned about you from them.")
    st.subheader("Export", anchor=False)
    _export(actions)
    st.subheader("Delete", anchor=False)
    st.write("Deletes every conversation and everything learned about you, at every agent listed here, for good.")
    with st.form("delete_form", border=False):
        typed = st.text_input(f"Type {_WORD} to confirm", autocomplete="off")
        asked = st.form_submit_button("Delete my data", icon=":material/delete_forever:")
    if asked and typed.strip() != _WORD:
        st.warning(f"Nothing was deleted: type {_WORD}, in capital letters.")
    elif asked:
        _delete(chat, actions)


def _export(actions: Actions) -> None:
    if not st.button("Export my data", key="export", icon=":material/archive:"):
        return
    try:
        with st.spinner("Collecting your data…"):
            agents = {agent.label: conversations.export() for agent, conversations in actions.of_all_agents()}
    except ChatError as error:
        show_failure(error.failure, "export-failure")
        return
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    content = json.dumps({"exported_at": made_at, "agents": agents}, ensure_ascii=False, indent=2)
    st.download_button(
        "Download the export (JSON)",
        data=content.encode(),
        file_name=f"my-data-{made_at[:10]}.json",
        mime="application/json",
        key="export_file",
        on_click="ignore",
        icon=":material/download:",
    )


def _delete(chat: Chat, actions: Actions) -> None:
    actions.stop()
    deleted = 0
    try:
        with st.spinner("Deleting your data…"):
            for _, conversations in actions.of_all_agents():
                deleted += conversations.delete_everything()
    except ChatError as error:
        show_failure(error.failure, "delete-failure")
        st.write("Some of your data may be left: try again.")
        return
    actions.forget_page()
    chat.dialog = ""
    conversations_deleted = f"{deleted} conversation{'s' if deleted != 1 else ''}"
    chat.news = (
        f"Your data is deleted: {conversations_deleted}, and everything that was learned about you. What you said"
        " in the last minutes may still be on its way into the agents' memory: delete again in some minutes to be sure."
    )
    st.rerun()
