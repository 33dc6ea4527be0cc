"""The MCP endpoint: what it answers to each method, to what is no method, and to the public client."""

import asyncio
from typing import Any

import httpx
import pytest
from mcp import Client, ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.workbench.local_cloud.gateway.cloud import ECHO_TOOL, Gateway, GatewayCloud, allow


@pytest.fixture(scope="module")
def gateway(cloud: GatewayCloud) -> Gateway:
    """A gateway with search and one Lambda target."""
    function = cloud.function("protocol")
    mcp = {"searchType": "SEMANTIC", "instructions": "Ask nicely", "supportedVersions": ["2025-03-26", "2025-06-18"]}
    made = cloud.gateway("protocol", allow("lambda:InvokeFunction", function), protocolConfiguration={"mcp": mcp})
    assert made.lambda_target("Echo", function)["status"] == "READY"
    return made


def test_address_is_at_the_local_cloud(cloud: GatewayCloud, gateway: Gateway) -> None:
    assert gateway.url == f"{cloud.endpoint}/gateways/{gateway.gateway_id}/mcp"


def test_initialize_takes_a_version_both_know(gateway: Gateway) -> None:
    answer = gateway.rpc("initialize", {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {}})
    assert answer["result"]["protocolVersion"] == "2025-03-26"
    assert answer["result"]["instructions"] == "Ask nicely"
    assert answer["result"]["capabilities"] == {"tools": {"listChanged": False}}


def test_initialize_answers_an_unknown_version_with_its_own_newest(gateway: Gateway) -> None:
    answer = gateway.rpc("initialize", {"protocolVersion": "2099-01-01", "capabilities": {}, "clientInfo": {}})
    assert answer["result"]["protocolVersion"] == "2025-06-18"


def test_version_header_of_another_protocol_is_refused(gateway: Gateway) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert gateway.post(message, {"mcp-protocol-version": "2025-06-18"}).status_code == 200
    refused = gateway.post(message, {"mcp-protocol-version": "2099-01-01"})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == -32022
    assert refused.json()["error"]["data"]["supported"] == ["2025-03-26", "2025-06-18"]


def test_ping_and_notifications(gateway: Gateway) -> None:
    assert gateway.rpc("ping") == {"jsonrpc": "2.0", "id": 7, "result": {}}
    accepted = gateway.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (accepted.status_code, accepted.content) == (202, b"")


@pytest.mark.parametrize(
    ("message", "code", "status"),
    [
        (b"{", -32700, 400),
        (b"[" * 100_000, -32700, 400),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"arguments": {"n": NaN}}}', -32700, 400),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\\ud800"}}', -32700, 400),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, -32600, 400),
        ([], -32600, 400),
        ({"id": 1, "method": "ping"}, -32600, 400),
        ({"jsonrpc": "2.0", "id": 1, "method": "prompts/list"}, -32601, 200),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 3}}, -32602, 200),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "Echo___nothing"}}, -32602, 200),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "Nothing___echo"}}, -32602, 200),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "abc"}}, -32602, 200),
    ],
)
def test_what_is_no_request_is_refused(gateway: Gateway, message: object, code: int, status: int) -> None:
    answer = gateway.post(message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_and_no_session(gateway: Gateway, method: str) -> None:
    answer = httpx.request(method, gateway.url, trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_unknown_gateway(cloud: GatewayCloud) -> None:
    answer = httpx.post(f"{cloud.endpoint}/gateways/nothing-0123456789/mcp", json={}, trust_env=False)
    assert answer.status_code == 404


def test_public_client_lists_searches_and_calls(gateway: Gateway) -> None:
    listed, found, called = asyncio.run(_conversation(gateway.url))
    assert [tool.name for tool in listed.tools] == ["x_amz_bedrock_agentcore_search", "Echo___echo"]
    assert listed.tools[1].input_schema == ECHO_TOOL["inputSchema"]
    assert [tool["name"] for tool in found.structured_content["tools"]] == ["Echo___echo"]
    assert '"text": "hello"' in called.content[0].text


async def _conversation(url: str) -> tuple[Any, Any, Any]:
    async with streamable_http_client(url) as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        listed = await session.list_tools()
        found = await session.call_tool("x_amz_bedrock_agentcore_search", {"query": "a tool that hears what I say"})
        return listed, found, await session.call_tool("Echo___echo", {"text": "hello"})


@pytest.mark.parametrize(
    ("versions", "spoken"),
    [
        (["2025-03-26"], "2025-03-26"),
        (None, "2025-11-25"),
        (["2025-06-18", "2026-07-28"], "2026-07-28"),
        (["2026-07-28"], "2026-07-28"),
    ],
)
def test_public_client_finds_the_newest_version_both_speak(
    cloud: GatewayCloud, versions: list[str] | None, spoken: str
) -> None:
    name = f"spoken-{'-'.join(versions or ['default'])}"
    function = cloud.function(name)
    mcp = {"protocolConfiguration": {"mcp": {"supportedVersions": versions}}} if versions else {}
    gateway = cloud.gateway(name[:40].rstrip("-"), allow("lambda:InvokeFunction", function), **mcp)
    gateway.lambda_target("Echo", function)
    version, tools, said = asyncio.run(_negotiated(gateway.url))
    assert (version, tools) == (spoken, ["Echo___echo"])
    assert '"text": "hello"' in said


async def _negotiated(url: str) -> tuple[str | None, list[str], str]:
    async with Client(url) as client:
        listed = await client.list_tools()
        called: Any = await client.call_tool("Echo___echo", {"text": "hello"})
        return client.protocol_version, [tool.name for tool in listed.tools], called.content[0].text


def test_tools_come_in_pages(cloud: GatewayCloud) -> None:
    function = cloud.function("pages")
    gateway = cloud.gateway("pages", allow("lambda:InvokeFunction", function))
    many = [{**ECHO_TOOL, "name": f"tool{number:03}"} for number in range(150)]
    gateway.lambda_target("Many", function, many)
    first = gateway.rpc("tools/list")["result"]
    second = gateway.rpc("tools/list", {"cursor": first["nextCursor"]})["result"]
    names = [tool["name"] for tool in first["tools"] + second["tools"]]
    assert names == [f"Many___tool{number:03}" for number in range(150)]
    assert "nextCursor" not in second
    gateway.update(protocolConfiguration={"mcp": {"disableMcpListToolsPagination": True}})
    assert len(gateway.tools()) == 150


def test_catalogue_follows_the_targets(cloud: GatewayCloud) -> None:
    function = cloud.function("changes")
    gateway = cloud.gateway("changes", allow("lambda:InvokeFunction", function))
    assert gateway.tools() == []
    target = gateway.lambda_target("Echo", function)
    assert gateway.tools() == ["Echo___echo"]
    configuration = {"lambda": {"lambdaArn": function, "toolSchema": {"inlinePayload": [{**ECHO_TOOL, "name": "say"}]}}}
    cloud.control.update_gateway_target(
        gatewayIdentifier=gateway.gateway_id,
        targetId=target["targetId"],
        name="Echo",
        targetConfiguration={"mcp": configuration},
    )
    assert gateway.tools() == ["Echo___say"]
    cloud.control.delete_gateway_target(gatewayIdentifier=gateway.gateway_id, targetId=target["targetId"])
    assert gateway.tools() == []
