"""Remote MCP servers as targets, each a real one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mcp.server import MCPServer
from starlette.middleware.base import BaseHTTPMiddleware, DispatchFunction, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from tests.workbench.local_cloud.gateway.cloud import GatewayCloud, serving


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
