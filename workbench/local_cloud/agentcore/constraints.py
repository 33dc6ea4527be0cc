"""Checks parameters against the constraints of a service model, with the wording of the services' own messages."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from workbench.local_cloud.agentcore.service import invalid


def check(shape: StructureShape, params: Mapping[str, object]) -> None:
    """Refuse parameters that break a constraint of their shape: required, enum, length, range, pattern, union.

    Raises:
        ServiceError: `ValidationException`, naming every violation.
    """
    problems = list(violations(shape, params, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise invalid(count + "; ".join(problems))


def violations(shape: Shape, value: object, path: str) -> Iterator[str]:
    """Every constraint that a value breaks, as one sentence each."""
    if isinstance(shape, StructureShape):
        yield from _structure(shape, cast("Mapping[str, object]", value), path)
    elif isinstance(shape, ListShape):
        items = cast("Sequence[object]", value)
        yield from _bounds(shape, len(items), path, "length")
        for number, item in enumerate(items, 1):
            yield from violations(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        entries = cast("Mapping[str, object]", value)
        yield from _bounds(shape, len(entries), path, "length")
        for key, item in entries.items():
            yield from violations(shape.key, key, f"{path}.key")
            yield from violations(shape.value, item, f"{path}.{key}.member")
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Mapping[str, object], path: str) -> Iterator[str]:
    if shape.is_document_type:
        return
    for name in shape.required_members:
        if name not in value:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    if shape.is_tagged_union and len(value) != 1:
        yield f"Value at '{path}' failed to satisfy constraint: exactly one of {', '.join(shape.members)} must be set"
    for name, item in value.items():
        if name in shape.members and item is not None:
            yield from violations(shape.members[name], item, _join(path, name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _scalar(shape: Shape, value: object, path: str) -> Iterator[str]:
    if isinstance(value, bytes | str):
        yield from _bounds(shape, len(value), path, "length")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(shape, value, path, "value")
    if isinstance(value, str):
        yield from _text(shape, value, path)


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    enum = shape.enum if isinstance(shape, StringShape) else []
    if enum and value not in enum:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy enum value set: {enum}"
    pattern = _pattern(str(shape.metadata.get("pattern", "")))
    if pattern is not None and not pattern.fullmatch(value):
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy regular expression"
            f" pattern: {pattern.pattern}"
        )


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(text) if text else None
    except re.error:
        # A few patterns use Unicode classes that Python's engine lacks; the real service still checks them.
        return None


def _bounds(shape: Shape, size: float, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    constraint = f"Value at '{path}' failed to satisfy constraint: Member must have {what}"
    if low is not None and size < low:
        yield f"{constraint} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{constraint} less than or equal to {high}"
