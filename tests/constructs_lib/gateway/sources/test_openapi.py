import json
from collections.abc import Callable
from pathlib import Path

import pytest
from constructs import Construct

from constructs_lib.gateway import OpenApiDescription, OutboundAuth, ToolSource
from tests.constructs_lib.gateway.support import api_key, client, picked, rendered, target
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


def secured(tmp_path: Path, scheme: dict[str, object]) -> OpenApiDescription:
    file = tmp_path / "pets.json"
    security = {"components": {"securitySchemes": {"way": scheme}}, "security": [{"way": []}]}
    file.write_text(json.dumps({**PETS, **security}))
    return OpenApiDescription.from_file(file)


KEY_IN_HEADER = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
KEY_IN_QUERY = {"type": "apiKey", "in": "query", "name": "key"}
BEARER = {"type": "http", "scheme": "bearer"}
BASIC = {"type": "http", "scheme": "basic"}
OAUTH2 = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.example.com", "scopes": {}}}}
WAYS: dict[str, Callable[[Construct], OutboundAuth]] = {
    "header": lambda scope: OutboundAuth.api_key(api_key(scope), header="x-api-key", prefix=None),
    "query": lambda scope: OutboundAuth.api_key_in_query(api_key(scope), parameter="key"),
    "bearer": lambda scope: OutboundAuth.api_key(api_key(scope)),
    "basic": lambda scope: OutboundAuth.api_key(api_key(scope), prefix="Basic"),
    "oauth2": lambda scope: OutboundAuth.oauth2(client(scope)),
    "none": lambda scope: OutboundAuth.none(),
}


@pytest.mark.parametrize(
    ("scheme", "fitting"),
    [
        (KEY_IN_HEADER, {"header"}),
        (KEY_IN_QUERY, {"query"}),
        (BEARER, {"bearer", "oauth2"}),
        (BASIC, {"basic"}),
        (OAUTH2, {"bearer", "oauth2"}),
    ],
)
def test_takes_a_credential_that_the_api_asks_for_and_no_other(
    tmp_path: Path, scheme: dict[str, object], fitting: set[str]
) -> None:
    description = secured(tmp_path, scheme).pick("getPet")
    for name, way in WAYS.items():
        outbound = way(stack())
        if name in fitting:
            assert ToolSource.openapi(description, name="pets", outbound=outbound).tools
        else:
            with pytest.raises(ValueError, match=r"pets\.json: getPet asks for .*; pass the credential"):
                ToolSource.openapi(description, name="pets", outbound=outbound)


def test_an_api_that_asks_for_nothing_takes_everything(pets: OpenApiDescription) -> None:
    for way in WAYS.values():
        assert ToolSource.openapi(pets.pick("getPet"), name="pets", outbound=way(stack())).tools


def test_says_by_its_signature_that_a_credential_is_needed() -> None:
    with pytest.raises(TypeError, match="outbound"):
        ToolSource.openapi(picked(), name="api")  # type: ignore[call-arg]
