"""The Cedar type that Policy in AgentCore gives to a tool's argument.

Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-schema-constraints.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from constructs_lib.gateway.cedar.text import string


@dataclass(frozen=True)
class Attribute:
    """An argument of a tool or a field of an object.

    Args:
        type: Its Cedar type.
        required: Whether every call carries it.
    """

    type: "CedarType"
    required: bool


@dataclass(frozen=True)
class CedarType:
    """A Cedar type.

    Args:
        name: `String`, `Long`, `Bool`, `decimal`, `Set` or `Record`.
        element: Of a set: the type of its members.
        attributes: Of a record: its attributes by name.
    """

    name: str
    element: "CedarType | None" = None
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        if self.name == "Set":
            return f"Set<{self.element}>"
        if self.name == "Record":
            fields = (
                f"{string(name)}{'' if attribute.required else '?'}: {attribute.type}"
                for name, attribute in self.attributes.items()
            )
            return "{" + ", ".join(fields) + "}"
        return self.name


STRING = CedarType("String")
LONG = CedarType("Long")
BOOL = CedarType("Bool")
DECIMAL = CedarType("decimal")

# AgentCore's schema generator gives these strings types of their own, whose names it does not document: a policy on
# them could pass here and fail there. https://github.com/cedar-policy/cedar-for-agents
_TYPED_FORMATS = {"date", "date-time", "decimal", "duration", "ipv4", "ipv6"}

_SIMPLE = {"string": STRING, "integer": LONG, "boolean": BOOL, "number": DECIMAL}


def record_of(schema: Mapping[str, object]) -> CedarType:
    """The record of a JSON Schema's properties; properties without a Cedar type are left out."""
    properties = schema.get("properties")
    required = schema.get("required")
    names = set(required) if isinstance(required, list | tuple) else set()
    attributes = {}
    for name, property_schema in properties.items() if isinstance(properties, Mapping) else ():
        cedar = type_of(property_schema)
        if cedar is not None:
            attributes[name] = Attribute(cedar, name in names)
    return CedarType("Record", attributes=MappingProxyType(attributes))


def type_of(schema: object) -> CedarType | None:
    """The Cedar type of a JSON Schema; None where policies cannot use it.

    That is so for unions, null, arrays and objects of anything, for `enum` and for strings of some formats.
    """
    if not isinstance(schema, Mapping) or "enum" in schema or "const" in schema:
        return None
    kind = schema.get("type")
    if not isinstance(kind, str):
        return None
    if kind == "array":
        element = type_of(schema.get("items"))
        return element and CedarType("Set", element=element)
    if kind == "object":
        return record_of(schema) if isinstance(schema.get("properties"), Mapping) else None
    if kind == "string" and schema.get("format") in _TYPED_FORMATS:
        return None
    return _SIMPLE.get(kind)
