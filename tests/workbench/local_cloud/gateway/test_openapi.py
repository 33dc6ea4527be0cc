"""OpenAPI targets, with a real API behind them."""

import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, serving

ORDERS = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "https://orders.example.com/v1"}],
    "paths": {
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getOrder",
                "description": "Reads an order",
                "parameters": [
                    {"name": "fields", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "The order"}},
            },
            "put": {
                "operationId": "changeOrder",
                "description": "Changes an order",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"200": {"description": "The order"}},
            },
        },
        "/broken": {
            "get": {"operationId": "broken", "summary": "Fails", "responses": {"200": {"description": "Never"}}}
        },
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["item"],
                "properties": {
                    "item": {"type": "string"},
                    "amount": {"type": "integer", "nullable": True},
                    "next": {"$ref": "#/components/schemas/Order"},
                },
            }
        }
    },
}


async def orders_api(request: Request) -> Response:
    """Says what it was asked."""
    if request.url.path.endswith("/broken"):
        return JSONResponse({"reason": "out of order"}, 503)
    body = await request.body()
    document = {
        "method": request.method,
        "path": request.scope["raw_path"].decode(),
        "query": request.url.query,
        "tenant": request.headers.get("x-tenant"),
        "key": request.headers.get("authorization"),
        "body": json.loads(body) if body else None,
    }
    return JSONResponse(document, headers={"x-trace": "t-1", "x-other": "o"})


@pytest.fixture(scope="module")
def orders(cloud: GatewayCloud) -> Iterator[Gateway]:
    """A gateway with a target on an HTTP API."""
    methods = ["GET", "PUT"]
    with serving(Starlette(routes=[Route("/{path:path}", orders_api, methods=methods)])) as url:
        cloud.reroute({"https://orders.example.com": url})
        gateway = cloud.gateway("orders")
        metadata = {"allowedResponseHeaders": ["X-Trace"]}
        description = {"openApiSchema": {"inlinePayload": json.dumps(ORDERS)}}
        target = gateway.target("Orders", description, metadataConfiguration=metadata)
        assert target["status"] == "READY", target
        yield gateway
        cloud.reroute({"https://orders.example.com": ""})


def test_openapi_arguments_go_where_the_description_says(orders: Gateway) -> None:
    asked = orders.value("Orders___getOrder", {"id": "a/b", "fields": ["x", "y z"], "X-Tenant": "blue"})
    assert asked == {
        "method": "GET",
        "path": "/v1/orders/a%2Fb",
        "query": "fields=x&fields=y+z",
        "tenant": "blue",
        "key": None,
        "body": None,
    }


def test_openapi_body_is_made_of_the_other_arguments(orders: Gateway) -> None:
    asked = orders.value("Orders___changeOrder", {"id": "1", "item": "tea", "amount": 2})
    assert (asked["method"], asked["path"], asked["body"]) == ("PUT", "/v1/orders/1", {"item": "tea", "amount": 2})


def test_openapi_schemas_stand_alone(orders: Gateway) -> None:
    tools = {tool["name"]: tool for tool in orders.rpc("tools/list")["result"]["tools"]}
    assert tools["Orders___changeOrder"]["inputSchema"] == {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "item": {"type": "string"},
            "amount": {"type": "integer"},
            "next": {
                "type": "object",
                "description": "Another Order, described as above.",
            },
        },
        "required": ["id", "item"],
    }


def test_openapi_answers_headers_that_are_allowed_come_back(orders: Gateway) -> None:
    params = {"name": "Orders___getOrder", "arguments": {"id": "1"}}
    answer = orders.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert answer.headers["x-trace"] == "t-1"
    assert "x-other" not in answer.headers


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("broken", {}, "answered 503"),
        ("getOrder", {}, "needs the argument 'id'"),
        ("getOrder", {"id": "1", "nonsense": 1}, "no argument 'nonsense'"),
    ],
)
def test_openapi_failures_are_the_tools(orders: Gateway, tool: str, arguments: dict[str, object], reason: str) -> None:
    orders.update(exceptionLevel="DEBUG")
    failed = orders.call(f"Orders___{tool}", arguments)["result"]
    assert (failed["isError"], reason in failed["content"][0]["text"]) == (True, True), failed


@pytest.mark.parametrize("text", ["{", "[]", '{"openapi": "2.0"}', json.dumps({**ORDERS, "paths": {}})])
def test_openapi_that_is_none_fails_the_target(cloud: GatewayCloud, text: str) -> None:
    gateway = cloud.gateway(f"no-openapi-{abs(hash(text))}")
    assert gateway.target("Orders", {"openApiSchema": {"inlinePayload": text}})["status"] == "FAILED"


def test_openapi_may_be_yaml(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("yaml")
    text = """
openapi: 3.0.3
servers: [{url: "https://orders.example.com"}]
paths:
  /ping:
    get: {operationId: ping, summary: Pings, responses: {"200": {description: Pong}}}
"""
    assert gateway.target("Yaml", {"openApiSchema": {"inlinePayload": text}})["status"] == "READY"
    assert gateway.tools() == ["Yaml___ping"]
