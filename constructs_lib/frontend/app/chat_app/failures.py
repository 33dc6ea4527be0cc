"""A failure as the page shows it."""

import streamlit as st

from .errors import Failure, Kind
from .safe_markdown import plain_label
from .sign_in import sign_in_again_button


def show_failure(failure: Failure, key: str) -> None:
    """Say what did not work and what to do.

    Args:
        failure: What did not work.
        key: Tells its button from others of the page.
    """
    text = f"**{plain_label(failure.message)}** {plain_label(failure.remedy)}".strip()
    if failure.kind is Kind.SIGN_IN:
        st.warning(text, icon=":material/lock:")
        sign_in_again_button(key)
    elif failure.kind is Kind.OPERATOR:
        st.error(text, icon=":material/error:")
    else:
        st.warning(text, icon=":material/hourglass:" if failure.kind is Kind.WAIT else ":material/info:")
