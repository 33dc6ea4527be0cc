"""The page, as Streamlit runs it for each click."""

from chat_app.page import show_page  # type: ignore[import-not-found]

show_page()
