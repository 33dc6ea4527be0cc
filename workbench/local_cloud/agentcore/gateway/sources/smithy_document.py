"""Smithy models as a gateway reads them: one service, its operations as tools."""

import re
from collections.abc import Mapping

from workbench.local_cloud.agentcore.gateway.definitions import items, mapping
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool

_DOCUMENTATION = "smithy.api#documentation"
_SIMPLE: Mapping[str, dict[str, object]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    **{kind: {"type": "integer"} for kind in ("byte", "short", "integer", "long", "bigInteger")},
    **{kind: {"type": "number"} for kind in ("float", "double", "bigDecimal")},
    "timestamp": {"type": "string", "format": "date-time"},
    "blob": {"type": "string", "format": "byte"},
    "document": {"type": "object"},
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}
_TAG = re.compile(r"<[^>]+>")

Node = Mapping[str, object]


class SmithyDocument:
    """A parsed model.

    Args:
        model: The JSON AST.

    Raises:
        TargetError: If it is no model of one AWS service.
    """

    def __init__(self, model: Node) -> None:
        self._shapes = {name: mapping(shape) for name, shape in mapping(model.get("shapes")).items()}
        services = [shape for shape in self._shapes.values() if shape.get("type") == "service"]
        if len(services) != 1:
            raise TargetError("SchemaException", f"a Smithy target's model has one service, got {len(services)}")
        self._service = services[0]
        known = mapping(_traits(self._service).get("aws.api#service"))
        if not known.get("sdkId"):
            raise TargetError("SchemaException", "the model names no AWS service (aws.api#service)")
        self.service_id = str(known["sdkId"])
        self.endpoint_prefix = str(known.get("endpointPrefix", ""))
        self.arn_namespace = str(known.get("arnNamespace", ""))

    def tools(self) -> tuple[Tool, ...]:
        """The service's operations, also those of its resources.

        Raises:
            TargetError: If there is none.
        """
        names = list(dict.fromkeys(self._operations(self._service)))
        if not names:
            raise TargetError("SchemaException", "the model's service has no operation")
        return tuple(self._tool(name) for name in names)

    def _operations(self, node: Node) -> list[str]:
        lifecycle = ("create", "put", "read", "update", "delete", "list")
        own = [
            _target(mapping(node.get(word))) for word in lifecycle if word in node and node.get("type") == "resource"
        ]
        listed = [_target(one) for word in ("operations", "collectionOperations") for one in items(node.get(word))]
        nested = [self._shapes.get(_target(one), {}) for one in items(node.get("resources"))]
        return [*own, *listed, *(name for resource in nested for name in self._operations(resource))]

    def _tool(self, name: str) -> Tool:
        operation = self._shapes.get(name)
        if operation is None:
            raise TargetError("SchemaException", f"the model names the operation {name}, which is not in it")
        described = _prose(_traits(operation).get(_DOCUMENTATION))
        target = _target(operation.get("input"))
        schema = self._schema(target, ()) if target in self._shapes else {"type": "object"}
        return Tool(name.rpartition("#")[2], described, schema)

    def _schema(self, name: str, around: tuple[str, ...]) -> dict[str, object]:
        shape = self._shapes.get(name)
        if shape is None:
            kind = name.rpartition("#")[2].removeprefix("Primitive")
            return dict(_SIMPLE.get(kind[:1].lower() + kind[1:], {"type": "object"}))
        kind = str(shape.get("type"))
        if name in around:
            return {"type": _json_type(kind), "description": f"Another {name.rpartition('#')[2]}, described as above."}
        return {**self._typed(kind, shape, (*around, name)), **_bounds(kind, shape)}

    def _typed(self, kind: str, shape: Node, around: tuple[str, ...]) -> dict[str, object]:
        if kind in ("enum", "intEnum"):
            members = mapping(shape.get("members")).items()
            values = [_traits(member).get("smithy.api#enumValue", label) for label, member in members]
            return {"type": "string" if kind == "enum" else "integer", "enum": values}
        if kind in ("list", "set"):
            return {"type": "array", "items": self._member(shape.get("member"), around)}
        if kind == "map":
            return {"type": "object", "additionalProperties": self._member(shape.get("value"), around)}
        if kind in ("structure", "union"):
            return self._structure(kind, mapping(shape.get("members")), around)
        return dict(_SIMPLE.get(kind, {"type": "object"}))

    def _structure(self, kind: str, members: Node, around: tuple[str, ...]) -> dict[str, object]:
        required = [name for name, member in members.items() if "smithy.api#required" in _traits(member)]
        result: dict[str, object] = {"type": "object"}
        if members:
            result["properties"] = {name: self._member(member, around) for name, member in members.items()}
        if required:
            result["required"] = required
        if kind == "union":
            result |= {"minProperties": 1, "maxProperties": 1}
        return result

    def _member(self, member: object, around: tuple[str, ...]) -> dict[str, object]:
        described = _prose(_traits(member).get(_DOCUMENTATION))
        schema = {**self._schema(_target(member), around), **_bounds("", mapping(member))}
        return {**schema, **({"description": described} if described else {})}


def _traits(shape: object) -> Node:
    return mapping(mapping(shape).get("traits"))


def _target(node: object) -> str:
    return str(mapping(node).get("target", ""))


def _prose(documentation: object) -> str:
    return " ".join(_TAG.sub(" ", str(documentation or "")).split())


def _bounds(kind: str, shape: Node) -> dict[str, object]:
    said, found = _traits(shape), {}
    for trait, words in (("smithy.api#length", _BOUNDS.get(kind, ())), ("smithy.api#range", ("minimum", "maximum"))):
        bound = mapping(said.get(trait))
        found.update({word: bound[key] for word, key in zip(words, ("min", "max"), strict=False) if key in bound})
    if kind == "string" and said.get("smithy.api#pattern"):
        found["pattern"] = said["smithy.api#pattern"]
    default = said.get("smithy.api#default")
    if isinstance(default, (str, int, float)):
        found["default"] = default
    return found


def _json_type(kind: str) -> str:
    if kind in ("list", "set"):
        return "array"
    return "object" if kind in ("structure", "union", "map") else str(_SIMPLE.get(kind, {}).get("type", "string"))
