"""An answer on the page: tools as they are used, text, notices, files and sources."""

import base64
from collections.abc import Callable
from html import escape
from urllib.parse import urlsplit

import streamlit as st

from .errors import Kind
from .events import File, Notice
from .failures import show_failure
from .safe_markdown import plain_label, safe_markdown
from .turn import Answer, ToolUse

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
_GUARDRAIL = "guardrail"
_MAX_SOURCES = 12
_STARTS_SECONDS = 4
"""An agent that says nothing for longer is probably starting."""


class Progress:
    """An answer while it arrives; of what has been drawn, only what changes is drawn again."""

    def __init__(self) -> None:
        self._places = {name: st.empty() for name in ("tools", "text", "notices")}
        self._drawn: dict[str, object] = {}

    def draw(self, answer: Answer, seconds: float) -> None:
        """Show what has arrived.

        Args:
            answer: What has arrived.
            seconds: Since the message was sent.
        """
        self._draw("tools", [_used(use) for use in answer.tools], lambda: _tools(answer))
        if answer.text:
            self._draw("text", answer.text, lambda: st.markdown(safe_markdown(answer.text)))
        elif not answer.tools:
            waiting = (
                "Thinking…" if seconds < _STARTS_SECONDS else f"The agent is starting or thinking… {seconds:.0f} s"
            )
            self._draw("text", waiting, lambda: st.caption(waiting))
        self._draw("notices", len(answer.notices), lambda: _notices(answer))

    def _draw(self, name: str, state: object, draw: Callable[[], object]) -> None:
        if state and self._drawn.get(name) != state:
            self._drawn[name] = state
            with self._places[name].container():
                draw()


def show_answer(answer: Answer, key: str) -> None:
    """An answer that is complete, or broke off.

    Args:
        answer: The answer.
        key: Tells it from others of the page.
    """
    _tools(answer)
    if answer.text:
        st.markdown(safe_markdown(answer.text))
    _notices(answer)
    for number, file in enumerate(answer.files):
        _file(file, f"{key}-file-{number}")
    _sources(answer)
    if answer.stopped:
        st.caption("You stopped this answer.")
    if answer.failure is not None:
        show_failure(answer.failure, f"{key}-failure")


def _tools(answer: Answer) -> None:
    for use in answer.tools:
        st.caption(_used(use))


def _used(use: ToolUse) -> str:
    name = plain_label(_tool_name(use.name))
    if not use.finished:
        return f":material/progress_activity: Using {name}…"
    return f":material/error: {name} did not work" if use.failed else f":material/build: Used {name}"


def _tool_name(name: str) -> str:
    # A gateway calls its tools `Target___tool`.
    return name.rpartition("___")[2].replace("_", " ").strip() or "a tool"


def _notices(answer: Answer) -> None:
    for notice in answer.notices:
        _notice(notice)


def _notice(notice: Notice) -> None:
    text = f"{plain_label(notice.message)} {plain_label(notice.remedy)}".strip()
    if _GUARDRAIL in notice.code or _GUARDRAIL in notice.message.lower():
        st.warning(text, icon=":material/shield:")
    else:
        st.info(text, icon=":material/info:")


def _file(file: File, key: str) -> None:
    if file.media_type in _PICTURES:
        _picture(file)
    st.download_button(
        f"Download {plain_label(file.name)}",
        data=file.content,
        file_name=file.name,
        mime=file.media_type,
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def _picture(file: File) -> None:
    # With a name for who cannot see it, which `st.image` leaves out. In a picture nothing is run or loaded.
    content = base64.b64encode(file.content).decode()
    name = escape(file.name)
    st.html(
        f'<figure class="picture"><img src="data:{file.media_type};base64,{content}" alt="{name}">'
        f"<figcaption>{name}</figcaption></figure>"
    )


def _sources(answer: Answer) -> None:
    sources = list(dict.fromkeys(source for use in answer.tools for source in use.sources))[:_MAX_SOURCES]
    if sources:
        with st.expander(f"Sources ({len(sources)})"):
            st.markdown("\n".join(f"- [{plain_label(_short(source))}](<{source}>)" for source in sources))


def _short(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"[:80]


def what_happened(answer: Answer) -> str:
    """An answer's end for a screen reader.

    Args:
        answer: The answer.
    """
    if answer.failure is not None:
        return "Your sign-in has expired." if answer.failure.kind is Kind.SIGN_IN else "The answer failed."
    return "The answer was stopped." if answer.stopped else "The answer is complete."
