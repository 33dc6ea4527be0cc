"""The columns that `fields`, `dedup` and `stats` name: `VALUE as NAME, VALUE, …`."""

from collections.abc import Callable
from typing import TypeVar

from workbench.dashboards.insights.language import Parser

T = TypeVar("T")


def columns(text: str, read: Callable[[Parser], T]) -> dict[str, T]:
    """The columns of a list, by name; without `as`, what stands there is the name.

    Args:
        text: The list.
        read: Reads one value.

    Raises:
        QueryError: If one is not evaluated locally.
    """
    parser = Parser(text)
    found: dict[str, T] = {}
    while not parser.done:
        start = parser.place
        value = read(parser)
        name = parser.since(start)
        found[parser.next().value if parser.take("as") else name] = value
        if not parser.done:
            parser.expect(",")
    return found
