import json

import pytest

from constructs_lib.gateway.descriptions import OpenApiDescription, PickedDescription
from tests.constructs_lib.gateway.descriptions.support import api, body, nodes

REF = "#/components/schemas/"


def pick(schema: object, *, narrow: bool = False, **schemas: object) -> PickedDescription:
    document = api(method="post", requestBody=body({"type": "object", "properties": {"value": schema}}))
    document["components"] = {"schemas": schemas}
    return OpenApiDescription(document, source="api.json").pick("getPet", narrow=narrow)


def written(schema: object, *, narrow: bool = False, **schemas: object) -> object:
    document = json.loads(pick(schema, narrow=narrow, **schemas).text)
    content = document["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]
    return content["schema"]["properties"]["value"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        # Compositions that say no more than a plain schema.
        ({"allOf": [{"$ref": REF + "Name"}]}, {"$ref": REF + "Name"}),
        ({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]}]},
         {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "b"]}),
        ({"anyOf": [{"$ref": REF + "Name"}, {"type": "null"}]}, {"$ref": REF + "Name"}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"}, {"type": "string", "nullable": True}),
        ({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "const": "b"}]},
         {"type": "string", "enum": ["a", "b"]}),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "string"}]}, {"type": "string"}),
        # 3.1 in 3.0's words.
        ({"type": ["integer", "null"]}, {"type": "integer", "nullable": True}),
        ({"type": ["integer", "number"]}, {"type": "number"}),
        ({"const": "b"}, {"enum": ["b"]}),
        ({"type": "string", "enum": ["a", None]}, {"type": "string", "enum": ["a"], "nullable": True}),
        ({"type": "integer", "exclusiveMinimum": 3}, {"type": "integer", "minimum": 3, "exclusiveMinimum": True}),
        ({"type": "array", "prefixItems": [{}]}, {"type": "array", "items": {}}),
        (True, {}),
        # What is no use to a caller.
        ({"type": "string", "title": "T", "example": "e", "examples": [], "xml": {}, "x-a": 1, "externalDocs": {}},
         {"type": "string"}),
        ({"type": "object", "additionalProperties": True}, {"type": "object"}),
        ({"type": "object", "additionalProperties": {"$ref": REF + "Name"}},
         {"type": "object", "additionalProperties": {"$ref": REF + "Name"}}),
        # A remark beside a reference is kept, with the reference written out.
        ({"$ref": REF + "Name", "description": "Its name."},
         {"description": "Its name.", "type": "string", "maxLength": 9}),
    ],
)  # fmt: skip
def test_writes_schemas_plainly(schema: object, expected: object) -> None:
    assert written(schema, Name={"type": "string", "maxLength": 9, "description": "A name."}) == expected


def test_narrower_bounds_hold_where_all_of_them_do() -> None:
    parts = [{"type": "number", "minimum": 1, "maximum": 9}, {"type": "integer", "minimum": 3, "maximum": 20}]
    assert written({"allOf": parts}) == {"type": "integer", "minimum": 3, "maximum": 9}
    enums = [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b", "c"]}]
    assert written({"allOf": enums}) == {"type": "string", "enum": ["b"]}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, r"alternatives \(oneOf\) are nothing the gateway reads"),
        (
            {"anyOf": [{"type": "object"}, {"type": "array"}]},
            r"alternatives \(anyOf\).*; pass narrow=True to offer the first",
        ),
        ({"type": ["string", "integer"]}, r"several types, string, integer, .* offer string only"),
        (
            {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "integer"}]}},
            r"body/value/items: alternatives",
        ),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, r"parts of allOf are 'string' and 'integer'"),
        ({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, r"no 'enum' value in common"),
        ({"$ref": REF + "Gone"}, r"\$ref '#/components/schemas/Gone' leads nowhere"),
        ({"$ref": "pets.yaml#/Pet"}, r"leads out of the file; bundle the description"),
        ({"$ref": REF + "Chain"}, r"Chain is composed of itself"),
        ({"type": "object", "properties": ["a"]}, r"is an object, got \['a'\]"),
    ],
)
def test_fails_for_what_the_gateway_cannot_read(schema: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^api.json: POST /pets: .*{message}"):
        pick(schema, Chain={"allOf": [{"$ref": REF + "Chain"}]})


def test_fails_within_components_with_the_operation() -> None:
    either = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    with pytest.raises(ValueError, match=r"POST /pets: body/value/inner \(schemas/Outer\)/deep: alternatives"):
        pick({"type": "object", "properties": {"inner": {"$ref": REF + "Outer"}}},
             Outer={"type": "object", "properties": {"deep": either}})  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "D."},
         {"description": "D.", "type": "string"}),
        ({"oneOf": [{"$ref": REF + "Name"}, {"type": "integer"}]}, {"$ref": REF + "Name"}),
        ({"type": ["integer", "string", "null"]}, {"type": "integer", "nullable": True}),
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
          "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
         {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}),
    ],
)  # fmt: skip
def test_narrow_offers_the_first_alternative(schema: object, expected: object) -> None:
    assert written(schema, narrow=True, Name={"type": "string"}) == expected


def test_alternatives_that_lead_back_end() -> None:
    tree = {
        "type": "object",
        "properties": {
            "next": {"anyOf": [{"$ref": REF + "Tree"}, {"type": "null"}], "description": "The next one."},
            "value": {"oneOf": [{"$ref": REF + "Tree"}, {"type": "string"}]},
        },
    }
    picked = pick({"$ref": REF + "Tree"}, narrow=True, Tree=tree)
    schemas = json.loads(picked.text)["components"]["schemas"]
    assert schemas == {
        "Tree": {
            "type": "object", "properties": {"next": {"$ref": REF + "Tree"}, "value": {"$ref": REF + "Tree"}},
        },
    }  # fmt: skip


def test_tools_speak_json_schema() -> None:
    schema = {"type": ["integer", "null"], "exclusiveMinimum": 3}
    properties = pick(schema).tools[0].input_schema["properties"]
    assert properties == {"value": {"type": "integer", "exclusiveMinimum": 3}}


def test_no_composition_is_left_however_deep() -> None:
    deep = {"allOf": [{"type": "object", "properties": {"a": {"allOf": [{"anyOf": [{"type": "string"}]}]}}}]}
    document = json.loads(pick({"type": "array", "items": deep}).text)
    assert not [node for node in nodes(document) if {"allOf", "anyOf", "oneOf"} & node.keys()]
