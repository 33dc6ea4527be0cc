"""Checks an operation's input against the constraints of the service model, with the messages the service gives."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from workbench.local_cloud.agentcore.service import ServiceError, invalid

_NUMBERS = ("integer", "long", "float", "double")


def check_input(params: Mapping[str, object], shape: StructureShape | None) -> None:
    """Refuse an input that breaks the model.

    Args:
        params: The operation's parameters by member name; None counts as absent, unknown members are ignored, as the
            service does.
        shape: The operation's input shape.

    Raises:
        ServiceError: `ValidationException` naming every violated constraint.
    """
    if shape is None:
        return
    problems = list(_structure(params, shape, ""))
    if problems:
        raise constraint_error(problems)


def constraint_error(problems: list[str]) -> ServiceError:
    """The service's `ValidationException` for violated constraints, worded as its API does."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    return invalid(count + "; ".join(problems))


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of the service model, or None where it uses syntax that Python's `re` lacks (`\\p{C}`, twice)."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _violation(value: object, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _any(value: object, shape: Shape, path: str) -> Iterator[str]:
    check = _CHECKS.get(shape.type_name)
    if check is not None and not getattr(shape, "is_document_type", False):
        yield from check(value, shape, path)


def _structure(value: object, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, StructureShape) or not isinstance(value, Mapping):
        yield _violation(value, path, "be a structure")
        return
    given = {name: member for name, member in value.items() if member is not None and name in shape.members}
    for name in shape.required_members:
        if name not in given:
            yield _violation(None, _join(path, name), "not be null")
    if shape.metadata.get("union") and len(given) != 1:
        yield _violation(sorted(given), path, f"have exactly one of: [{', '.join(shape.members)}]")
    for name, member in given.items():
        yield from _any(member, shape.members[name], _join(path, name))


def _list(value: object, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, ListShape) or not isinstance(value, (list, tuple)):
        yield _violation(value, path, "be a list")
        return
    yield from _length(value, len(value), shape, path)
    for index, item in enumerate(value, start=1):
        yield from _any(item, shape.member, f"{path}.{index}.member")


def _map(value: object, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, MapShape) or not isinstance(value, Mapping):
        yield _violation(value, path, "be a map")
        return
    yield from _length(dict(value), len(value), shape, path)
    for key, item in value.items():
        yield from _any(key, shape.key, f"{path}.{key}.key")
        yield from _any(item, shape.value, f"{path}.{key}.member")


def _string(value: object, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(shape, StringShape) or not isinstance(value, str):
        yield _violation(value, path, "be a string")
        return
    shown = "***" if shape.metadata.get("sensitive") else value
    if shape.enum and value not in shape.enum:
        yield _violation(shown, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _length(shown, len(value), shape, path)
    pattern = str(shape.metadata.get("pattern", ""))
    expression = compiled(pattern) if pattern else None
    if expression is not None and not expression.fullmatch(value):
        yield _violation(shown, path, f"satisfy regular expression pattern: {pattern}")


def _number(value: object, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield _violation(value, path, "be a number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _violation(value, path, f"have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _violation(value, path, f"have value less than or equal to {high}")


def _boolean(value: object, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield _violation(value, path, f"be a {shape.type_name}")


def _length(value: object, length: int, shape: Shape, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        yield _violation(value, path, f"have length greater than or equal to {low}")
    if high is not None and length > high:
        yield _violation(value, path, f"have length less than or equal to {high}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_CHECKS: dict[str, Callable[[object, Shape, str], Iterator[str]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "boolean": _boolean,
    **dict.fromkeys(_NUMBERS, _number),
}
