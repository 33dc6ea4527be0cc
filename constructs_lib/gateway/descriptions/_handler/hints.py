"""Type hints as JSON Schema."""

import ast
from collections.abc import Sequence

from constructs_lib.gateway.descriptions._handler.modules import SourceModule

PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
LISTS = frozenset({"list", "List", "Sequence", "MutableSequence", "Collection", "Iterable"})
MAPS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
ANYTHING = frozenset({"Any", "object"})
_WRAPPERS = frozenset({"Required", "NotRequired", "ReadOnly", "Final", "InitVar"})
_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "builtins.", "dataclasses.", "enum.")
_REMEDIES = {
    "datetime.datetime": "arguments arrive as JSON, so annotate str and parse it",
    "datetime.date": "arguments arrive as JSON, so annotate str and parse it",
    "decimal.Decimal": "arguments arrive as JSON, so annotate str or float and convert it",
    "uuid.UUID": "arguments arrive as JSON, so annotate str and convert it",
    "bytes": "arguments arrive as JSON, so annotate str and decode it",
    "Any": "say which type it has",
    "object": "say which type it has",
    "set": "JSON has no sets, so annotate list[…]",
    "frozenset": "JSON has no sets, so annotate list[…]",
    "tuple": "annotate list[…], or tuple[X, …] with an ellipsis",
}
_KNOWN = "str, int, float, bool, list[X], dict[str, X], Literal, Optional, Enum, TypedDict and dataclasses"


def known_name(module: SourceModule, expression: ast.expr) -> str | None:
    """The name without the standard module it comes from: `typing.Optional` is `Optional`."""
    name = module.spelled_out(expression)
    for prefix in _TYPING:
        if name and name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


