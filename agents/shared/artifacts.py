"""Files that a tool hands to the person, past the model: diagrams, charts, reports."""

import base64
from contextvars import ContextVar
from dataclasses import dataclass, field

MAX_BYTES = 5_000_000
"""Bytes of one file: it travels in one event of the answer."""

_MAX_FILES = 20
"""Files of one turn."""


@dataclass(frozen=True)
class Artifact:
    """A file for the person.

    Args:
        name: Its file name, without a path.
        media_type: What it holds, such as `image/svg+xml`.
        content: Its bytes.

    Raises:
        ValueError: If the name is a path or empty, or the file is too large.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or "\\" in self.name:
            raise ValueError(f"an artifact has a file name without a path, got {self.name!r}")
        if len(self.content) > MAX_BYTES:
            raise ValueError(f"an artifact has at most {MAX_BYTES:,} bytes, got {len(self.content):,}")

    def event(self) -> dict[str, object]:
        """The file as the agent streams it; its content as base64."""
        content = base64.b64encode(self.content).decode()
        return {"type": "artifact", "name": self.name, "media_type": self.media_type, "content": content}


_published: ContextVar[list[Artifact] | None] = ContextVar("artifacts", default=None)


def collect() -> list[Artifact]:
    """Begin a turn: the list takes what tools publish from now on, also from threads the turn starts."""
    files: list[Artifact] = []
    _published.set(files)
    return files


def publish(artifact: Artifact) -> bool:
    """Hand a file to the person, from within a tool.

    Args:
        artifact: The file.

    Returns:
        Whether somebody gets it: false outside of a turn, and when the turn has published 20 files already.
    """
    files = _published.get()
    if files is None or len(files) >= _MAX_FILES:
        return False
    files.append(artifact)
    return True
