"""JSON Schema of Smithy shapes, for the tools a gateway makes of operations."""

from constructs_lib.gateway.descriptions._nodes import Node, text
from constructs_lib.gateway.descriptions._smithy.prose import plain
from constructs_lib.gateway.descriptions._smithy.shapes import DOCUMENTATION, Shapes, target, traits

_SIMPLE: dict[str, dict[str, object]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    **{kind: {"type": "integer"} for kind in ("byte", "short", "integer", "long", "bigInteger")},
    **{kind: {"type": "number"} for kind in ("float", "double", "bigDecimal")},
    "timestamp": {"type": "string", "format": "date-time"},
    "blob": {"type": "string", "format": "byte"},
    "document": {"type": "object"},
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}


class ShapeSchemas:
    """Writes JSON Schema of shapes.

    Args:
        shapes: Of the model.
    """

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def of(self, name: str) -> dict[str, object]:
        """The shape's schema, which stands alone. No name: an object without properties."""
        return self._schema(name, ()) if name and name != "smithy.api#Unit" else {"type": "object"}

    def _schema(self, name: str, around: tuple[str, ...]) -> dict[str, object]:
        shape = self._shapes.get(name)
        if shape is None:
            kind = name.rpartition("#")[2].removeprefix("Primitive")
            return dict(_SIMPLE.get(kind[0].lower() + kind[1:], {"type": "object"}))
        kind = text(shape, "type")
        if name in around:
            return {"type": _json_type(kind), "description": f"Another {name.rpartition('#')[2]}, described as above."}
        return {**self._typed(kind, shape, (*around, name)), **_bounds(kind, shape)}

    def _typed(self, kind: str, shape: Node, around: tuple[str, ...]) -> dict[str, object]:
        if kind in ("enum", "intEnum"):
            values = [
                traits(member).get("smithy.api#enumValue", label)
                for label, member in self._shapes.members(shape).items()
            ]
            return {"type": "string" if kind == "enum" else "integer", "enum": values}
        if kind in ("list", "set"):
            return {"type": "array", "items": self._member(shape.get("member"), around)}
        if kind == "map":
            return {"type": "object", "additionalProperties": self._member(shape.get("value"), around)}
        if kind in ("structure", "union"):
            return self._structure(kind, shape, around)
        return dict(_SIMPLE.get(kind, {"type": "object"}))

    def _structure(self, kind: str, shape: Node, around: tuple[str, ...]) -> dict[str, object]:
        members = self._shapes.members(shape)
        required = [name for name, member in members.items() if "smithy.api#required" in traits(member)]
        result: dict[str, object] = {"type": "object"}
        if members:
            result["properties"] = {name: self._member(member, around) for name, member in members.items()}
        if required:
            result["required"] = required
        if kind == "union":  # exactly one member is set
            result.update({"minProperties": 1, "maxProperties": 1})
        return result

    def _member(self, member: object, around: tuple[str, ...]) -> dict[str, object]:
        schema = self._schema(target(member), around)
        if isinstance(member, dict):
            prose = plain(text(traits(member), DOCUMENTATION))
            schema = {**schema, **_bounds("", member), **({"description": prose} if prose else {})}
        return schema


def _bounds(kind: str, shape: Node) -> dict[str, object]:
    said = traits(shape)
    found: dict[str, object] = {}
    for trait, words in (("smithy.api#length", _BOUNDS.get(kind, ())), ("smithy.api#range", ("minimum", "maximum"))):
        bound = said.get(trait)
        if isinstance(bound, dict):
            found.update({word: bound[key] for word, key in zip(words, ("min", "max"), strict=False) if key in bound})
    if kind == "string" and (pattern := text(said, "smithy.api#pattern")):
        found["pattern"] = pattern
    default = said.get("smithy.api#default")
    if isinstance(default, str | int | float | bool):
        found["default"] = default
    return found


def _json_type(kind: str) -> str:
    if kind in ("list", "set"):
        return "array"
    return "object" if kind in ("structure", "union", "map") else str(_SIMPLE.get(kind, {}).get("type", "string"))
