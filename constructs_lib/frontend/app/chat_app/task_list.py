"""Predefined tasks: what an agent offers to be asked, in a conversation that has not begun."""

import re
from itertools import groupby

import streamlit as st

from .actions import Actions
from .conversations import Task
from .safe_markdown import plain_label
from .state import chat, close_dialog

_BLANK = re.compile(r"\{([^{}]{1,60})\}")


def show_tasks(actions: Actions) -> None:
    """The tasks of the chosen agent under their headings; nothing if it has none.

    Args:
        actions: What the person can do.
    """
    tasks = sorted(actions.tasks(), key=lambda task: task.category)
    if not tasks:
        return
    st.subheader("What you can ask", anchor=False)
    for category, grouped in groupby(tasks, key=lambda task: task.category):
        if category:
            st.caption(plain_label(category))
        # Side by side: a page that is higher than the window opens at its end.
        with st.container(horizontal=True, gap="small"):
            for task in grouped:
                key = f"task-{category}-{task.title}"
                if st.button(plain_label(task.title), key=key, help=task.description or None):
                    _choose(task, key, actions)
                if chat().dialog == key:
                    _fill_in(task, actions)


def _choose(task: Task, key: str, actions: Actions) -> None:
    if _BLANK.search(task.prompt):
        chat().dialog = key
    else:
        actions.send(task.prompt)
        st.rerun()


@st.dialog("Before you ask", on_dismiss=close_dialog)
def _fill_in(task: Task, actions: Actions) -> None:
    st.write(plain_label(task.description or task.title))
    with st.form("task_form", border=False):
        names = list(dict.fromkeys(_BLANK.findall(task.prompt)))
        given = {name: st.text_input(name.replace("_", " ").capitalize(), key=f"blank-{name}") for name in names}
        asked = st.form_submit_button("Ask", type="primary")
    if asked and all(value.strip() for value in given.values()):
        close_dialog()
        actions.send(_BLANK.sub(lambda blank: given[blank[1]].strip(), task.prompt))
        st.rerun()
    if asked:
        st.warning("Fill in every field.")
