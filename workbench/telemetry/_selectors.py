"""Selectors of JSON fields: `$.user.name`, `$.items[0]`, `$['a.b']`."""

import re
from collections.abc import Callable

MISSING = object()
"""What a selector finds where there is no such field."""


class Word(str):
    """A word of a space-delimited event, which has no types: text and number at once."""

    __slots__ = ()


_STEP = re.compile(r"""\.(?P<name>[\w-]+)|\[(?P<index>\d+)\]|\[(?:'(?P<single>[^']+)'|"(?P<double>[^"]+)")\]""")


def selector(text: str) -> Callable[[object], object]:
    """What finds a field in a parsed event; `MISSING` where it is not there.

    Args:
        text: The selector, beginning with `$`.

    Raises:
        ValueError: If it is none.
    """
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            raise ValueError(
                f"{text!r} is no selector of a JSON field: {text[position:]!r} is none of .name, [0], ['name']"
            )
        steps.append(int(step["index"]) if step["index"] else step["name"] or step["single"] or step["double"])
        position = step.end()
    if not text.startswith("$") or not steps:
        raise ValueError(f"{text!r} is no selector of a JSON field: it begins with $. and names one")
    return lambda event: _walk(event, steps)


def _walk(found: object, steps: list[str | int]) -> object:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(found, dict) or step not in found:
                return MISSING
            found = found[step]
        else:
            if not isinstance(found, list) or step >= len(found):
                return MISSING
            found = found[step]
    return found
