import json
from collections.abc import Mapping

import pytest

from constructs_lib.gateway.descriptions import OpenApiDescription, PickedDescription
from constructs_lib.gateway.descriptions.tool_description import AcceptedCredential
from tests.constructs_lib.gateway.descriptions.support import OPERATION, api, body


def pick(document: dict[str, object], *, server: str | None = None, narrow: bool = False) -> PickedDescription:
    return OpenApiDescription(document, source="api.json").pick("getPet", server=server, narrow=narrow)


def parameter(place: str = "query", schema: object = None, **more: object) -> dict[str, object]:
    return {"name": "filter", "in": place, "schema": schema or {"type": "string"}, **more}


# Servers


@pytest.mark.parametrize(
    ("servers", "message"),
    [
        ([], r"names no server; pass server='https://…'"),
        ([{"url": "/v1"}], r"the server '/v1' is relative"),
        ([{"url": "http://api.example.com"}], r"is not https, so credentials would cross the network readable"),
        ([{"url": "https://{tenant}.example.com", "variables": {"tenant": {"default": "a"}}}], r"has variables"),
        ([{"url": "https://user@api.example.com"}], r"is no https://host/path"),
        ([{"url": "https://api.example.com/?v=1"}], r"is no https://host/path"),
        ([{"url": "https://10.1.2.3/v1"}], r"is a private address, which the gateway blocks"),
        ([{"url": "https://[::1]/v1"}], r"is a private address"),
        ([{"url": "https://169.254.169.254/latest"}], r"is a private address"),
        ([{"url": "https://localhost:8080"}], r"is a private address"),
        (
            [{"url": "https://a.example.com"}, {"url": "https://b.example.com"}],
            r"names 2 servers, https://a.*, https://b",
        ),
    ],
)
def test_fails_for_servers_that_cannot_be_called(servers: object, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^api.json: .*{message}"):
        pick({**api(), "servers": servers})
    picked = pick({**api(), "servers": servers}, server="https://pets.example.com/api/")
    assert json.loads(picked.text)["servers"] == [{"url": "https://pets.example.com/api"}]
    assert picked.hosts == ("pets.example.com",)


def test_an_operations_own_server_comes_first() -> None:
    picked = pick(api(servers=[{"url": "https://uploads.example.com"}]))
    assert picked.hosts == ("uploads.example.com",)
    assert json.loads(picked.text)["servers"] == [{"url": "https://uploads.example.com"}]


def test_fails_for_operations_of_two_servers() -> None:
    document = api(servers=[{"url": "https://uploads.example.com"}])
    document["paths"]["/cats"] = {"get": {**OPERATION, "operationId": "cats"}}  # type: ignore[index]
    description = OpenApiDescription(document, source="api.json")
    with pytest.raises(ValueError, match=r"GET /pets calls https://uploads.example.com, GET /cats calls https://api"):
        description.pick("getPet", "cats")


# Parameters


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (parameter(style="deepObject"), r"query parameter 'filter' has the style 'deepObject'"),
        (parameter(style="pipeDelimited"), r"has the style 'pipeDelimited'"),
        (parameter(schema={"type": "object"}), r"is an object"),
        (parameter(schema={"type": "array", "items": {}}, explode=False), r"is an array in one value"),
        (parameter("header", {"type": "array", "items": {}}), r"header parameter 'filter' is an array"),
        ({"name": "filter", "in": "query", "content": {"application/json": {}}}, r"is serialized as a media type"),
    ],
)
def test_fails_for_parameters_that_cannot_be_sent(given: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^api.json: GET /pets: .*{message}.*; pass narrow=True to leave it out"):
        pick(api(parameters=[given]))
    assert pick(api(parameters=[given]), narrow=True).tools[0].input_schema == {"type": "object"}
    for narrow in (True, False):
        with pytest.raises(ValueError, match=rf"{message}.*; pick another operation"):
            pick(api(parameters=[{**given, "required": True}]), narrow=narrow)


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_takes_parameters_in_their_plain_form(place: str) -> None:
    style = {"query": "form", "header": "simple", "cookie": "form"}[place]
    picked = pick(api(parameters=[parameter(place, style=style, explode=True, allowReserved=True)]))
    operation = json.loads(picked.text)["paths"]["/pets"]["get"]
    assert operation["parameters"] == [{"name": "filter", "in": place, "schema": {"type": "string"}}]


def test_takes_query_parameters_that_are_given_repeatedly() -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    assert pick(api(parameters=[parameter(schema=schema)])).tools[0].input_schema["properties"] == {"filter": schema}


@pytest.mark.parametrize(
    ("path", "parameters", "message"),
    [
        ("/pets/{id}", [], r"the path names {id}, and no path parameter is called so"),
        ("/pets/{;id*}", [parameter("path", name="id")], r"the path names {;id\*}"),
        ("/pets", [parameter("path")], r"path parameter 'filter' is not in the path"),
        ("/pets", [{"name": "a", "in": "body", "schema": {}}], r"'in' is one of path, query, header, cookie"),
        ("/pets", [{"$ref": "#/components/parameters/Gone"}], r"leads nowhere"),
    ],
)
def test_fails_for_paths_that_do_not_fit(path: str, parameters: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pick(api(path, parameters=parameters))


def test_fails_for_two_arguments_of_one_name() -> None:
    schema = {"type": "object", "properties": {"filter": {"type": "string"}}}
    with pytest.raises(
        ValueError, match=r"POST /pets: two of its parameters and its body's properties are called 'filter'"
    ):
        pick(api(method="post", parameters=[parameter()], requestBody=body(schema)))


# Bodies


def test_fails_for_bodies_of_other_media_types() -> None:
    with pytest.raises(ValueError, match=r"POST /pets: its body is application/octet-stream, the gateway sends appl"):
        pick(api(method="post", requestBody=body({}, media="application/octet-stream")))
    optional = body({}, media="text/plain", required=False)
    with pytest.raises(ValueError, match=r"its body is text/plain.*; pass narrow=True to leave it out"):
        pick(api(method="post", requestBody=optional))
    assert pick(api(method="post", requestBody=optional), narrow=True).tools[0].input_schema == {"type": "object"}


@pytest.mark.parametrize(
    "media", ["application/json", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_takes_the_documented_media_types(media: str) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    picked = pick(api(method="post", requestBody=body(schema, media=media)))
    assert picked.tools[0].input_schema["required"] == ["name"]


# Credentials

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api_key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://login.example.com"},
    "mtls": {"type": "mutualTLS"},
}


def secured(*security: Mapping[str, object], **operation: object) -> dict[str, object]:
    return {**api("/pets", "get", **operation), "security": list(security), "components": {"securitySchemes": SCHEMES}}


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ([{"key": []}], [AcceptedCredential("api key", "header", "X-Key")]),
        ([{"query": []}, {"cookie": []}], [AcceptedCredential("api key", "query", "api_key")]),
        ([{"bearer": []}], [AcceptedCredential("bearer token", "header", "Authorization")]),
        ([{"basic": []}], [AcceptedCredential("basic", "header", "Authorization")]),
        (
            [{"oauth": ["pets:read"]}, {"key": []}],
            [
                AcceptedCredential("oauth2", "header", "Authorization", ("pets:read",)),
                AcceptedCredential("api key", "header", "X-Key"),
            ],
        ),
        ([{"oidc": []}], [AcceptedCredential("oauth2", "header", "Authorization")]),
        ([{}, {"mtls": []}], []),
        ([], []),
    ],
)
def test_says_which_credentials_the_api_takes(
    security: list[dict[str, object]], expected: list[AcceptedCredential]
) -> None:
    picked = pick(secured(*security))
    assert list(picked.credentials) == expected
    assert "security" not in json.loads(picked.text)
    assert "securitySchemes" not in picked.text


@pytest.mark.parametrize(
    ("security", "message"),
    [
        ([{"mtls": []}], r"asks for mtls \(mutualTLS\)"),
        ([{"cookie": []}, {"digest": []}], r"asks for cookie \(apiKey\), or digest \(http\)"),
        ([{"key": [], "bearer": []}], r"asks for bearer with key"),
        ([{"gone": []}], r"asks for gone \(not described\)"),
    ],
)
def test_fails_for_credentials_a_gateway_cannot_send(security: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ValueError, match=rf"GET /pets: {message}; a gateway sends one API key"):
        pick(secured(*security))


def test_an_operation_may_ask_for_others() -> None:
    assert pick(secured({"mtls": []}, security=[])).credentials == ()
    assert pick(secured({"mtls": []}, security=[{"key": []}])).credentials[0].name == "X-Key"


def test_operations_of_one_pick_share_a_credential() -> None:
    document = secured({"oauth": ["pets:read"]}, {"key": []})
    document["paths"]["/cats"] = {  # type: ignore[index]
        "get": {**OPERATION, "operationId": "cats", "security": [{"oauth": ["cats:read"]}]},
        "put": {**OPERATION, "operationId": "put", "security": [{"bearer": []}]},
    }
    description = OpenApiDescription(document, source="api.json")
    assert description.pick("getPet", "cats").credentials == (
        AcceptedCredential("oauth2", "header", "Authorization", ("pets:read", "cats:read")),
    )
    with pytest.raises(ValueError, match=r"PUT /cats: its credentials are not those of the others"):
        description.pick("getPet", "put")
