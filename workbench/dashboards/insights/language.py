"""Expressions of Logs Insights: what `filter`, `fields`, `stats` and `sort` are written in.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.dashboards.errors import QueryError
from workbench.dashboards.insights.records import TIMESTAMP, Record, Scalar

Expression = Callable[[Record], Scalar]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<span>\d+(?:ms|[smhdw])\b)|"(?P<double>(?:[^"\\]|\\.)*)"
    |'(?P<single>(?:[^'\\]|\\.)*)'|/(?P<regex>(?:[^/\\]|\\.)+)/(?P<flags>i?)|`(?P<ticked>[^`]+)`
    |(?P<name>[@A-Za-z_][\w.@-]*)|(?P<symbol>=~|!=|>=|<=|[-=<>()\[\],*/+%^]))""",
    re.VERBOSE,
)
_UNITS: Mapping[str, float] = {"ms": 1, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7, "w": 6.048e8}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}
_PRECEDENCE: Mapping[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}


@dataclass(frozen=True)
class Token:
    """A piece of a query.

    Args:
        kind: `number`, `span`, `text`, `regex`, `name` or `symbol`.
        value: The piece, without quotes.
    """

    kind: str
    value: str


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a command.

    Args:
        text: The command.

    Raises:
        QueryError: If there is something that is no piece of the language.
    """
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise QueryError(f"the query {text!r} cannot be read from {text[place:]!r} on")
        place = found.end()
        kind = next(name for name, value in found.groupdict().items() if value is not None)
        if kind in {"double", "single"}:
            yield Token("text", re.sub(r"\\(.)", r"\1", found[kind]))
        elif kind == "regex":
            yield Token("regex", f"(?i){found['regex']}" if found["flags"] else found["regex"])
        else:
            yield Token("name" if kind == "ticked" else kind, found[kind])


class Parser:
    """Reads expressions from a command, one after the other.

    Args:
        text: The command without its name.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(tokens(text))
        self._place = 0

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._place >= len(self._tokens)

    def take(self, *values: str) -> str:
        """Read the next word or symbol if it is one of these, in any case; empty if it is not."""
        token = None if self.done else self._tokens[self._place]
        if token is None or token.kind not in {"name", "symbol"} or token.value.lower() not in values:
            return ""
        self._place += 1
        return token.value.lower()

    def expect(self, value: str) -> None:
        """Read a word or symbol that has to be there."""
        if not self.take(value):
            raise self.error()

    def next(self) -> Token:
        """Read whatever comes next."""
        if self.done:
            raise self.error()
        self._place += 1
        return self._tokens[self._place - 1]

    def since(self, place: int) -> str:
        """What was read since a place, as a column is called."""
        return "".join(token.value for token in self._tokens[place : self._place])

    @property
    def place(self) -> int:
        """Where it reads."""
        return self._place

    def error(self) -> QueryError:
        """That it cannot be read."""
        return QueryError(f"the query {self.text!r} is not evaluated locally")

    def condition(self) -> Expression:
        """Read a condition; OR binds least, then AND, then NOT."""
        parts = [self._conjunction()]
        while self.take("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda record: _flag(any(truth(part(record)) for part in parts))

    def _conjunction(self) -> Expression:
        parts = [self._negation()]
        while self.take("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda record: _flag(all(truth(part(record)) for part in parts))

    def _negation(self) -> Expression:
        if self.take("not"):
            inner = self._negation()
            return lambda record: _flag(not truth(inner(record)))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        if symbol := self.take(*_COMPARISONS):
            right, compare = self._sum(), _COMPARISONS[symbol]
            return lambda record: _flag(_compared(compare, left(record), right(record)))
        negated = bool(self.take("not"))
        if self.take("like", "=~"):
            pattern = self._pattern()
            return lambda record: _flag(bool(pattern.search(_text(left(record)))) is not negated)
        if self.take("in"):
            choices = self._choices()
            return lambda record: _flag(
                any(_compared(operator.eq, left(record), choice) for choice in choices) is not negated
            )
        if negated:
            raise self.error()
        return left

    def _pattern(self) -> re.Pattern[str]:
        token = self.next()
        if token.kind not in {"regex", "text"}:
            raise self.error()
        return re.compile(token.value if token.kind == "regex" else re.escape(token.value))

    def _choices(self) -> list[Scalar]:
        self.expect("[")
        choices = [_constant(self.next())]
        while self.take(","):
            choices.append(_constant(self.next()))
        self.expect("]")
        return choices

    def _sum(self, least: int = 1) -> Expression:
        left = self._operand()
        while (symbol := self._operator(least)) is not None:
            right = self._sum(_PRECEDENCE[symbol] + 1)
            left = _calculated(_ARITHMETIC[symbol], left, right)
        return left

    def _operator(self, least: int) -> str | None:
        symbols = [symbol for symbol, precedence in _PRECEDENCE.items() if precedence >= least]
        return self.take(*symbols) or None

    def _operand(self) -> Expression:
        if self.take("("):
            inner = self.condition()
            self.expect(")")
            return inner
        if self.take("-"):
            return _calculated(operator.sub, lambda _: 0.0, self._operand())
        token = self.next()
        if token.kind == "name" and self.take("("):
            return self._call(token.value.lower())
        if token.kind == "name":
            return lambda record: record.get(token.value)
        constant = _constant(token)
        return lambda _: constant

    def _call(self, name: str) -> Expression:
        arguments = [] if self.take(")") else [self.condition()]
        while not self.done and self.take(","):
            arguments.append(self.condition())
        if arguments:
            self.expect(")")
        if name == "bin" and len(arguments) == 1:
            return lambda record: _binned([record.get(TIMESTAMP), arguments[0](record)])
        if name not in _FUNCTIONS:
            raise QueryError(f"{name}() is not evaluated locally; known are {', '.join(sorted(_FUNCTIONS))}")
        function = _FUNCTIONS[name]
        return lambda record: function([argument(record) for argument in arguments])


def number(value: Scalar) -> float | None:
    """A value as a number; None where it is none."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def truth(value: Scalar) -> bool:
    """Whether a condition holds."""
    return value not in {None, 0.0, "0", ""}


def _flag(holds: bool) -> float:
    return float(holds)


def _text(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) else str(value)
    return value or ""


def _compared(compare: Callable[[Any, Any], bool], left: Scalar, right: Scalar) -> bool:
    if left is None or right is None:
        # A field that is not there equals nothing.
        return compare is operator.ne and left is not right
    numbers = number(left), number(right)
    if None not in numbers:
        return compare(*numbers)
    return compare(_text(left), _text(right))


def _calculated(operate: Callable[[float, float], float], left: Expression, right: Expression) -> Expression:
    def result(record: Record) -> Scalar:
        one, other = number(left(record)), number(right(record))
        if one is None or other is None or (operate is operator.truediv and not other):
            return None
        return operate(one, other)

    return result


def _constant(token: Token) -> Scalar:
    if token.kind == "number":
        return float(token.value)
    if token.kind == "span":
        return span(token.value)
    if token.kind == "text":
        return token.value
    raise QueryError(f"a value is expected, got {token.value!r}")


def span(text: str) -> float:
    """Milliseconds of a span of time such as `5m`."""
    digits = re.match(r"\d+", text)
    if digits is None:
        raise QueryError(f"{text!r} is no span of time")
    return float(digits[0]) * _UNITS[text[digits.end() :]]


def _binned(values: Sequence[Scalar]) -> Scalar:
    moment, size = number(values[0]), number(values[1])
    return None if moment is None or not size else moment // size * size


_FUNCTIONS: Mapping[str, Callable[[Sequence[Scalar]], Scalar]] = {
    "abs": lambda values: None if number(values[0]) is None else abs(number(values[0]) or 0.0),
    "coalesce": lambda values: next((value for value in values if value is not None), None),
    "concat": lambda values: "".join(map(_text, values)),
    "datefloor": _binned,
    "floor": lambda values: None if number(values[0]) is None else (number(values[0]) or 0.0) // 1,
    "isblank": lambda values: _flag(not _text(values[0]).strip()),
    "isempty": lambda values: _flag(values[0] is None or values[0] == ""),
    "ispresent": lambda values: _flag(values[0] is not None),
    "strcontains": lambda values: _flag(_text(values[1]) in _text(values[0])),
    "strlen": lambda values: float(len(_text(values[0]))),
    "tolower": lambda values: _text(values[0]).lower(),
    "toupper": lambda values: _text(values[0]).upper(),
}
