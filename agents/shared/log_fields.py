"""What a log line says, as fields that a metric filter or a query can count.

The agents' log lines are written for people: `memory_id=<m-1>, reason=<TimeoutError> | memory unavailable`. In JSON
they carry the same again as `"event": "memory unavailable"` and `"detail": {"memory_id": "m-1", …}`.
"""

import re
from collections.abc import Mapping

_SEPARATOR = " | "
_FIELD = re.compile(r"(\w+)=<(.*?)>(?=, \w+=<|$)", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,15}")


def log_fields(message: str) -> Mapping[str, object]:
    """The event of a log line and what it says of it; empty for a line in another style.

    Args:
        message: `name=<value>, … | event`. Whole numbers become numbers.
    """
    head, separator, event = message.rpartition(_SEPARATOR)
    if not separator:
        return {}
    return {"event": event, "detail": {name: _value(text) for name, text in _FIELD.findall(head)}}


def _value(text: str) -> object:
    return int(text) if _NUMBER.fullmatch(text) else text
