"""Files that an answer brings along: diagrams, charts, templates."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_BYTES = 1_000_000
"""Bytes of one artifact: an answer with it has to reach the person in one event of the stream."""
MAX_ARTIFACTS = 10
"""Artifacts of one turn."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


@dataclass(frozen=True)
class Artifact:
    """A file for the person who reads the answer. A tool that yields one hands it over.

    Args:
        name: The file's name: at most 100 letters, digits, spaces, `.`, `_` and `-`.
        media_type: What is in it, such as `image/svg+xml`.
        data: The file, at most `MAX_BYTES`.

    Raises:
        ValueError: If the name is no file's name, or the file is too large.
    """

    name: str
    media_type: str
    data: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"a file's name has at most 100 letters, digits, spaces, '.', '_' and '-', got {self.name[:120]!r}"
            )
        if len(self.data) > MAX_BYTES:
            raise ValueError(
                f"a file has at most {MAX_BYTES:,} bytes, {self.name!r} has {len(self.data):,}: make it smaller"
            )

    def event(self) -> dict[str, object]:
        """The artifact in a streamed answer: `{"type": "artifact", "name", "media_type", "data"}`, data in base64."""
        data = base64.b64encode(self.data).decode()
        return {"type": "artifact", "name": self.name, "media_type": self.media_type, "data": data}


class ArtifactsOfTurn:
    """Finds the artifacts in a turn's events, at most `MAX_ARTIFACTS`."""

    def __init__(self) -> None:
        self._count = 0

    def found_in(self, event: Mapping[str, object]) -> Iterator[Artifact]:
        """The artifacts of an event of the agent's stream: what tools yielded, and the images in their results.

        Args:
            event: The event.
        """
        for artifact in (*_yielded(event), *_charts(event, self._count)):
            self._count += 1
            if self._count <= MAX_ARTIFACTS:
                yield artifact


def _yielded(event: Mapping[str, object]) -> Iterator[Artifact]:
    streamed = event.get("tool_stream_event")
    data = streamed.get("data") if isinstance(streamed, Mapping) else None
    if isinstance(data, Artifact):
        yield data


def _charts(event: Mapping[str, object], count: int) -> Iterator[Artifact]:
    message = event.get("message")
    content = message.get("content") if isinstance(message, Mapping) else None
    results = (block.get("toolResult") for block in content or () if isinstance(block, Mapping))
    parts = (part for result in results if isinstance(result, Mapping) for part in result.get("content", ()))
    images = (part["image"] for part in parts if isinstance(part, Mapping) and "image" in part)
    for number, image in enumerate(images, start=count + 1):
        kind, data = image.get("format"), image.get("source", {}).get("bytes")
        if kind in _MEDIA_TYPES and isinstance(data, bytes) and len(data) <= MAX_BYTES:
            yield Artifact(f"chart-{number}.{kind}", _MEDIA_TYPES[kind], data)
