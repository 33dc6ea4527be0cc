import json
from pathlib import Path

import pytest

from constructs_lib.gateway import OpenApiDescription, OutboundAuth, ToolSource
from tests.constructs_lib.gateway.support import api_key, picked, rendered, target
from tests.constructs_lib.support import stack

PETS = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example.com/v1"}],
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "summary": "Reads a pet.",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "The pet"}},
            },
            "delete": {
                "operationId": "removePet",
                "summary": "Removes a pet.",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {"description": "Gone"}},
            },
        }
    },
}


@pytest.fixture
def pets(tmp_path: Path) -> OpenApiDescription:
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(PETS))
    return OpenApiDescription.from_file(file)


def test_the_target_has_the_picked_operations_only(pets: OpenApiDescription) -> None:
    scope = stack()
    source = ToolSource.openapi(pets.pick("getPet"), name="pets", outbound=OutboundAuth.api_key(api_key(scope)))
    text = target(rendered(source, scope))["TargetConfiguration"]["Mcp"]["OpenApiSchema"]["InlinePayload"]
    assert list(json.loads(text)["paths"]["/pets/{id}"]) == ["get"]
    assert [tool.name for tool in source.tools] == ["getPet"]


def test_fails_for_an_operation_that_is_not_there(pets: OpenApiDescription) -> None:
    with pytest.raises(ValueError, match=r"pets\.json.*getPets"):
        pets.pick("getPets")


def test_fails_for_the_gateways_role_of_which_nobody_knows_what_it_needs() -> None:
    with pytest.raises(ValueError, match=r"orders\.json: the gateway's role opens api\.example\.com only if it may"):
        ToolSource.openapi(picked(), name="api", outbound=OutboundAuth.gateway_role(service="execute-api"))


def test_says_by_its_signature_that_a_credential_is_needed() -> None:
    with pytest.raises(TypeError, match="outbound"):
        ToolSource.openapi(picked(), name="api")  # type: ignore[call-arg]
