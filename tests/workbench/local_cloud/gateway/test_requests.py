"""How requests are built from tools' arguments, and tools from descriptions: no network, no cloud."""

from collections.abc import Mapping
from urllib.parse import parse_qs

import pytest

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.search import search
from workbench.local_cloud.agentcore.gateway.sources.http_api import build
from workbench.local_cloud.agentcore.gateway.sources.openapi_document import OpenApiDocument, Operation
from workbench.local_cloud.agentcore.gateway.sources.smithy_document import SmithyDocument
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, ToolCall

LINES = {"type": "array", "items": {"type": "string"}}


def operation(**members: object) -> Operation:
    """The one operation of a small API."""
    described = {"operationId": "do", "description": "Does", "responses": {"200": {"description": "Done"}}, **members}
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example.com/v1/"}],
        "paths": {"/things/{id}": {"post": described}},
    }
    return OpenApiDocument(document).operations()[0]


def body(media: str, schema: Mapping[str, object], *, required: bool = True) -> dict[str, object]:
    return {"requestBody": {"required": required, "content": {media: {"schema": schema}}}}


def call(**arguments: object) -> ToolCall:
    return ToolCall("do", arguments, headers={"x-passed": "on"}, query={"version": "2"})


def parameter(name: str, place: str, **members: object) -> dict[str, object]:
    return {"name": name, "in": place, "schema": {"type": "string"}, **members}


def test_parameters_go_to_their_places() -> None:
    parameters = [
        parameter("id", "path"),
        parameter("q", "query"),
        parameter("X-A", "header"),
        parameter("c", "cookie"),
    ]
    request = build(operation(parameters=parameters), call(**{"id": "a b/c?", "q": True, "X-A": 1, "c": "d;e"}))
    assert request.url == "https://api.example.com/v1/things/a%20b%2Fc%3F?version=2&q=true"
    assert request.headers["X-A"] == "1"
    assert request.headers["cookie"] == "c=d%3Be"
    assert request.headers["x-passed"] == "on"
    assert (request.method, request.body) == ("POST", b"")


def test_arguments_cannot_leave_their_place_in_the_path() -> None:
    request = build(operation(parameters=[parameter("id", "path")]), call(id="../../admin"))
    assert request.url.startswith("https://api.example.com/v1/things/..%2F..%2Fadmin?")
    with pytest.raises(TargetError, match=r"cannot be '\.\.'"):
        build(operation(parameters=[parameter("id", "path")]), call(id=".."))


def test_a_form_is_encoded() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "count": {"type": "integer"}}}
    form = operation(**body("application/x-www-form-urlencoded", schema))
    request = build(form, call(name="a&b", count=2))
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {"name": ["a&b"], "count": ["2"]}


def test_a_multipart_form_has_its_boundary() -> None:
    schema = {"type": "object", "properties": {"file": {"type": "string"}}}
    request = build(operation(**body("multipart/form-data", schema)), call(file="content"))
    boundary = request.headers["content-type"].partition("boundary=")[2]
    assert boundary
    assert f"--{boundary}\r\n".encode() in request.body
    assert b'name="file"\r\n\r\ncontent\r\n' in request.body


def test_a_body_that_is_no_object_is_one_argument() -> None:
    listed = operation(**body("application/json", LINES))
    assert listed.tool.input_schema == {"type": "object", "properties": {"body": LINES}, "required": ["body"]}
    assert build(listed, call(body=["a", "b"])).body == b'["a", "b"]'


def test_an_optional_body_needs_no_argument() -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    optional = operation(**body("application/json", schema, required=False))
    assert "required" not in optional.tool.input_schema
    request = build(optional, call())
    assert (request.body, "content-type" in request.headers) == (b"", False)


def test_other_bodies_are_refused() -> None:
    with pytest.raises(TargetError, match="does not send bodies of the type application/xml"):
        build(operation(**body("application/xml", {"type": "object", "properties": {"a": {}}})), call(a="b"))


def test_credentials_cannot_be_arguments() -> None:
    taken = operation(parameters=[parameter("Authorization", "header"), parameter("Accept", "header")])
    assert taken.tool.input_schema == {"type": "object"}
    with pytest.raises(TargetError, match="no argument 'Authorization'"):
        build(taken, call(Authorization="Bearer stolen"))


