"""Filter patterns for JSON log events: `{ $.level = "ERROR" && $.latency > 100 }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import operator
import re
from collections.abc import Callable, Mapping

from workbench.telemetry._selectors import MISSING, Word, selector

Condition = Callable[[Mapping[str, object]], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<and>&&)|(?P<or>\|\|)|(?P<open>\()|(?P<close>\))|(?P<operator><=|>=|!=|=|<|>)
    |(?P<word>IS\s+NOT|IS|NOT\s+EXISTS|EXISTS|TRUE|FALSE|NULL)(?![\w*.])
    |(?P<selector>\$(?:\.[\w-]+|\[\d+\]|\[(?:'[^']+'|"[^"]+")\])+)
    |"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<plain>[^\s()&|=<>!"%]+))""",
    re.VERBOSE,
)
_ORDERED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_STATES: Mapping[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}


def compile_json_pattern(text: str) -> Condition:
    """The condition of a pattern in braces.

    Raises:
        ValueError: If it is none.
    """
    if not text.endswith("}"):
        raise ValueError(f"filter pattern {text!r} begins with '{{' and has to end with '}}'")
    return _Parser(text).condition()


class _Parser:
    """Reads one pattern; `&&` binds more tightly than `||`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._read(text[1:-1]))

    def _read(self, inner: str) -> list[tuple[str, str]]:
        found, position = [], 0
        while inner[position:].strip():
            token = _TOKEN.match(inner, position)
            if token is None or token.lastgroup is None:
                raise self._wrong(f"something unknown at {inner[position:].strip()!r}")
            found.append(
                (token.lastgroup, " ".join(token[token.lastgroup].split()) if token["word"] else token[token.lastgroup])
            )
            position = token.end()
        return found

    def condition(self) -> Condition:
        condition = self._any()
        if self._tokens:
            raise self._wrong(f"something left over at {self._tokens[0][1]!r}")
        return condition

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._next_is("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda event: any(part(event) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._next_is("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda event: all(part(event) for part in parts)

    def _one(self) -> Condition:
        if self._next_is("open"):
            condition = self._any()
            if not self._next_is("close"):
                raise self._wrong("a '(' without its ')'")
            return condition
        kind, name = self._take("a selector such as $.level")
        if kind != "selector":
            raise self._wrong(f"{name!r} where a selector such as $.level belongs")
        select = selector(name)
        kind, sign = self._take("an operator")
        if kind == "word":
            return self._state(select, sign)
        if kind != "operator":
            raise self._wrong(f"{sign!r} where an operator belongs")
        return self._comparison(select, sign)

    def _state(self, select: Callable[[object], object], word: str) -> Condition:
        if word == "NOT EXISTS":
            return lambda event: select(event) is MISSING
        if word == "EXISTS":
            return lambda event: select(event) is not MISSING
        kind, state = self._take("TRUE, FALSE or NULL")
        if kind != "word" or state not in _STATES or word not in {"IS", "IS NOT"}:
            raise self._wrong(f"{word} {state}: after IS come TRUE, FALSE or NULL")
        wanted = _STATES[state]
        if word == "IS":
            return lambda event: select(event) is wanted
        return lambda event: (found := select(event)) is not MISSING and found is not wanted

    def _comparison(self, select: Callable[[object], object], sign: str) -> Condition:
        kind, wanted = self._take("a value")
        if kind not in {"quoted", "regex", "plain"}:
            raise self._wrong(f"{wanted!r} where a value belongs")
        if sign in _ORDERED:
            number = _number(wanted)
            if kind != "plain" or number is None:
                raise self._wrong(f"{sign} compares with a number, got {wanted!r}")
            compare = _ORDERED[sign]
            return lambda event: (found := _measure(select(event))) is not None and compare(found, number)
        equal = _equality(kind, wanted)
        if sign == "=":
            return lambda event: equal(select(event))
        # A field that is not there is neither equal nor unequal; NOT EXISTS asks for it.
        return lambda event: (found := select(event)) is not MISSING and not equal(found)

    def _take(self, wanted: str) -> tuple[str, str]:
        if not self._tokens:
            raise self._wrong(f"its end where {wanted} belongs")
        return self._tokens.pop(0)

    def _next_is(self, kind: str) -> bool:
        if self._tokens and self._tokens[0][0] == kind:
            self._tokens.pop(0)
            return True
        return False

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"filter pattern {self._text!r} has {what}")


def _equality(kind: str, wanted: str) -> Callable[[object], bool]:
    number = _number(wanted) if kind == "plain" else None
    if number is not None:
        return lambda found: _measure(found) == number
    pattern = _text_pattern(kind, wanted)
    return lambda found: isinstance(found, str) and pattern(found)


def _text_pattern(kind: str, wanted: str) -> Callable[[str], bool]:
    if kind == "regex":
        searched = re.compile(wanted)
        return lambda found: searched.search(found) is not None
    literal = re.sub(r"\\(.)", r"\1", wanted) if kind == "quoted" else wanted
    whole = re.compile(".*".join(re.escape(part) for part in literal.split("*")), re.DOTALL)
    return lambda found: whole.fullmatch(found) is not None


def _measure(found: object) -> float | None:
    """The number that a field holds; a word of a space-delimited event may be one."""
    if isinstance(found, Word):
        return _number(found)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
