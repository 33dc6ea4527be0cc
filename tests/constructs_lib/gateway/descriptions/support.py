"""What the tests of descriptions share: small descriptions, and the large ones of the shared data where they are."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

DATA = Path(__file__).parents[5] / "shared/data"
GITHUB = DATA / "openapi/api.github.com.json.gz"
SMITHY = DATA / "smithy"

needs_data = pytest.mark.skipif(
    not GITHUB.is_file(), reason="the large descriptions are in ../shared/data, which this clone has not"
)

OPERATION: Mapping[str, object] = {
    "operationId": "getPet",
    "summary": "Find a pet",
    "responses": {"200": {"description": "The pet"}},
}


def api(path: str = "/pets", method: str = "get", **operation: object) -> dict[str, object]:
    """An API of one operation, to which more is said."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {path: {method: {**OPERATION, **operation}}},
    }


def body(schema: object, *, required: bool = True, media: str = "application/json") -> dict[str, object]:
    """A request's body."""
    return {"required": required, "content": {media: {"schema": schema}}}


def write(directory: Path, name: str, content: object) -> Path:
    """A JSON file."""
    file = directory / name
    file.write_text(json.dumps(content))
    return file


def nodes(value: object) -> Iterator[Mapping[str, object]]:
    """Every object within a parsed document."""
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)
