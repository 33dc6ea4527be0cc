"""The CloudFormation registry's resource schemas, from cfn-lint's distribution."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

Path = tuple[str, ...]
"""A property's path, for example `("Memory", "ManagedMemoryConfiguration", "Arn")`; `*` stands for any list item."""
Node = Mapping[str, object]
"""A part of a JSON schema."""

# cfn-lint keeps one index of types per region and shares the schemas; this region has every type used here.
_REGION = "us-east-1"
_ALTERNATIVES = ("oneOf", "anyOf", "allOf")


@dataclass(frozen=True)
class ResourceSchema:
    """One resource type's schema.

    Args:
        type_name: For example `AWS::BedrockAgentCore::Runtime`.
        document: The schema itself.
        primary_identifier: Names of the properties whose values `Ref` returns, joined by `|`.
        read_only: Properties that only the service sets.
        create_only: Properties whose change replaces the resource.
        tag_property: The property that holds tags, or None for a type without.
        create_permissions: IAM actions that creating the resource takes, which name the operation.
    """

    type_name: str
    document: Node
    primary_identifier: tuple[str, ...]
    read_only: tuple[Path, ...]
    create_only: tuple[Path, ...]
    tag_property: str | None
    create_permissions: tuple[str, ...]

    def node(self, node: object) -> Node:
        """A part of the schema with its reference followed and the properties of its alternatives merged in."""
        resolved = self._resolve(node)
        properties = dict(mapping(resolved.get("properties")))
        for keyword in _ALTERNATIVES:
            for alternative in sequence(resolved.get(keyword)):
                for name, value in mapping(self.node(alternative).get("properties")).items():
                    properties.setdefault(name, value)
        return {**resolved, "properties": properties} if properties else resolved

    def properties(self, node: Node | None = None) -> dict[str, object]:
        """The properties of a part of the schema, by name. Default: the resource's own."""
        return dict(mapping(self.node(self.document if node is None else node).get("properties")))

    def writable(self) -> Iterator[str]:
        """The properties that a template may set."""
        return (name for name in self.properties() if (name,) not in self.read_only)

    def _resolve(self, node: object) -> Node:
        current = mapping(node)
        while "$ref" in current:
            target: object = self.document
            for part in str(current["$ref"]).removeprefix("#/").split("/"):
                target = mapping(target)[part]
            current = mapping(target)
        return current


def mapping(value: object) -> Mapping[str, object]:
    """A value as a mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[object]:
    """A value as a list; an empty one for anything else."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


@functools.cache
def type_names() -> Mapping[str, str]:
    """Every resource type of the registry, with the name of its schema's file."""
    text = (_schemas() / "providers" / f"{_REGION}.json").read_text(encoding="utf-8")
    return {name: file for name, file in json.loads(text).items() if isinstance(file, str)}


@functools.cache
def resource_schema(type_name: str) -> ResourceSchema:
    """The schema of a resource type.

    Raises:
        ValueError: If the registry has no such type.
    """
    if type_name not in type_names():
        raise ValueError(f"Template format error: Unrecognized resource types: [{type_name}]; check its spelling")
    file = _schemas() / "resources" / f"{type_names()[type_name]}.json"
    document: Node = json.loads(file.read_text(encoding="utf-8"))
    create = mapping(mapping(document.get("handlers")).get("create"))
    tagging = mapping(document.get("tagging"))
    tags = str(tagging.get("tagProperty", "/properties/Tags")).rsplit("/", 1)[-1]
    return ResourceSchema(
        type_name=type_name,
        document=document,
        primary_identifier=tuple(path[-1] for path in _paths(document, "primaryIdentifier")),
        read_only=_paths(document, "readOnlyProperties"),
        create_only=_paths(document, "createOnlyProperties"),
        tag_property=tags if tags in mapping(document.get("properties")) else None,
        create_permissions=tuple(str(action) for action in sequence(create.get("permissions"))),
    )


def _paths(document: Node, keyword: str) -> tuple[Path, ...]:
    pointers = (str(pointer) for pointer in sequence(document.get(keyword)))
    return tuple(tuple(part for part in pointer.split("/")[2:] if part != "properties") for pointer in pointers)


def _schemas() -> Traversable:
    return resources.files("cfnlint") / "data" / "schemas"
