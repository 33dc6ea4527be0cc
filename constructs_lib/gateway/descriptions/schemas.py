"""JSON Schema as a Lambda target can say it."""

from collections.abc import Mapping

from constructs_lib.gateway.descriptions._nodes import Node, as_object, children, names, text
from constructs_lib.gateway.descriptions._remarks import remarks

_TYPES = frozenset({"string", "number", "object", "array", "boolean", "integer"})
_UNSAYABLE = (
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "prefixItems",
    "dependentSchemas",
    "dependentRequired",
)


def service_schema(schema: Mapping[str, object], *, where: str = "the schema") -> dict[str, object]:
    """The schema in the only words a Lambda target knows: type, description, properties, required and items.

    Bounds a value has (`enum`, `const`, `default`, `format`, `minimum`, `pattern`, values of a map and the like) move
    into the description, where the model reads them; the function still has to check them. `$ref` into the schema's own
    definitions is written out, `X or null` becomes `X`, and `title`, `examples` and `x-…` are dropped.

    Follows https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_SchemaDefinition.html

    Args:
        schema: JSON Schema of a tool's arguments, its result, or a part of one.
        where: File and tool it belongs to, for messages.

    Raises:
        ValueError: For what cannot be said, not even in words: alternatives (`oneOf`, `anyOf`, several types), `allOf`,
            `not`, conditions, a schema that contains itself, a reference that leads nowhere, or no type.
    """
    return _Writer(schema, where).written(schema, where, ())


class _Writer:
    def __init__(self, root: Node, where: str) -> None:
        self._root = root
        self._where = where

    def written(self, schema: Node, at: str, around: tuple[str, ...]) -> dict[str, object]:
        schema, around = self._resolved(schema, at, around)
        schema = _without_null(schema, at)
        unsayable = [word for word in _UNSAYABLE if word in schema]
        if unsayable:
            raise ValueError(f"{at}: a Lambda target's schema cannot say {unsayable[0]!r}; describe one plain type")
        kind = _type(schema, at)
        result: dict[str, object] = {"type": kind}
        description = remarks(schema)
        if description:
            result["description"] = description
        if kind == "object":
            result.update(self._members(schema, at, around))
        if kind == "array":
            items = schema.get("items")
            if not isinstance(items, Mapping):
                raise ValueError(f"{at}: an array says what it holds; add 'items'")
            result["items"] = self.written(items, f"{at}/items", around)
        return result

    def _members(self, schema: Node, at: str, around: tuple[str, ...]) -> dict[str, object]:
        properties = {
            name: self.written(as_object(value, where=f"{at}/{name}"), f"{at}/{name}", around)
            for name, value in as_object(schema.get("properties") or {}, where=f"{at}/properties").items()
        }
        required = [name for name in names(schema, "required") if name in properties]
        return {**({"properties": properties} if properties else {}), **({"required": required} if required else {})}

    def _resolved(self, schema: Node, at: str, around: tuple[str, ...]) -> tuple[Node, tuple[str, ...]]:
        while isinstance(reference := schema.get("$ref"), str):
            if reference in around:
                raise ValueError(
                    f"{at}: {reference} contains itself, which a Lambda target's schema cannot say; flatten it"
                )
            around = (*around, reference)
            schema = {**self._target(reference, at), **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema, around

    def _target(self, reference: str, at: str) -> Node:
        node: object = self._root
        if not reference.startswith("#"):
            raise ValueError(f"{at}: {reference!r} is in another file; write the schema here")
        for part in filter(None, reference[1:].split("/")):
            node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping):
            raise ValueError(f"{at}: {reference!r} leads nowhere in {self._where}; correct it")  # noqa: TRY004
        return node


def _without_null(schema: Node, at: str) -> Node:
    """The schema of the values other than null, of which there may be one kind only."""
    for word in ("oneOf", "anyOf"):
        if word in schema:
            left = [as_object(one, where=at) for one in children(schema, word, where=at)]
            left = [one for one in left if one.get("type") != "null"]
            if len(left) != 1:
                raise ValueError(f"{at}: a Lambda target's schema knows no alternatives ({word}); describe one type")
            schema = {**left[0], **{key: value for key, value in schema.items() if key != word}}
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in names(schema, "type") if kind != "null"]
        if len(kinds) != 1:
            raise ValueError(f"{at}: a Lambda target's schema knows one type at a time, got {kinds}; choose one")
        schema = {**schema, "type": kinds[0]}
    return schema


def _type(schema: Node, at: str) -> str:
    kind = text(schema, "type") or ("object" if "properties" in schema else "array" if "items" in schema else "")
    if kind not in _TYPES:
        raise ValueError(f"{at}: 'type' is one of {', '.join(sorted(_TYPES))}, got {schema.get('type')!r}; add it")
    return kind
