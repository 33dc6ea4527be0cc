"""Small things the memory modules share: a clock, pages of a list, and metadata filters."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from workbench.local_cloud.agentcore.service import invalid

DEFAULT_PAGE = 20
"""`maxResults` where the request names none."""

Document = Mapping[str, object]
Clock = Callable[[], dt.datetime]
Item = TypeVar("Item")


def utc_now() -> dt.datetime:
    """The time, with UTC as its zone."""
    return dt.datetime.now(dt.UTC)


def to_milliseconds(moment: dt.datetime) -> dt.datetime:
    """A moment at the resolution in which the service stores it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def memory_id(params: Document) -> str:
    """The id of a memory that a request names by id or ARN."""
    return str(params["memoryId"]).rsplit("/", 1)[-1]


def page(items: Sequence[Item], params: Document, *, limit: int | None = None) -> tuple[list[Item], dict[str, object]]:
    """Cut one page out of a list.

    Args:
        items: Everything there is, in order.
        params: The request, for `maxResults` and `nextToken`.
        limit: Most items over all pages. Default: no limit.

    Returns:
        The page, and `{"nextToken": …}` where more follows.

    Raises:
        ServiceError: `ValidationException`, if the token was not made by this function.
    """
    token = str(params.get("nextToken") or "0")
    if not token.isdecimal():
        raise invalid(f"Value '{token}' at 'nextToken' is no token of an earlier response")
    start = int(token)
    end = start + int(cast("int", params.get("maxResults", DEFAULT_PAGE)))
    found = items[:limit]
    return list(found[start:end]), ({"nextToken": str(end)} if end < len(found) else {})


def matches(metadata: Document, filters: Sequence[Document]) -> bool:
    """Whether metadata satisfies every filter expression of a request."""
    return all(_matches_one(metadata, expression) for expression in filters)


def _matches_one(metadata: Document, expression: Document) -> bool:
    key = str(cast("Document", expression["left"])["metadataKey"])
    operator = str(expression["operator"])
    stored = _plain(metadata.get(key))
    if operator in {"EXISTS", "NOT_EXISTS"}:
        return (stored is not None) == (operator == "EXISTS")
    wanted = _plain(cast("Document", expression.get("right") or {}).get("metadataValue"))
    if wanted is None:
        raise invalid(f"the filter on metadata key '{key}' needs 'right.metadataValue' for operator {operator}")
    return stored is not None and _OPERATORS[operator](stored, wanted)


def _plain(value: object) -> object:
    return next(iter(value.values()), None) if isinstance(value, Mapping) else None


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[object, object], bool]:
    def compared(stored: object, wanted: object) -> bool:
        left, right = _number(stored), _number(wanted)
        return left is not None and right is not None and compare(left, right)

    return compared


def _number(value: object) -> float | None:
    if isinstance(value, dt.datetime):
        return value.timestamp()
    return float(value) if isinstance(value, int | float) else None


def _contains(stored: object, wanted: object) -> bool:
    wanted_items = wanted if isinstance(wanted, list) else [wanted]
    return all(item in cast("list[object] | str", stored) for item in wanted_items)


_OPERATORS: dict[str, Callable[[object, object], bool]] = {
    "EQUALS_TO": lambda stored, wanted: stored == wanted,
    "CONTAINS": _contains,
    "BEFORE": _ordered(lambda left, right: left < right),
    "AFTER": _ordered(lambda left, right: left > right),
    "LESS_THAN": _ordered(lambda left, right: left < right),
    "LESS_THAN_OR_EQUALS": _ordered(lambda left, right: left <= right),
    "GREATER_THAN": _ordered(lambda left, right: left > right),
    "GREATER_THAN_OR_EQUALS": _ordered(lambda left, right: left >= right),
}
