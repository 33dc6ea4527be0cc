"""Enums, TypedDicts and dataclasses as JSON Schema."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from constructs_lib.gateway.descriptions._handler.docstrings import read_docstring
from constructs_lib.gateway.descriptions._handler.hints import HintReader, known_name, literal, unquoted
from constructs_lib.gateway.descriptions._handler.modules import SourceModule

_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum"})


@dataclass(frozen=True)
class Field:
    """One field of a class.

    Args:
        name: Its name.
        hint: Its annotation.
        module: Where that stands.
        is_required: Whether it has to be given.
        description: What the class's docstring, or the text below the field, says of it.
        default: Its default as JSON has it, else None.
    """

    name: str
    hint: ast.expr
    module: SourceModule
    is_required: bool
    description: str
    default: object


def class_schema(
    node: ast.ClassDef, module: SourceModule, hints: HintReader, around: Sequence[str]
) -> dict[str, object]:
    """The schema of a class's values as JSON gives them."""
    kind = _kind(node, module)
    if kind == "enum":
        return _enum(node, module, hints)
    if kind is None:
        raise hints.refusal(
            node, module, f"class {node.name} is neither an Enum, a TypedDict nor a dataclass", "make it one of them"
        )
    properties: dict[str, object] = {}
    required = []
    for field in _fields(node, module, kind):
        schema = hints.schema(field.hint, field.module, around)
        if field.description:
            schema = {**schema, "description": field.description}
        properties[field.name] = schema if field.default is None else {**schema, "default": field.default}
        if field.is_required:
            required.append(field.name)
    described = read_docstring(ast.get_docstring(node)).description
    return {
        "type": "object",
        **({"description": described} if described else {}),
        **({"properties": properties} if properties else {}),
        **({"required": required} if required else {}),
    }


def _kind(node: ast.ClassDef, module: SourceModule) -> str | None:
    decorators = [known_name(module, one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    if "dataclass" in decorators:
        return "dataclass"
    for base in node.bases:
        name = known_name(module, base)
        if name in _ENUMS:
            return "enum"
        if name == "TypedDict":
            return "typeddict"
        found = _base(base, module)
        kind = _kind(*found) if found else None
        if kind is not None:
            return kind
    return None


def _base(base: ast.expr, module: SourceModule) -> tuple[ast.ClassDef, SourceModule] | None:
    if not isinstance(base, ast.Name):
        return None
    if base.id in module.classes:
        return module.classes[base.id], module
    found = module.imported_from(base.id)
    if found is None or found[1] not in found[0].classes:
        return None
    return found[0].classes[found[1]], found[0]


def _enum(node: ast.ClassDef, module: SourceModule, hints: HintReader) -> dict[str, object]:
    values = [
        literal(statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign) and not _is_private(statement.targets[0])
    ]
    if not values or None in values:
        raise hints.refusal(
            node, module, f"Enum {node.name} has values that are not written out", "write each as a literal"
        )
    schema = hints.one_type(values, ast.copy_location(ast.Name(node.name), node), module)
    described = read_docstring(ast.get_docstring(node)).description
    return {**schema, **({"description": described} if described else {})}


def _fields(node: ast.ClassDef, module: SourceModule, kind: str) -> Iterator[Field]:
    found: dict[str, Field] = {}
    for base in node.bases:
        inherited = _base(base, module)
        if inherited is not None:
            found |= {field.name: field for field in _fields(*inherited, kind)}
    documented = read_docstring(ast.get_docstring(node)).arguments
    is_total = not any(
        keyword.arg == "total" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in node.keywords
    )
    for statement, below in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            described = documented.get(statement.target.id, "") or _text(below)
            field = _field(statement, statement.target.id, module, kind, is_total, described)
            if field is not None:
                found[field.name] = field
    yield from found.values()


def _field(
    statement: ast.AnnAssign, name: str, module: SourceModule, kind: str, is_total: bool, described: str
) -> Field | None:
    hint = unquoted(statement.annotation, module)
    outer = known_name(module, hint.value if isinstance(hint, ast.Subscript) else hint)
    if outer in ("ClassVar", "KW_ONLY"):
        return None
    if kind == "typeddict":
        is_required = outer == "Required" or (is_total and outer != "NotRequired")
        return Field(name, hint, module, is_required, described, None)
    value = statement.value
    if isinstance(value, ast.Call) and known_name(module, value.func) == "field":
        given = {keyword.arg: keyword.value for keyword in value.keywords}
        if isinstance(given.get("init"), ast.Constant) and getattr(given["init"], "value", None) is False:
            return None
        has_default = "default" in given or "default_factory" in given
        return Field(
            name, hint, module, not has_default, described, literal(given["default"]) if "default" in given else None
        )
    return Field(name, hint, module, value is None, described, None if value is None else literal(value))


def _text(statement: ast.stmt | None) -> str:
    """A text that stands below a field to describe it."""
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ):
        return " ".join(statement.value.value.split())
    return ""


def _is_private(target: ast.expr) -> bool:
    return not isinstance(target, ast.Name) or target.id.startswith("_")
