"""Typed looks into parsed JSON, whose nodes are objects of unknown kind."""

from collections.abc import Mapping, Sequence

Node = Mapping[str, object]
"""A JSON object."""


def child(node: Node, key: str, *, where: str) -> Node:
    """The object below `key`, empty where there is none."""
    return as_object(node.get(key) or {}, where=f"{where}/{key}")


def children(node: Node, key: str, *, where: str) -> Sequence[object]:
    """The list below `key`, empty where there is none."""
    value = node.get(key) or []
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}/{key} is a list, got {value!r:.80}; correct the description")  # noqa: TRY004
    return value


def text(node: Node, key: str) -> str:
    """The text below `key`, empty where there is none."""
    value = node.get(key)
    return value.strip() if isinstance(value, str) else ""


def as_object(value: object, *, where: str) -> Node:
    """The value, which has to be a JSON object."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is an object, got {value!r:.80}; correct the description")  # noqa: TRY004
    return value


def names(node: Node, key: str) -> list[str]:
    """The texts of the list below `key`."""
    value = node.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
