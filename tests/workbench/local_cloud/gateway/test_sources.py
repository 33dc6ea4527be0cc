"""Targets other than Lambda functions, each with the real thing behind it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, DispatchFunction, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.workbench.local_cloud.gateway.cloud import ACCOUNT, REGION, Gateway, GatewayCloud, allow, serving

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
TABLE_MODEL = {
    "smithy": "2.0",
    "shapes": {
        "com.amazonaws.dynamodb#DynamoDB": {
            "type": "service",
            "operations": [{"target": "com.amazonaws.dynamodb#PutItem"}, {"target": "com.amazonaws.dynamodb#GetItem"}],
            "traits": {"aws.api#service": {"sdkId": "DynamoDB", "endpointPrefix": "dynamodb"}},
        },
        "com.amazonaws.dynamodb#PutItem": {
            "type": "operation",
            "input": {"target": "com.amazonaws.dynamodb#PutItemInput"},
            "traits": {"smithy.api#documentation": "<p>Puts an <b>item</b>.</p>"},
        },
        "com.amazonaws.dynamodb#GetItem": {
            "type": "operation",
            "input": {"target": "com.amazonaws.dynamodb#GetItemInput"},
            "traits": {"smithy.api#documentation": "Gets an item"},
        },
        "com.amazonaws.dynamodb#PutItemInput": {
            "type": "structure",
            "members": {
                "TableName": {"target": "smithy.api#String", "traits": {"smithy.api#required": {}}},
                "Item": {"target": "com.amazonaws.dynamodb#Attributes", "traits": {"smithy.api#required": {}}},
            },
        },
        "com.amazonaws.dynamodb#GetItemInput": {
            "type": "structure",
            "members": {
                "TableName": {"target": "smithy.api#String", "traits": {"smithy.api#required": {}}},
                "Key": {"target": "com.amazonaws.dynamodb#Attributes", "traits": {"smithy.api#required": {}}},
            },
        },
        "com.amazonaws.dynamodb#Attributes": {
            "type": "map",
            "key": {"target": "smithy.api#String"},
            "value": {"target": "com.amazonaws.dynamodb#Attribute"},
        },
        "com.amazonaws.dynamodb#Attribute": {
            "type": "union",
            "members": {"S": {"target": "smithy.api#String"}, "B": {"target": "smithy.api#Blob"}},
        },
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


def test_smithy_calls_the_service_with_the_gateways_role(cloud: GatewayCloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/things"
    gateway = cloud.gateway("things", allow("dynamodb:PutItem", table), exceptionLevel="DEBUG")
    model = {"smithyModel": {"inlinePayload": json.dumps(TABLE_MODEL)}}
    assert gateway.target("Things", model)["status"] == "READY"
    listed = gateway.rpc("tools/list")["result"]["tools"]
    assert [(tool["name"], tool["description"]) for tool in listed] == [
        ("Things___PutItem", "Puts an item ."),
        ("Things___GetItem", "Gets an item"),
    ]
    blob = base64.b64encode(b"\x00\xff").decode()
    item = {"id": {"S": "1"}, "data": {"B": blob}}
    assert gateway.value("Things___PutItem", {"TableName": "things", "Item": item}) == {}
    key = {"TableName": "things", "Key": {"id": {"S": "1"}}}
    refused = gateway.call("Things___GetItem", key)["result"]
    assert "not authorized to perform: dynamodb:GetItem" in refused["content"][0]["text"]
    cloud.grant("things-gateway", allow("dynamodb:GetItem", table))
    assert gateway.value("Things___GetItem", key)["Item"] == item


def test_smithy_refuses_what_the_operation_does_not_take(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("wrong-things", exceptionLevel="DEBUG")
    gateway.target("Things", {"smithyModel": {"inlinePayload": json.dumps(TABLE_MODEL)}})
    failed = gateway.call("Things___GetItem", {"TableName": "things"})["result"]
    assert 'Missing required parameter in input: "Key"' in failed["content"][0]["text"]


@pytest.fixture(scope="module")
def stage(cloud: GatewayCloud) -> str:
    """A stage of a REST API whose methods are opened by IAM."""
    api = cloud.client("apigateway")
    rest = api.create_rest_api(name="pets")["id"]
    root = api.get_resources(restApiId=rest)["items"][0]["id"]
    pets = api.create_resource(restApiId=rest, parentId=root, pathPart="pets")["id"]
    pet = api.create_resource(restApiId=rest, parentId=pets, pathPart="{id}")["id"]
    function = cloud.function("pets", PETS)
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    for resource, method in ((pets, "GET"), (pet, "GET"), (pet, "DELETE")):
        api.put_method(restApiId=rest, resourceId=resource, httpMethod=method, authorizationType="AWS_IAM")
        api.put_integration(
            restApiId=rest,
            resourceId=resource,
            httpMethod=method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=uri,
        )
    cloud.client("lambda").add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    api.create_deployment(restApiId=rest, stageName="v1")
    return str(rest)


PETS = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"method": event["httpMethod"], "path": event["path"]})}
"""


