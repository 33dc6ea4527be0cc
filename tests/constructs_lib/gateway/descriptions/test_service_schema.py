from collections.abc import Mapping

import pytest

from constructs_lib.gateway.descriptions import service_schema
from tests.constructs_lib.gateway.descriptions.support import nodes


def test_keeps_what_the_service_can_say() -> None:
    schema = {
        "type": "object",
        "description": "An order.",
        "properties": {
            "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
        },
        "required": ["lines"],
    }
    assert service_schema(schema) == schema


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "enum": ["open", "closed"]}, 'One of: "open", "closed".'),
        (
            {"type": "integer", "description": "How many", "minimum": 1, "maximum": 9},
            "How many. At least 1. At most 9.",
        ),
        ({"type": "string", "description": "When.", "format": "date"}, "When. Format: date."),
        ({"type": "integer", "default": 0}, "Default: 0."),
        ({"type": "boolean", "const": True}, "Always true."),
        (
            {"type": "object", "additionalProperties": {"type": "number"}},
            "Names and values, each value of type number.",
        ),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "No item twice."),
    ],
)
def test_puts_bounds_into_words(schema: Mapping[str, object], said: str) -> None:
    assert service_schema(schema)["description"] == said


def test_quotes_what_a_map_holds() -> None:
    line = {"type": "object", "properties": {"sku": {"type": "string"}}}
    assert '"sku": {"type": "string"}' in str(service_schema({"type": "object", "additionalProperties": line}))


def test_uses_no_other_words() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Order",
        "type": "object",
        "additionalProperties": False,
        "properties": {"when": {"type": ["string", "null"], "format": "date", "examples": ["2026-01-01"], "x-sort": 1}},
    }
    known = {"type", "description", "properties", "required", "items"}
    written = service_schema(schema)
    assert written["properties"] == {"when": {"type": "string", "description": "Format: date."}}
    assert set(written) <= known


def test_writes_references_out() -> None:
    schema = {
        "type": "object",
        "properties": {
            "to": {"$ref": "#/$defs/Address", "description": "Where to."},
            "from": {"$ref": "#/$defs/Address"},
        },
        "$defs": {"Address": {"type": "object", "properties": {"street": {"type": "string"}}}},
    }
    written = service_schema(schema)
    assert not [node for node in nodes(written) if "$ref" in node or "$defs" in node]
    properties = written["properties"]
    assert isinstance(properties, dict)
    assert properties["to"] == {
        "type": "object", "description": "Where to.", "properties": {"street": {"type": "string"}},
    }  # fmt: skip


def test_takes_a_type_or_null_for_the_type() -> None:
    for schema in ({"type": ["integer", "null"]}, {"anyOf": [{"type": "integer"}, {"type": "null"}]}):
        assert service_schema(schema) == {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, r"knows no alternatives \(oneOf\)"),
        ({"type": ["string", "integer"]}, r"one type at a time, got \['string', 'integer'\]"),
        ({"allOf": [{"type": "object"}]}, r"cannot say 'allOf'"),
        ({"type": "object", "if": {}}, r"cannot say 'if'"),
        ({}, r"'type' is one of .*, got None"),
        ({"type": "null"}, r"got 'null'"),
        ({"type": "array"}, r"says what it holds; add 'items'"),
        ({"$ref": "#/$defs/Gone"}, r"'#/\$defs/Gone' leads nowhere"),
        ({"$ref": "other.json"}, r"'other.json' is in another file"),
    ],
)
def test_fails_for_what_cannot_be_said(schema: Mapping[str, object], message: str) -> None:
    whole = {"type": "object", "properties": {"wanted": schema}}
    with pytest.raises(ValueError, match=rf"^tools.json: find/wanted: .*{message}"):
        service_schema(whole, where="tools.json: find")


def test_fails_for_a_schema_that_contains_itself() -> None:
    schema = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}
    with pytest.raises(ValueError, match=r"# contains itself"):
        service_schema(schema)