def test_answers_that_are_objects_are_described() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    content = {"application/json": {"schema": schema}}
    assert operation(responses={"201": {"content": content}}).tool.output_schema == schema
    assert operation(responses={"404": {"content": content}}).tool.output_schema is None


def test_open_bounds_are_json_schemas() -> None:
    schema = {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False}
    found = operation(parameters=[parameter("n", "query", schema=schema)]).tool.input_schema
    assert found["properties"] == {"n": {"type": "integer", "exclusiveMinimum": 1, "maximum": 9}}


def test_references_out_of_the_description_are_refused() -> None:
    with pytest.raises(TargetError, match=r"refers to other\.json#/A, which is not in it"):
        operation(parameters=[parameter("n", "query", schema={"$ref": "other.json#/A"})])


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"shapes": {}}, "one service, got 0"),
        ({"shapes": {"a#S": {"type": "service"}}}, "no AWS service"),
        ({"shapes": {"a#S": {"type": "service"}, "a#T": {"type": "service"}}}, "one service, got 2"),
    ],
)
def test_smithy_models_have_one_aws_service(model: dict[str, object], reason: str) -> None:
    with pytest.raises(TargetError, match=reason):
        SmithyDocument(model)


def test_smithy_operations_of_resources_are_tools_too() -> None:
    service = {"aws.api#service": {"sdkId": "Thing"}}
    resource = {"type": "resource", "read": {"target": "a#Get"}, "operations": [{"target": "a#Do"}]}
    shapes = {
        "a#S": {"type": "service", "traits": service, "resources": [{"target": "a#R"}]},
        "a#R": resource,
        "a#Get": {"type": "operation"},
        "a#Do": {"type": "operation"},
    }
    assert [tool.name for tool in SmithyDocument({"shapes": shapes}).tools()] == ["Get", "Do"]


@pytest.mark.parametrize(
    ("url", "served"),
    [
        ("bedrock-agentcore.eu-west-1.amazonaws.com/runtimes/a%2Fb/invocations?q=1", "/runtimes/a%2Fb/invocations?q=1"),
        ("abc123.execute-api.us-east-1.amazonaws.com/prod/pets?x=1", "/_aws/execute-api/abc123/prod/pets?x=1"),
        ("tools-01.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp", "/gateways/tools-01/mcp"),
    ],
)
def test_addresses_of_aws_are_the_emulators(url: str, served: str) -> None:
    assert Addresses("http://127.0.0.1:4566").served_at(f"https://{url}") == f"http://127.0.0.1:4566{served}"


def test_addresses_are_rerouted_by_whole_beginnings() -> None:
    addresses = Addresses("http://127.0.0.1:4566")
    addresses.reroute({"https://a.example.com/mcp": "http://127.0.0.1:1/x"})
    assert addresses.served_at("https://a.example.com/mcp") == "http://127.0.0.1:1/x"
    assert addresses.served_at("https://a.example.com/mcp/deep?q=1") == "http://127.0.0.1:1/x/deep?q=1"
    assert addresses.served_at("https://a.example.com/mcp2") == "https://a.example.com/mcp2"
    addresses.reroute({"https://a.example.com/mcp": ""})
    assert addresses.served_at("https://a.example.com/mcp") == "https://a.example.com/mcp"
    with pytest.raises(ValueError, match="start with http"):
        addresses.reroute({"a.example.com": "http://127.0.0.1:1"})


def test_search_ranks_by_words_of_name_description_and_arguments() -> None:
    tools = [
        {"name": "Orders___listOpenOrders", "description": "Lists orders", "inputSchema": {}},
        {"name": "Mail___send", "description": "Sends a letter", "inputSchema": {"properties": {"postcode": {}}}},
        {"name": "Clock___now", "description": "Tells the time", "inputSchema": {}},
    ]
    assert [tool["name"] for tool in search("orders that are open", tools)] == ["Orders___listOpenOrders"]
    assert [tool["name"] for tool in search("postcode", tools)] == ["Mail___send"]
    assert search("nothing of that", tools) == []
