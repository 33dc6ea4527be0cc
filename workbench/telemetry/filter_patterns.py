"""CloudWatch Logs' filter patterns: which log events a metric filter counts.

The syntax and its meaning:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.telemetry._json_conditions import compile_json_pattern
from workbench.telemetry._space_delimited import compile_space_pattern

Fields = Mapping[str, object]
"""What a matched event offers to `$.name` or `$name` in a metric's value and dimensions."""

_TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<plain>[^\s"%]+))')
_COMPILED = 512


@dataclass(frozen=True)
class FilterPattern:
    """One filter pattern, ready to be held against log events.

    Args:
        text: The pattern.

    Raises:
        ValueError: If it is no filter pattern; says where.
    """

    text: str

    def __post_init__(self) -> None:
        _compiled(self.text)

    def match(self, message: str) -> Fields | None:
        """The fields of a log event that matches, None where it does not.

        Args:
            message: The event's message.
        """
        return _compiled(self.text)(message)


@lru_cache(maxsize=_COMPILED)
def _compiled(text: str) -> Callable[[str], Fields | None]:
    stripped = text.strip()
    if not stripped:
        return _parsed
    if stripped.startswith("{"):
        return _json(stripped)
    if stripped.startswith("["):
        return compile_space_pattern(stripped)
    return _terms(stripped)


def _parsed(message: str) -> Fields:
    """The fields of an event that is a JSON object; none of any other."""
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _json(text: str) -> Callable[[str], Fields | None]:
    condition = compile_json_pattern(text)

    def match(message: str) -> Fields | None:
        fields = _parsed(message)
        return fields if fields and condition(fields) else None

    return match


def _terms(text: str) -> Callable[[str], Fields | None]:
    """Terms of an unstructured event: all of the plain, none of the `-`, and one of the `?` ones."""
    found: dict[str, list[re.Pattern[str]]] = {"": [], "-": [], "?": []}
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None:
            raise ValueError(f"filter pattern {text!r} has no term at position {position}: {text[position:]!r}")
        found[term["sign"]].append(_term(term))
        position = term.end() + len(text[term.end() :]) - len(text[term.end() :].lstrip())
    return lambda message: _parsed(message) if _has(found, message) else None


def _term(term: re.Match[str]) -> re.Pattern[str]:
    if term["regex"] is not None:
        return re.compile(term["regex"])
    literal = term["plain"] if term["quoted"] is None else re.sub(r"\\(.)", r"\1", term["quoted"])
    return re.compile(re.escape(literal))


def _has(terms: Mapping[str, Sequence[re.Pattern[str]]], message: str) -> bool:
    if any(term.search(message) for term in terms["-"]):
        return False
    if not all(term.search(message) for term in terms[""]):
        return False
    return not terms["?"] or any(term.search(message) for term in terms["?"])
