"""Which traces are evaluated."""

import re
from dataclasses import dataclass

_KEY = re.compile(r"[a-zA-Z0-9._-]{1,256}")
_MAX_TEXT = 1024


@dataclass(frozen=True)
class TraceFilter:
    """A condition on an attribute of a trace: make one with `equals`, `contains`, `greater_than` and so on.

    Follows https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_Filter.html

    Attributes:
        key: The attribute, such as `user.region`: letters, digits, `.`, `_` and `-`, at most 256.
        operator: The service's name of the comparison.
        value: What it is compared with.
    """

    key: str
    operator: str
    value: str | float | bool

    @staticmethod
    def equals(key: str, value: str | float | bool) -> "TraceFilter":
        """The attribute is this. Raises ValueError as the others do: for a key or a value that cannot be one."""
        return _checked(key, "Equals", value)

    @staticmethod
    def not_equals(key: str, value: str | float | bool) -> "TraceFilter":
        """The attribute is something else."""
        return _checked(key, "NotEquals", value)

    @staticmethod
    def contains(key: str, text: str) -> "TraceFilter":
        """The attribute's text holds this one."""
        return _checked(key, "Contains", _text(key, text))

    @staticmethod
    def not_contains(key: str, text: str) -> "TraceFilter":
        """The attribute's text does not hold this one."""
        return _checked(key, "NotContains", _text(key, text))

    @staticmethod
    def greater_than(key: str, number: float) -> "TraceFilter":
        """The attribute is a greater number."""
        return _checked(key, "GreaterThan", _number(key, number))

    @staticmethod
    def greater_than_or_equal(key: str, number: float) -> "TraceFilter":
        """The attribute is this number or a greater one."""
        return _checked(key, "GreaterThanOrEqual", _number(key, number))

    @staticmethod
    def less_than(key: str, number: float) -> "TraceFilter":
        """The attribute is a smaller number."""
        return _checked(key, "LessThan", _number(key, number))

    @staticmethod
    def less_than_or_equal(key: str, number: float) -> "TraceFilter":
        """The attribute is this number or a smaller one."""
        return _checked(key, "LessThanOrEqual", _number(key, number))


def _checked(key: str, operator: str, value: str | float | bool) -> TraceFilter:
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"a filter's key names an attribute of traces: letters, digits, '.', '_' and '-', at most 256, got {key!r}"
        )
    if isinstance(value, str) and not 1 <= len(value) <= _MAX_TEXT:
        raise ValueError(f"the filter on {key!r} compares with 1 to {_MAX_TEXT} characters, got {len(value)}")
    return TraceFilter(key, operator, value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the filter on {key!r} looks for a text, got {value!r}; compare numbers with equals")  # noqa: TRY004 -- ValueError is the library's error
    return value


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"the filter on {key!r} compares with a number, got {value!r}; compare texts with equals")  # noqa: TRY004 -- ValueError is the library's error
    return value
