"""Predefined tasks: what an agent offers to be asked, for whoever shows it to people."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Task(BaseModel):
    """Something an agent is often asked.

    Args:
        id: Tells it apart, as `snake_case`.
        title: What a person chooses by.
        description: What comes of it, in one sentence.
        prompt: What is said to the agent; `{…}` marks what the person fills in.
        category: Heading under which it is shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    title: str = Field(min_length=1, max_length=80)
    description: str = Field(min_length=1, max_length=300)
    prompt: str = Field(min_length=1, max_length=4_000)
    category: str = Field(min_length=1, max_length=40)


_TASKS = TypeAdapter(tuple[Task, ...])


def read_tasks(path: Path) -> tuple[Task, ...]:
    """The tasks of a TOML file with one `[[task]]` each, in its order.

    Args:
        path: The file.

    Raises:
        ValueError: If a task lacks something or has too much, or two have one id.
    """
    document: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    tasks = _TASKS.validate_python(document.get("task", ()))
    ids = [task.id for task in tasks]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ValueError(f"{path.name}: two tasks have the id {twice[0]!r}; rename one")
    return tasks
