"""The arguments that a rule's tools have in common, for the conditions of the rule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from constructs_lib.gateway.cedar.arguments import LARGEST_LONG, decimal_text
from constructs_lib.gateway.cedar.signatures import ToolSignature
from constructs_lib.gateway.cedar.text import string
from constructs_lib.gateway.cedar.types import CedarType, type_of

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}


@dataclass(frozen=True)
class FoundArgument:
    """An argument as Cedar reads it.

    Args:
        rule: The rule, for messages.
        path: The argument's name and the fields below it.
        type: Its type, the same in all tools.
        guards: Cedar tests that it is there, where a call may leave it out.
    """

    rule: str
    path: tuple[str, ...]
    type: CedarType
    guards: tuple[str, ...]

    def __str__(self) -> str:
        return _access(self.path)

    def guarded(self, test: str) -> str:
        """`test`, after the tests that the argument is there."""
        return f"({' && '.join([*self.guards, test])})"

    def expect(self, *types: str, use: str) -> None:
        """Refuse an argument of another type."""
        if self.type.name not in types:
            raise self.error(f"is a {self.type}, and {use} is for {' and '.join(types)}")

    def literal(self, value: object) -> str:
        """`value` as a literal of the argument's type."""
        return self._literal(self.type, value)

    def member(self, value: object) -> str:
        """`value` as a literal of the type of the list's members."""
        element = self.type.element
        if element is None or element.name not in _LITERALS:
            raise self.error(f"is a {self.type}, whose members a condition cannot name")
        return self._literal(element, value)

    def error(self, what: str) -> ValueError:
        """An error about this argument."""
        return ValueError(f"rule {self.rule!r}: the argument {'.'.join(self.path)!r} {what}")

    def _literal(self, cedar: CedarType, value: object) -> str:
        text = _LITERALS[cedar.name](value)
        if text is None:
            raise self.error(f"is compared with {value!r}, which is not a {cedar}")
        return text


class KnownArguments:
    """What the tools of one rule accept.

    Args:
        rule: The rule's name, for messages.
        tools: The tools the rule is for.
    """

    def __init__(self, rule: str, tools: Sequence[ToolSignature]) -> None:
        self._rule = rule
        self._tools = tools

    def find(self, path: tuple[str, ...]) -> FoundArgument:
        """The argument in every tool of the rule.

        Raises:
            ValueError: If a tool lacks it, its type cannot be used in policies, or two tools differ on the type.
        """
        found = [self._in_tool(tool, path) for tool in self._tools]
        types = {str(each.type): tool.name for each, tool in zip(found, self._tools, strict=True)}
        if len(types) > 1:
            (first, one), (second, other) = list(types.items())[:2]
            raise found[0].error(f"is a {first} in {one} and a {second} in {other}; make a rule for each")
        guards = max((each.guards for each in found), key=len)
        return FoundArgument(self._rule, path, found[0].type, guards)

    def _in_tool(self, tool: ToolSignature, path: tuple[str, ...]) -> FoundArgument:
        record, guards = tool.arguments, []
        for depth, name in enumerate(path):
            attribute = record.attributes.get(name)
            if attribute is None:
                raise ValueError(f"rule {self._rule!r}: {self._why_missing(tool, record, path[: depth + 1])}")
            if not attribute.required:
                guards.append(f"{_access(path[:depth])} has {_name(name)}")
            record = attribute.type
        return FoundArgument(self._rule, path, record, tuple(guards))

    def _why_missing(self, tool: ToolSignature, record: CedarType, path: tuple[str, ...]) -> str:
        declared = tool.properties.get(path[0]) if len(path) == 1 else None
        if declared is not None and type_of(declared) is None:
            return (
                f"the argument {path[0]!r} of {tool.name} has the schema {declared!r}, which policies cannot use;"
                " a string, integer, number, boolean, or an array or object of these can be used"
            )
        close = get_close_matches(path[-1], record.attributes, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        names = ", ".join(record.attributes) or "none"
        return f"{tool.name} has no argument {'.'.join(path)!r}{hint} It has: {names}"


def _access(path: tuple[str, ...]) -> str:
    text = "context.input"
    for name in path:
        text += f".{name}" if _plain(name) else f"[{string(name)}]"
    return text


def _name(name: str) -> str:
    return name if _plain(name) else string(name)


def _plain(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None and name not in _RESERVED


def _string_literal(value: object) -> str | None:
    return string(value) if isinstance(value, str) else None


def _bool_literal(value: object) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _long_literal(value: object) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_LONG
    return str(value) if fits else None


def _decimal_literal(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = decimal_text(value)
    return f"decimal({string(text)})" if text is not None and float(text) == float(value) else None


_LITERALS = {"String": _string_literal, "Bool": _bool_literal, "Long": _long_literal, "decimal": _decimal_literal}
