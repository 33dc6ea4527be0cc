"""The engineer's own tools: files and diagrams for the user. What reads or changes the account is at the gateway."""

import re
from collections.abc import AsyncIterator
from pathlib import PurePath

from strands import tool

from agents.cloud_engineer.diagrams import Diagram
from agents.shared.artifacts import Artifact

MAX_FILE = 200_000
"""Longest file in characters."""

_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@tool
async def draw_architecture(
    title: str, components: list[dict[str, str]], connections: list[dict[str, str]]
) -> AsyncIterator[object]:
    """Draw an architecture diagram; the user gets it as an SVG picture and as Mermaid text.

    Args:
        title: What the diagram shows, at most 100 characters.
        components: At most 40, each {"id": "web", "name": "Web tier", "service": "Amazon ECS"}.
        connections: At most 80, each {"from": "web", "to": "db", "label": "SQL over TLS"}; the label may be left out.
    """
    diagram = Diagram.of(title, components, connections)
    name = _file_name(title)
    yield Artifact(f"{name}.svg", "image/svg+xml", diagram.svg().encode())
    yield Artifact(f"{name}.mmd", "text/vnd.mermaid", diagram.mermaid().encode())
    drawn = f"{len(diagram.components)} components and {len(diagram.connections)} connections"
    yield f"The user sees the diagram {title!r} with {drawn}."


@tool
async def offer_file(name: str, text: str) -> AsyncIterator[object]:
    """Hand a text file to the user, who can download it: a template, a report, a table.

    Args:
        name: The file's name with its ending, such as "network.yaml" or "costs.csv".
        text: What the file holds, at most 200,000 characters.
    """
    if len(text) > MAX_FILE:
        raise ValueError(f"a file has at most {MAX_FILE:,} characters, got {len(text):,}: split it")
    ending = PurePath(name).suffix.lower()
    if ending not in _MEDIA_TYPES:
        # Nothing that a browser would run when the file is opened.
        raise ValueError(f"a file ends in one of {', '.join(_MEDIA_TYPES)}, got {name!r}: name it so")
    yield Artifact(name, _MEDIA_TYPES[ending], text.encode())
    yield f"The user can download {name}."


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "diagram"