def test_api_gateway_methods_are_called_with_a_signature(cloud: GatewayCloud, stage: str) -> None:
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{stage}/v1/GET/pets/*"
    gateway = cloud.gateway("pets", allow("execute-api:Invoke", arn), exceptionLevel="DEBUG")
    settings = {
        "toolFilters": [{"filterPath": "/pets/*", "methods": ["GET", "DELETE"]}],
        "toolOverrides": [
            {"name": "find_pet", "description": "Finds a pet", "path": "/pets/{id}", "method": "GET"},
            {"name": "sell_pet", "description": "Sells a pet", "path": "/pets/{id}", "method": "DELETE"},
        ],
    }
    configuration = {"apiGateway": {"restApiId": stage, "stage": "v1", "apiGatewayToolConfiguration": settings}}
    target = gateway.target("Pets", configuration)
    assert target["status"] == "READY", target
    assert sorted(gateway.tools()) == ["Pets___find_pet", "Pets___sell_pet"]
    assert gateway.value("Pets___find_pet", {"id": "rex"}) == {"method": "GET", "path": "/pets/rex"}
    refused = gateway.call("Pets___sell_pet", {"id": "rex"})["result"]
    assert "403" in refused["content"][0]["text"]


def test_api_gateway_stage_that_is_not_there_fails_the_target(cloud: GatewayCloud, stage: str) -> None:
    settings = {"toolFilters": [{"filterPath": "/pets", "methods": ["GET"]}]}
    configuration = {"apiGateway": {"restApiId": stage, "stage": "v9", "apiGatewayToolConfiguration": settings}}
    failed = cloud.gateway("no-stage").target("Pets", configuration)
    assert (failed["status"], "v9" in failed["statusReasons"][0]) == ("FAILED", True)


@contextmanager
def mcp_server(key: str = "") -> Iterator[tuple[str, MCPServer[Any]]]:
    """A real MCP server; with a key, it answers requests with that `Authorization` only."""
    server: MCPServer[Any] = MCPServer("Clock")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Adds two numbers"""
        return a + b

    @server.tool()
    def fail() -> str:
        """Fails"""
        raise ValueError("no time")

    application = server.streamable_http_app(stateless_http=True, json_response=False)
    if key:
        application.add_middleware(BaseHTTPMiddleware, dispatch=_locked(key))
    with serving(application) as url:
        yield f"{url}/mcp", server


def _locked(key: str) -> DispatchFunction:
    async def dispatch(request: Request, answer: RequestResponseEndpoint) -> Response:
        opened = request.headers.get("authorization") == key
        return await answer(request) if opened else Response("who are you?", 401)

    return dispatch


def test_mcp_server_is_listed_at_creation_and_called(cloud: GatewayCloud) -> None:
    with mcp_server() as (url, server):
        cloud.reroute({"https://clock.example.com/mcp": url})
        gateway = cloud.gateway("clock", exceptionLevel="DEBUG")
        target = gateway.target("Clock", {"mcpServer": {"endpoint": "https://clock.example.com/mcp"}})
        assert target["status"] == "READY", target
        assert gateway.tools() == ["Clock___add", "Clock___fail"]
        assert gateway.call("Clock___add", {"a": 2, "b": 3})["result"]["structuredContent"] == {"result": 5}
        failed = gateway.call("Clock___fail")["result"]
        assert (failed["isError"], "executing tool fail" in failed["content"][0]["text"]) == (True, True)

        server.tool(name="late", description="Comes later")(lambda: "late")
        assert gateway.tools() == ["Clock___add", "Clock___fail"]
        synchronized = cloud.control.synchronize_gateway_targets(
            gatewayIdentifier=gateway.gateway_id, targetIdList=[target["targetId"]]
        )
        assert synchronized["targets"][0]["status"] == "READY"
        assert gateway.tools() == ["Clock___add", "Clock___fail", "Clock___late"]


def test_mcp_server_that_does_not_answer_fails_the_target_and_later_only_its_synchronization(
    cloud: GatewayCloud,
) -> None:
    gateway = cloud.gateway("silent")
    configuration = {"mcpServer": {"endpoint": "https://silent.example.com/mcp"}}
    cloud.reroute({"https://silent.example.com/mcp": "http://127.0.0.1:9/mcp"})
    assert gateway.target("Silent", configuration)["status"] == "FAILED"
    with mcp_server() as (url, _):
        cloud.reroute({"https://silent.example.com/mcp": url})
        target = gateway.target("Heard", configuration)
        assert target["status"] == "READY"
    cloud.reroute({"https://silent.example.com/mcp": "http://127.0.0.1:9/mcp"})
    synchronized = cloud.control.synchronize_gateway_targets(
        gatewayIdentifier=gateway.gateway_id, targetIdList=[target["targetId"]]
    )["targets"][0]
    assert synchronized["status"] == "SYNCHRONIZE_UNSUCCESSFUL"
    assert gateway.tools() == ["Heard___add", "Heard___fail"]


def test_dynamic_mcp_server_is_asked_each_time(cloud: GatewayCloud) -> None:
    with mcp_server() as (url, server):
        cloud.reroute({"https://dynamic.example.com/mcp": url})
        gateway = cloud.gateway("dynamic")
        server_of = {"endpoint": "https://dynamic.example.com/mcp", "listingMode": "DYNAMIC"}
        gateway.target("Clock", {"mcpServer": server_of})
        server.tool(name="late", description="Comes later")(lambda: "late")
        assert gateway.tools() == ["Clock___add", "Clock___fail", "Clock___late"]


def test_declared_tools_of_an_mcp_server_need_no_server(cloud: GatewayCloud) -> None:
    tools = {"tools": [{"name": "ask", "description": "Asks", "inputSchema": {"type": "object"}}]}
    declared = {"endpoint": "https://nowhere.example.com/mcp", "mcpToolSchema": {"inlinePayload": json.dumps(tools)}}
    gateway = cloud.gateway("declared")
    assert gateway.target("Far", {"mcpServer": declared})["status"] == "READY"
    assert gateway.tools() == ["Far___ask"]
