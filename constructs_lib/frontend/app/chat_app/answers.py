"""An answer on the page: tools as they are used, text, notices, files and sources."""

from urllib.parse import urlsplit

import streamlit as st

from .errors import Kind
from .events import File, Notice
from .failures import show_failure
from .safe_markdown import plain_label, safe_markdown
from .turn import Answer, ToolUse

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_GUARDRAIL = "guardrail"
_MAX_SOURCES = 12


def show_progress(answer: Answer, seconds: float) -> None:
    """What of an answer has arrived.

    Args:
        answer: What has arrived.
        seconds: Since the message was sent.
    """
    _tools(answer)
    if answer.text:
        st.markdown(safe_markdown(answer.text))
    for notice in answer.notices:
        _notice(notice)
    if not (answer.text or answer.tools):
        waiting = "Thinking…" if seconds < 4 else f"The agent is starting or thinking… {seconds:.0f} s"
        st.caption(waiting)


def show_answer(answer: Answer, key: str) -> None:
    """An answer that is complete, or broke off.

    Args:
        answer: The answer.
        key: Tells it from others of the page.
    """
    _tools(answer)
    if answer.text:
        st.markdown(safe_markdown(answer.text))
    for notice in answer.notices:
        _notice(notice)
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


def _notice(notice: Notice) -> None:
    text = f"{plain_label(notice.message)} {plain_label(notice.remedy)}".strip()
    if _GUARDRAIL in notice.code or _GUARDRAIL in notice.message.lower():
        st.warning(text, icon=":material/shield:")
    else:
        st.info(text, icon=":material/info:")


def _file(file: File, key: str) -> None:
    if file.media_type in _PICTURES:
        st.image(file.content, caption=plain_label(file.name))
    st.download_button(
        f"Download {plain_label(file.name)}",
        data=file.content,
        file_name=file.name,
        mime=file.media_type,
        key=key,
        on_click="ignore",
        icon=":material/download:",
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
