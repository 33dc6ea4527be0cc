"""Who the person is: Streamlit's own OpenID Connect sign-in at the user pool."""

import streamlit as st

from .errors import SIGN_IN_EXPIRED
from .services import Services

_TITLE = "Chat with your agents"


def cookie_token() -> str | None:
    """The access token that the browser's cookie holds; None if nobody is signed in."""
    if not st.user.get("is_logged_in"):
        return None
    token = st.user.tokens.get("access")
    return token if isinstance(token, str) and token else None


def signed_in(services: Services) -> str | None:
    """The cookie's token, if it is good or can be renewed; else None, and the page says how to sign in.

    Args:
        services: Renew tokens.
    """
    held = cookie_token()
    if held is None:
        _sign_in_page()
        return None
    if services.tokens.current(held) is None:
        _expired_page()
        return None
    return held


def person() -> str:
    """How the person is called: the name or e-mail address of the sign-in."""
    for claim in ("name", "email", "cognito:username"):
        value = st.user.get(claim)
        if isinstance(value, str) and value:
            return value
    return "Signed in"


def sign_out(services: Services) -> None:
    """End the sign-in here, its tokens, and the session at the login page.

    Args:
        services: Hold the tokens.
    """
    held = cookie_token()
    if held is not None:
        services.workers.submit(services.tokens.forget, held)
    st.session_state.clear()
    st.logout()


def sign_in_again_button(key: str) -> None:
    """One click to sign in again.

    Args:
        key: Tells the button from others of the page.
    """
    st.button("Sign in again", key=key, type="primary", on_click=st.login)


def _sign_in_page() -> None:
    st.title(_TITLE)
    st.write("Sign in to ask your agents, and to find your earlier conversations.")
    st.button("Sign in", key="sign_in", type="primary", on_click=st.login)


def _expired_page() -> None:
    st.title(SIGN_IN_EXPIRED.message.removesuffix("."))
    st.write(SIGN_IN_EXPIRED.remedy)
    sign_in_again_button("sign_in_expired")
