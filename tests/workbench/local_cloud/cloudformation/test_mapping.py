"""Every property of every AgentCore type reaches the API: by name, by a listed alias, or it is listed as not sent."""

from collections import Counter
from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from workbench.local_cloud.agentcore.control_model import normal, operation, structure
from workbench.local_cloud.cloudformation.mapping import ALIASES, NOT_SENT, Mapper
from workbench.local_cloud.cloudformation.operations import PREFIX, type_operations
from workbench.local_cloud.cloudformation.schema import Node, Path, ResourceSchema, mapping, resource_schema, type_names

TYPES = sorted(name for name in type_names() if name.startswith(PREFIX))


def walk(schema: ResourceSchema, node: Node, shape: Shape, path: Path) -> Iterator[tuple[Path, str]]:
    resolved = schema.node(node)
    mapper = Mapper(schema.type_name)
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        properties = mapping(resolved.get("properties"))
        yield from walk_structure(schema, properties, shape, path, mapper)
    elif isinstance(shape, ListShape):
        yield from walk(schema, mapping(resolved.get("items")), shape.member, (*path, "*"))
    elif isinstance(shape, MapShape) and "properties" in resolved:
        yield path, "missing"


def walk_structure(
    schema: ResourceSchema, properties: Node, shape: StructureShape, path: Path, mapper: Mapper
) -> Iterator[tuple[Path, str]]:
    flat = mapper.flattened(dict(properties) or "text", shape, path) if path and shape.members else None
    if flat:
        inner: Node = {"properties": properties} if properties else {}
        yield path, "flattened"
        yield from walk(schema, inner, shape.members[flat], path)
        return
    for name, part in properties.items():
        here = (*path, name)
        if here in schema.read_only or len(here) > 12:
            continue
        member = mapper.member(name, shape, path)
        yield here, how(schema.type_name, here, member)
        if member:
            yield from walk(schema, mapping(part), shape.members[member], here)


def how(type_name: str, path: Path, member: str | None) -> str:
    if (type_name, path) in NOT_SENT:
        return "not sent"
    if member is None:
        return "missing"
    return "by name" if normal(member) == normal(path[-1]) else "alias"


def coverage(type_name: str) -> list[tuple[Path, str]]:
    schema = resource_schema(type_name)
    shape = structure(operation(type_operations(type_name).create).input_shape)
    return list(walk(schema, schema.document, shape, ()))


@pytest.mark.parametrize("type_name", TYPES)
def test_every_property_reaches_the_api(type_name: str) -> None:
    missing = [path for path, result in coverage(type_name) if result == "missing"]
    assert missing == []


def test_nearly_all_properties_map_by_name_alone() -> None:
    results = Counter(result for name in TYPES for _, result in coverage(name))
    properties = sum(count for result, count in results.items() if result != "flattened")
    assert properties > 1000
    assert results["by name"] / properties > 0.99


def test_the_lists_of_exceptions_hold_nothing_stale() -> None:
    seen = {(result, name, path) for name in TYPES for path, result in coverage(name)}
    assert {(name, path) for result, name, path in seen if result == "alias"} == set(ALIASES)
    assert {(name, path) for result, name, path in seen if result == "not sent"} == set(NOT_SENT)


def test_a_type_that_the_registry_writes_flat_maps_to_the_wrapped_member() -> None:
    shape = structure(operation("CreateAgentRuntime").input_shape)
    params, unmapped = Mapper(PREFIX + "Runtime").to_input({"ProtocolConfiguration": "MCP"}, shape)
    assert (params, unmapped) == ({"protocolConfiguration": {"serverProtocol": "MCP"}}, [])


def test_an_unknown_property_is_reported_and_not_passed_on() -> None:
    shape = structure(operation("CreateMemory").input_shape)
    params, unmapped = Mapper(PREFIX + "Memory").to_input({"Name": "a", "Colour": "red"}, shape)
    assert (params, unmapped) == ({"name": "a"}, [("Colour",)])
