"""Beside the conversation: the agents, the list of conversations, and who is signed in."""

from html import escape

import streamlit as st

from .actions import Actions
from .conversations import Listed
from .failures import show_failure
from .my_data import MY_DATA, my_data
from .safe_markdown import plain_label
from .services import Services
from .sign_in import person, sign_out
from .state import Chat

_AGENT = "agent"


def show_sidebar(services: Services, chat: Chat, actions: Actions) -> None:
    """Everything beside the conversation.

    Args:
        services: Shared by all.
        chat: The person's page.
        actions: What the person can do.
    """
    with st.sidebar:
        _agents(chat, actions)
        st.button("New conversation", key="new", icon=":material/add:", width="stretch", on_click=actions.new)
        st.subheader("Your conversations", anchor=False)
        loading = chat.loading()
        if any(loading):
            _watch(chat, loading)
        query = st.text_input("Search your conversations", key="search", type="search", placeholder="Search")
        if query.strip():
            _found(chat, actions, query.strip())
        else:
            _listed(chat, actions)
        st.divider()
        # Markdown would make a link of an e-mail address.
        st.html(f'<p class="person">Signed in as {escape(person())}</p>')
        if st.button("Your data", key="my_data", icon=":material/database:", type="tertiary"):
            chat.dialog = MY_DATA
        if chat.dialog == MY_DATA:
            my_data(chat, actions)
        st.button(
            "Sign out", key="sign_out", icon=":material/logout:", type="tertiary", on_click=sign_out, args=(services,)
        )


def _agents(chat: Chat, actions: Actions) -> None:
    labels = [agent.label for agent in actions.agents]
    if len(labels) == 1:
        st.header(plain_label(labels[0]), anchor=False)
        return
    st.selectbox(
        "Agent",
        range(len(labels)),
        index=chat.agent,
        format_func=lambda number: labels[number],
        key=_AGENT,
        on_change=lambda: actions.choose(int(st.session_state[_AGENT])),
    )


def _listed(chat: Chat, actions: Actions) -> None:
    chat.take_listing()
    failure = chat.listing.failure if chat.listing is not None else None
    if failure is not None:
        show_failure(failure, "listing")
        st.button("Try again", key="reload", on_click=actions.reload)
        return
    if chat.page is None:
        st.caption("Loading your conversations…")
        return
    pages = [chat.page, *chat.more]
    with st.container(gap=None):
        for page in pages:
            for each in page.conversations:
                _entry(each, chat, actions)
    if not any(page.conversations for page in pages):
        st.caption("None yet: what you say is kept here.")
    if pages[-1].next is not None:
        st.button("Show more", key="more", on_click=actions.more, width="stretch")


def _found(chat: Chat, actions: Actions, query: str) -> None:
    page = actions.search(query)
    for each in page.conversations:
        _entry(each, chat, actions)
        if each.found:
            st.caption(plain_label(each.found))
    if not page.conversations and chat.problem is None:
        st.caption("Nothing found.")
    if page.next is not None:
        st.caption("Only the newest conversations were searched.")


def _entry(each: Listed, chat: Chat, actions: Actions) -> None:
    is_open = each.id == chat.conversation.id
    st.button(
        plain_label(each.name),
        key=f"open-{each.id}",
        icon=":material/chat:" if is_open else ":material/chat_bubble:",
        type="secondary" if is_open else "tertiary",
        width="stretch",
        on_click=actions.open,
        args=(each.id,),
    )


@st.fragment(run_every=0.4)
def _watch(chat: Chat, before: tuple[bool, ...]) -> None:
    if chat.loading() != before:
        st.rerun()
