import gzip
import json
from pathlib import Path

import pytest

from constructs_lib.gateway.descriptions import OpenApiDescription
from tests.constructs_lib.gateway.descriptions.support import api, body, nodes, write

PETS: dict[str, object] = {
    "openapi": "3.0.1",
    "info": {"title": "Pets", "version": "2.1", "contact": {"email": "pets@example.com"}, "x-logo": "pet.png"},
    "tags": [{"name": "pets"}],
    "externalDocs": {"url": "https://docs.example.com"},
    "servers": [{"url": "https://api.example.com/v1/", "description": "Production"}],
    "paths": {
        "/pets/{petId}": {
            "parameters": [
                {"$ref": "#/components/parameters/PetId"},
                {"name": "verbose", "in": "query", "schema": {"type": "boolean"}, "description": "For all."},
            ],
            "get": {
                "operationId": "pets/get",
                "summary": "Find a pet",
                "description": "Finds one pet by its number.",
                "tags": ["pets"],
                "parameters": [
                    {"name": "verbose", "in": "query", "schema": {"type": "boolean"}, "description": "For this."},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string", "example": "1-2"}},
                ],
                "responses": {
                    "200": {"$ref": "#/components/responses/Pet"},
                    "404": {"description": "None", "content": {"application/json": {"schema": {"$ref": "#/gone"}}}},
                },
                "callbacks": {"onChange": {}},
                "x-internal": True,
            },
            "put": {
                "operationId": "replacePet",
                "summary": "Replace a pet",
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                "responses": {"204": {"description": "Replaced", "links": {"pet": {"operationId": "pets/get"}}}},
            },
        },
        "/unused": {"get": {"operationId": "unused", "summary": "No", "responses": {}}},
    },
    "components": {
        "parameters": {
            "PetId": {
                "name": "petId", "in": "path", "required": True, "description": "Its number.", "example": 3,
                "schema": {"$ref": "#/components/schemas/Number"},
            },
        },
        "requestBodies": {
            "Pet": {
                "required": True,
                "content": {
                    "text/plain": {"schema": {"type": "string"}},
                    "application/json; charset=utf-8": {
                        "schema": {"$ref": "#/components/schemas/Pet"}, "examples": {"one": {"value": {}}},
                    },
                },
            },
        },
        "responses": {
            "Pet": {
                "description": "The pet",
                "headers": {"X-Rate": {"schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
        },
        "schemas": {
            "Number": {"type": "integer", "minimum": 1, "x-go-type": "uint"},
            "Pet": {
                "type": "object",
                "title": "Pet",
                "required": ["id", "name"],
                "example": {"name": "Tom"},
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "name": {"type": "string"},
                    "owner": {"$ref": "#/components/schemas/Owner"},
                    "mother": {"$ref": "#/components/schemas/Pet"},
                },
            },
            "Owner": {
                "type": "object",
                "properties": {"pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}},
            },
            "Unused": {"type": "object"},
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}  # fmt: skip


def description(document: dict[str, object] = PETS) -> OpenApiDescription:
    return OpenApiDescription(document, source="pets.json")


def test_cuts_an_operation_out() -> None:
    assert json.loads(description().pick("pets/get").text) == {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "2.1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {
            "/pets/{petId}": {
                "get": {
                    "operationId": "pets_get",
                    "summary": "Find a pet",
                    "description": "Finds one pet by its number.",
                    "parameters": [
                        {
                            "name": "petId", "in": "path", "required": True, "description": "Its number.",
                            "schema": {"$ref": "#/components/schemas/Number"},
                        },
                        {"name": "verbose", "in": "query", "description": "For this.", "schema": {"type": "boolean"}},
                        {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                    ],
                    "responses": {"200": {"description": "The pet"}},
                }
            }
        },
        "components": {"schemas": {"Number": {"type": "integer", "minimum": 1}}},
    }  # fmt: skip


def test_says_what_tool_it_becomes_and_which_host_is_called() -> None:
    picked = description().pick("pets/get")
    (tool,) = picked.tools
    assert (tool.name, tool.description, tool.output_schema) == ("pets_get", "Finds one pet by its number.", None)
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "petId": {"type": "integer", "minimum": 1, "description": "Its number."},
            "verbose": {"type": "boolean", "description": "For this."},
            "X-Trace": {"type": "string"},
        },
        "required": ["petId"],
    }
    assert picked.hosts == ("api.example.com",)
    assert picked.source == "pets.json"
    assert picked.actions == ()


def test_keeps_every_component_that_is_needed_and_no_other() -> None:
    document = json.loads(description().pick("replacePet").text)
    assert list(document["components"]["schemas"]) == ["Number", "Owner", "Pet"]
    assert document["components"]["schemas"]["Pet"] == {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "owner": {"$ref": "#/components/schemas/Owner"},
            "mother": {"$ref": "#/components/schemas/Pet"},
        },
    }
    put = document["paths"]["/pets/{petId}"]["put"]
    assert put["requestBody"] == {
        "required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
    }  # fmt: skip
    assert put["responses"] == {"204": {"description": "Replaced"}}
    assert put["description"] == "Replace a pet"


def test_a_tool_of_a_schema_that_contains_itself_ends_where_it_repeats() -> None:
    (tool,) = description().pick("replacePet").tools
    properties = tool.input_schema["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == ["petId", "verbose", "name", "owner", "mother"]
    assert properties["mother"] == {"type": "object", "description": "Another Pet, described as above."}
    assert not [node for node in nodes(tool.input_schema) if "$ref" in node]
    assert tool.input_schema["required"] == ["petId", "name"]


def test_describes_answers_where_wanted() -> None:
    picked = description().pick("pets/get", responses=True)
    schema = picked.tools[0].output_schema
    assert schema is not None
    assert schema["required"] == ["id", "name"]
    assert list(json.loads(picked.text)["components"]["schemas"]) == ["Number", "Owner", "Pet"]


def test_a_body_that_is_no_object_is_one_argument() -> None:
    pick = description(api(method="post", requestBody=body({"type": "array", "items": {"type": "string"}}))).pick(
        "getPet"
    )
    assert pick.tools[0].input_schema == {
        "type": "object",
        "properties": {"body": {"type": "array", "items": {"type": "string"}}},
        "required": ["body"],
    }


def test_picks_by_method_and_path() -> None:
    assert description().pick("GET /pets/{petId}").text == description().pick("pets/get").text
    assert description().pick("get /pets/{petId}").tools[0].name == "pets_get"


def test_lists_what_there_is() -> None:
    assert description().operations == {
        "GET /pets/{petId}": "pets/get", "PUT /pets/{petId}": "replacePet", "GET /unused": "unused",
    }  # fmt: skip


def test_names_tools() -> None:
    document = api("/pets")
    del document["paths"]["/pets"]["get"]["operationId"]  # type: ignore[index]
    with pytest.raises(ValueError, match=r"pets.json: GET /pets: has no operationId, .* pass names=\{…: 'tool_name'\}"):
        description(document).pick("GET /pets")
    picked = description(document).pick("GET /pets", names={"GET /pets": "list_pets"})
    assert picked.tools[0].name == "list_pets"
    assert json.loads(picked.text)["paths"]["/pets"]["get"]["operationId"] == "list_pets"


def test_gives_the_same_text_and_leaves_the_description_alone() -> None:
    before = json.dumps(PETS)
    one = description()
    texts = {one.pick("replacePet", "pets/get").text for _ in range(3)}
    assert texts == {description().pick("replacePet", "pets/get").text}
    assert json.dumps(PETS) == before


def test_components_do_not_depend_on_who_refers_to_them_first() -> None:
    def schemas(*operations: str) -> object:
        return json.loads(description().pick(*operations).text)["components"]["schemas"]

    assert schemas("replacePet", "pets/get") == schemas("pets/get", "replacePet")


@pytest.mark.parametrize("name", ["pets.json", "pets.yaml", "pets.json.gz", "pets.yml.gz"])
def test_reads_json_yaml_and_gzip(tmp_path: Path, name: str) -> None:
    yaml = b"""
openapi: 3.0.3
info: {title: Pets, version: 1.0}
servers:
  - url: https://api.example.com
paths:
  /pets:
    get:
      operationId: listPets
      summary: on
      responses:
        200: {description: 2026-01-01}
"""
    document = api()
    content = json.dumps(document).encode() if "json" in name else yaml
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    operation = "getPet" if "json" in name else "listPets"
    picked = OpenApiDescription.from_file(file).pick(operation)
    assert picked.source == str(file)
    if operation == "listPets":
        # YAML 1.1 would read `on` as true and the description as a date, neither of which the author means.
        assert picked.tools[0].description == "on"
        assert json.loads(picked.text)["paths"]["/pets"]["get"]["responses"] == {"200": {"description": "2026-01-01"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"swagger": "2.0"}, r"reads OpenAPI 3.0 and 3.1, got 'swagger': '2.0'; convert"),
        ({"openapi": "3.2.0"}, r"got 'openapi': '3.2.0'"),
        ({}, r"got 'openapi': ''"),
        ([], r"an OpenAPI description is an object, got a list"),
    ],
)
def test_fails_for_other_files(tmp_path: Path, content: object, message: str) -> None:
    file = write(tmp_path, "api.json", content)
    with pytest.raises(ValueError, match=rf"^{file}: .*{message}"):
        OpenApiDescription.from_file(file)


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ([], r"no operation picked of 3; name those the agent needs"),
        (["pets_get"], r"there is no operation 'pets_get' among 3; did you mean 'pets/get'\?"),
        (["GET /pet/{petId}"], r"there is no operation 'GET /pet/{petId}' among 3; did you mean 'GET /pets/{petId}'"),
        (["nothing"], r"there is no operation 'nothing' among 3; pick by operationId or as 'GET /path'"),
        (["pets/get", "GET /pets/{petId}"], r"'GET /pets/{petId}' and 'pets/get' are one operation; pick it once"),
    ],
)
def test_fails_for_operations_that_are_not_there(operations: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^pets.json: {message}"):
        description().pick(*operations)


def test_fails_for_names_of_what_is_not_picked() -> None:
    with pytest.raises(ValueError, match=r"'names' has 'replacePet', which is not picked"):
        description().pick("pets/get", names={"replacePet": "replace"})


def test_fails_for_two_tools_of_one_name() -> None:
    with pytest.raises(ValueError, match=r"two tools are called 'replacePet'"):
        description().pick("pets/get", "replacePet", names={"pets/get": "replacePet"})


def test_fails_for_an_operation_id_that_is_no_tools_name() -> None:
    with pytest.raises(ValueError, match=r"over 64 characters, which becomes the tool's name; pass names="):
        description(api(operationId="a" * 65)).pick("GET /pets")


def test_fails_for_an_operation_nobody_describes() -> None:
    with pytest.raises(ValueError, match=r"GET /pets: has neither description nor summary, by which a model chooses"):
        description(api(summary="")).pick("getPet")


def test_reads_path_items_by_reference() -> None:
    document = api()
    document["components"] = {"pathItems": {"Pets": document["paths"]["/pets"]}}  # type: ignore[index]
    document["paths"] = {"/pets": {"$ref": "#/components/pathItems/Pets"}}
    assert list(json.loads(description(document).pick("getPet").text)["paths"]["/pets"]) == ["get"]


def test_reads_yaml_with_anchors(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("""
openapi: 3.1.0
servers: [{url: https://api.example.com}]
x-common: &common {summary: Finds, responses: {}}
paths:
  /pets: {get: {<<: *common, operationId: pets}}
""")
    assert OpenApiDescription.from_file(file).pick("pets").tools[0].description == "Finds"


def test_the_text_is_ascii_and_says_the_same() -> None:
    picked = description(api(summary="Größe – finden")).pick("getPet")
    assert picked.text.isascii()
    assert (
        json.loads(picked.text)["paths"]["/pets"]["get"]["summary"] == picked.tools[0].description == "Größe – finden"
    )


def test_fails_for_an_operation_id_of_two() -> None:
    document = api("/pets")
    paths = document["paths"]
    assert isinstance(paths, dict)
    paths["/cats"] = paths["/pets"]
    with pytest.raises(
        ValueError, match=r"'getPet' is the operationId of GET /pets, GET /cats; pick one by its method"
    ):
        description(document).pick("getPet")
