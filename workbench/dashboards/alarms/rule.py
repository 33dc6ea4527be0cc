"""Rule expressions of composite alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench.dashboards.alarms.definition import State
from workbench.dashboards.errors import QueryError

StateOf = Callable[[str], State]
"""Gives the state of an alarm by its name or ARN."""

Condition = Callable[[StateOf], bool]

_TOKEN = re.compile(r"""\s*(?:(?P<punctuation>[(),])|"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s(),"']+))""")
_CONSTANTS: Mapping[str, bool] = {"TRUE": True, "FALSE": False}
_CONDITIONS: Mapping[str, State] = {state.value: state for state in State}
_AT_LEAST = "AT_LEAST"


@dataclass(frozen=True)
class Rule:
    """A parsed rule.

    Args:
        alarms: Names and ARNs of the alarms it is about.
        holds: Whether it is true, by the states of those alarms.
    """

    alarms: tuple[str, ...]
    holds: Condition


def parse_rule(text: str) -> Rule:
    """Parse a rule.

    Args:
        text: For example `ALARM("errors") AND NOT ALARM("deployment")`.

    Raises:
        QueryError: If it is no rule.
    """
    parser = _Parser(text)
    holds = parser.any_of()
    parser.end()
    return Rule(tuple(dict.fromkeys(parser.alarms)), holds)


class _Parser:
    """Recursive descent: OR binds least, then AND, then NOT."""

    def __init__(self, text: str) -> None:
        self.alarms: list[str] = []
        self._text = text
        self._tokens = list(self._read())
        self._place = 0

    def any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._take("OR"):
            parts.append(self._all_of())
        return lambda states: any(part(states) for part in parts)

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise self._error()

    def _all_of(self) -> Condition:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        return lambda states: all(part(states) for part in parts)

    def _one(self) -> Condition:
        if self._take("NOT"):
            negated = self._one()
            return lambda states: not negated(states)
        if self._take("("):
            inner = self.any_of()
            self._expect(")")
            return inner
        word = self._next()
        if word in _CONSTANTS:
            constant = _CONSTANTS[word]
            return lambda _: constant
        if word == _AT_LEAST:
            return self._at_least()
        if word not in _CONDITIONS:
            raise self._error()
        self._expect("(")
        name = self._alarm()
        self._expect(")")
        return lambda states: states(name) is _CONDITIONS[word]

    def _at_least(self) -> Condition:
        """`AT_LEAST(2, ALARM, (a, b, c))`; the number may be a percentage."""
        self._expect("(")
        number = self._next()
        self._expect(",")
        negated = self._take("NOT")
        condition = self._next()
        if condition not in _CONDITIONS or not re.fullmatch(r"\d+%?", number):
            raise self._error()
        self._expect(",")
        names = self._names()
        self._expect(")")
        share = int(number.removesuffix("%"))
        least = len(names) * share / 100 if number.endswith("%") else share
        wanted = _CONDITIONS[condition]
        return lambda states: sum((states(name) is wanted) is not negated for name in names) >= least

    def _names(self) -> list[str]:
        self._expect("(")
        names = [self._alarm()]
        while self._take(","):
            names.append(self._alarm())
        self._expect(")")
        return names

    def _alarm(self) -> str:
        self.alarms.append(self._next())
        return self.alarms[-1]

    def _read(self) -> Iterator[str]:
        place = 0
        while self._text[place:].strip():
            found = _TOKEN.match(self._text, place)
            if found is None or found.lastgroup is None:
                raise self._error()
            yield found[found.lastgroup]
            place = found.end()

    def _take(self, token: str) -> bool:
        taken = self._place < len(self._tokens) and self._tokens[self._place] == token
        self._place += taken
        return taken

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._error()

    def _next(self) -> str:
        if self._place >= len(self._tokens):
            raise self._error()
        self._place += 1
        return self._tokens[self._place - 1]

    def _error(self) -> QueryError:
        return QueryError(f"{self._text!r} is no rule of a composite alarm")
