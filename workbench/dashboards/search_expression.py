"""The search language of `SEARCH('{Namespace,Dimension} MetricName="Errors"', 'Sum', 300)`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench.dashboards.errors import QueryError
from workbench.dashboards.series import MetricName

Matches = Callable[[MetricName], bool]

_SCHEMA = re.compile(r"\s*\{(?P<names>[^}]*)\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])|(?P<operator>AND\b|OR\b|NOT\b)|(?P<property>[\w:.]+)\s*=|(?P<exact>"[^"]*")|(?P<word>[^\s()="]+))"""
)
# How partial matches split words: at whatever is no letter or digit, and where lower case turns into upper case.
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True)
class Search:
    """A parsed search.

    Args:
        text: As written.
        matches: Whether it finds a metric.
    """

    text: str
    matches: Matches


def parse_search(text: str) -> Search:
    """Parse a search.

    Args:
        text: The first argument of `SEARCH`.

    Raises:
        QueryError: If it is not of the language.
    """
    schema = _SCHEMA.match(text)
    rest = text[schema.end() :] if schema else text
    conditions = _Parser(text, list(_tokens(rest, text))).parse() if rest.strip() else _everything
    if schema is None:
        return Search(text, conditions)
    names = [name.strip().strip('"') for name in schema["names"].split(",")]
    namespace, dimensions = names[0], frozenset(names[1:])

    def matches(metric: MetricName) -> bool:
        # A schema names all dimensions; one of the namespace alone leaves them open.
        fits = frozenset(metric.dimensions) == dimensions if len(names) > 1 else True
        return metric.namespace == namespace and fits and conditions(metric)

    return Search(text, matches)


def _everything(_: MetricName) -> bool:
    return True


def _tokens(rest: str, text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while rest[place:].strip():
        found = _TOKEN.match(rest, place)
        if found is None or found.lastgroup is None:
            raise QueryError(f"the search {text!r} cannot be read from {rest[place:]!r} on")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


class _Parser:
    """Recursive descent: OR binds least, then AND (also where nothing stands between two terms), then NOT."""

    def __init__(self, text: str, tokens: list[tuple[str, str]]) -> None:
        self._text = text
        self._tokens = tokens
        self._place = 0

    def parse(self) -> Matches:
        whole = self._any_of("")
        if self._place < len(self._tokens):
            raise self._error()
        return whole

    def _any_of(self, property: str) -> Matches:
        parts = [self._all_of(property)]
        while self._take("operator", "OR"):
            parts.append(self._all_of(property))
        return lambda metric: any(part(metric) for part in parts)

    def _all_of(self, property: str) -> Matches:
        parts = [self._one(property)]
        while self._peek() not in {None, ("bracket", ")"), ("operator", "OR")}:
            self._take("operator", "AND")
            parts.append(self._one(property))
        return lambda metric: all(part(metric) for part in parts)

    def _one(self, property: str) -> Matches:
        if self._take("operator", "NOT"):
            negated = self._one(property)
            return lambda metric: not negated(metric)
        if self._take("bracket", "("):
            inner = self._any_of(property)
            if not self._take("bracket", ")"):
                raise self._error()
            return inner
        token = self._peek()
        if token is None or token[0] in {"operator", "bracket"}:
            raise self._error()
        self._place += 1
        kind, value = token
        return self._one(value) if kind == "property" else _term(property, kind, value)

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _take(self, kind: str, value: str) -> bool:
        taken = self._peek() == (kind, value)
        self._place += taken
        return taken

    def _error(self) -> QueryError:
        return QueryError(f"the search {self._text!r} is not of CloudWatch's search language")


def _term(property: str, kind: str, value: str) -> Matches:
    if kind == "exact":
        wanted = value.strip('"')
        return lambda metric: wanted in _values(metric, property)
    words = _split(value)
    return lambda metric: any(words <= _split(found) for found in _values(metric, property))


def _values(metric: MetricName, property: str) -> tuple[str, ...]:
    known: Mapping[str, str] = {"Namespace": metric.namespace, "MetricName": metric.name, **metric.dimensions}
    if property:
        return (known[property],) if property in known else ()
    return (*known.values(), *metric.dimensions)


def _split(text: str) -> set[str]:
    return {word.casefold() for word in _WORDS.findall(text)}
