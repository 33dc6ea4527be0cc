"""The page: one run of it for each click of a person."""

import logging

import streamlit as st

from .actions import Actions
from .services import services
from .settings import SettingsError
from .sidebar import show_sidebar
from .sign_in import signed_in
from .state import chat
from .talk import show_conversation

logger = logging.getLogger(__name__)

# What only a screen reader gets, contrast of small text, and room for the text on a narrow screen.
_STYLE = """<style>
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[data-testid="stCaptionContainer"] { opacity: 0.8; }
.person { font-size: 0.875rem; opacity: 0.8; margin: 0; overflow-wrap: anywhere; }
.picture { margin: 0; }
.picture img { max-width: 100%; border-radius: 0.5rem; }
.picture figcaption { font-size: 0.875rem; opacity: 0.8; }
[data-testid="stSidebar"] .stButton button, [data-testid="stSidebar"] .stButton button > div {
  justify-content: flex-start; text-align: left; width: 100%; }
.stMainBlockContainer { padding-top: 4rem; }
.stMainBlockContainer h1 { font-size: 1.9rem; }
[data-testid="stChatMessage"] { overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.5rem 1rem 1rem; }
  .stMainBlockContainer h1 { font-size: 1.5rem; }
}
</style>"""


def show_page() -> None:
    """Draw the page for whoever looks at it."""
    st.set_page_config(page_title="Chat", page_icon=":material/forum:", layout="centered", initial_sidebar_state="auto")
    st.html(_STYLE)
    try:
        shared = services()
    except SettingsError as error:
        logger.critical("%s | the front end is not configured", error)
        st.error("This front end is not configured. Whoever runs it finds the reason in its log.")
        return
    held = signed_in(shared)
    if held is None:
        return
    page = chat()
    actions = Actions(shared, page, held)
    if not page.restored:
        actions.restore_agent()
    actions.load()
    if not page.restored:
        page.restored = True
        actions.restore()
    actions.finish()
    show_sidebar(shared, page, actions)
    show_conversation(page, actions)