class HintReader:
    """Writes JSON Schema of annotations.

    Args:
        subject: The function and parameter it is about, for messages.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def schema(self, hint: ast.expr, module: SourceModule, around: Sequence[str] = ()) -> dict[str, object]:
        """The schema of values the hint allows, other than None."""
        hint = unquoted(hint, module)
        if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
            return self._union(_alternatives(hint), hint, module, around)
        if isinstance(hint, ast.Subscript):
            return self._generic(hint, module, around)
        if isinstance(hint, ast.Name | ast.Attribute):
            return self._named(hint, module, around)
        raise self.refusal(hint, module, "is no type", f"annotate one of {_KNOWN}")

    def refusal(self, node: ast.AST, module: SourceModule, what: str, remedy: str) -> ValueError:
        """What is wrong, where and what to do."""
        shown = f" {ast.unparse(node)}" if isinstance(node, ast.expr) else ""
        return ValueError(f"{module.where(node)}: {self._subject}:{shown} {what}; {remedy}")

    def _named(self, hint: ast.Name | ast.Attribute, module: SourceModule, around: Sequence[str]) -> dict[str, object]:
        name = known_name(module, hint) or ""
        if isinstance(hint, ast.Name):
            defined = self._defined(hint, module, around)
            if defined is not None:
                return defined
        if name in PLAIN:
            return {"type": PLAIN[name]}
        if name in MAPS:
            return {"type": "object"}
        if name in LISTS:
            raise self.refusal(hint, module, "does not say what it holds", f"write {name}[str], for example")
        raise self.refusal(hint, module, "is nothing a tool's schema can say", _REMEDIES.get(name, f"use {_KNOWN}"))

    def _defined(self, hint: ast.Name, module: SourceModule, around: Sequence[str]) -> dict[str, object] | None:
        from constructs_lib.gateway.descriptions._handler.classes import class_schema  # classes hold hints in turn

        key = f"{module.path}:{hint.id}"
        if hint.id in module.classes or hint.id in module.aliases:
            if key in around:
                raise self.refusal(hint, module, "contains itself, which a tool's schema cannot say", "flatten it")
            if hint.id in module.classes:
                return class_schema(module.classes[hint.id], module, self, (*around, key))
            return self.schema(module.aliases[hint.id], module, (*around, key))
        found = module.imported_from(hint.id)
        if found is None:
            return None
        other, name = found
        return self.schema(ast.copy_location(ast.Name(name), hint), other, around)

    def _generic(self, hint: ast.Subscript, module: SourceModule, around: Sequence[str]) -> dict[str, object]:
        name = known_name(module, hint.value) or ""
        parts = list(hint.slice.elts) if isinstance(hint.slice, ast.Tuple) else [hint.slice]
        if name == "Literal":
            return self._literal(parts, hint, module)
        if name == "Optional":
            return self.schema(parts[0], module, around)
        if name == "Union":
            return self._union(parts, hint, module, around)
        if name == "Annotated":
            described = description_of(parts[1:])
            return {**self.schema(parts[0], module, around), **({"description": described} if described else {})}
        if name in _WRAPPERS:
            return self.schema(parts[0], module, around)
        if name in LISTS or (name in ("tuple", "Tuple") and len(parts) == 2 and _is_ellipsis(parts[1])):
            return {"type": "array", "items": self.schema(parts[0], module, around)}
        if name in MAPS:
            return self._map(parts, hint, module, around)
        raise self.refusal(hint, module, "is nothing a tool's schema can say", _REMEDIES.get(name, f"use {_KNOWN}"))

    def _map(
        self, parts: Sequence[ast.expr], hint: ast.expr, module: SourceModule, around: Sequence[str]
    ) -> dict[str, object]:
        if len(parts) != 2 or known_name(module, parts[0]) != "str":
            raise self.refusal(hint, module, "has keys that are no text", "JSON's are: annotate dict[str, …]")
        if known_name(module, parts[1]) in ANYTHING:
            return {"type": "object"}
        return {"type": "object", "additionalProperties": self.schema(parts[1], module, around)}

    def _literal(self, parts: Sequence[ast.expr], hint: ast.expr, module: SourceModule) -> dict[str, object]:
        return self.one_type([literal(part) for part in parts if not is_none(part)], hint, module)

    def one_type(self, values: Sequence[object], node: ast.expr, module: SourceModule) -> dict[str, object]:
        """The schema of values that are listed, which have to be of one type."""
        kinds = {PLAIN.get(type(value).__name__) for value in values}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is None:
            raise self.refusal(node, module, "lists values of several types or of none", "list texts, or numbers")
        return {"type": kind, "enum": list(values)}

    def _union(
        self, parts: Sequence[ast.expr], hint: ast.expr, module: SourceModule, around: Sequence[str]
    ) -> dict[str, object]:
        real = [part for part in parts if not is_none(part)]
        if len(real) != 1:
            raise self.refusal(hint, module, "allows several types, which a tool's schema cannot say", "choose one")
        return self.schema(real[0], module, around)


def unquoted(hint: ast.expr, module: SourceModule) -> ast.expr:
    """The hint, parsed if it is written as a text."""
    if not (isinstance(hint, ast.Constant) and isinstance(hint.value, str)):
        return hint
    try:
        parsed = ast.parse(hint.value, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{module.where(hint)}: the hint {hint.value!r} is not valid Python; correct it") from error
    for node in ast.walk(parsed):
        ast.copy_location(node, hint)
    return parsed


def is_none(hint: ast.expr) -> bool:
    """Whether the hint is None."""
    return isinstance(hint, ast.Constant) and hint.value is None


def description_of(metadata: Sequence[ast.expr]) -> str:
    """The text among `Annotated`'s metadata, or the `description=` of a call there."""
    for part in metadata:
        values = [part] if not isinstance(part, ast.Call) else [
            keyword.value for keyword in part.keywords if keyword.arg == "description"
        ]  # fmt: skip
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def literal(value: ast.expr) -> object:
    """What a literal means in JSON. None where it is none, or means nothing there."""
    try:
        result = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return None
    return _json(result)


def _json(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float) else None


def _alternatives(hint: ast.expr) -> list[ast.expr]:
    if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
        return [*_alternatives(hint.left), *_alternatives(hint.right)]
    return [hint]


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
