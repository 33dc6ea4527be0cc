"""Remote MCP servers, agents on AgentCore Runtime among them: the public MCP client over streamable HTTP.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-MCPservers.html
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
from mcp import ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import PaginatedRequestParams

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.definitions import TargetDefinition, items, mapping
from workbench.local_cloud.agentcore.gateway.outbound import Authorize, ConsentRequiredError, Outbound, Outgoing
from workbench.local_cloud.agentcore.gateway.role import TIMEOUT_SECONDS, GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.documents import payload
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool, ToolCall, ToolResult
from workbench.local_cloud.agentcore.service import ServiceError

_RUNTIME_PATH = re.compile(r"/runtimes/[^/]+/invocations")
_RUNTIME_SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What a signature covers besides the host; the rest may be changed on the way.
_SIGNED = ("accept", "content-type", "x-amzn-")


class McpServerSource:
    """An MCP server whose tools are the target's.

    Args:
        target: The target.
        gateway_id: The gateway's id.
        role: The gateway's role, which reads a tool schema from S3.
        outbound: Authorizes the requests.
        addresses: Where addresses are served.
    """

    def __init__(
        self, target: TargetDefinition, gateway_id: str, role: GatewayRole, outbound: Outbound, addresses: Addresses
    ) -> None:
        self._target = target
        self._role = role
        self._outbound = outbound
        self._addresses = addresses
        self._endpoint = str(target.configuration["endpoint"])
        # One session of an agent's runtime for all calls, so that not each of them starts an agent.
        self._session_id = f"gateway-{gateway_id}-target-{target.target_id}"

    async def tools(self) -> tuple[Tool, ...]:
        """See `Source.tools`."""
        declared = mapping(self._target.configuration.get("mcpToolSchema"))
        if declared:
            return _declared(await asyncio.to_thread(payload, declared, self._role))
        found: list[Tool] = []
        async with self._session(None) as session:
            cursor: str | None = None
            while True:
                page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor))
                found += [
                    Tool(tool.name, tool.description or tool.title or "", tool.input_schema, tool.output_schema)
                    for tool in page.tools
                ]
                cursor = page.next_cursor
                if not cursor:
                    break
        return tuple(found)

    async def call(self, call: ToolCall) -> ToolResult:
        """See `Source.call`."""
        async with self._session(call) as session:
            answer = await session.call_tool(call.tool, dict(call.arguments))
        content = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in answer.content]
        structured = answer.structured_content
        return ToolResult(content, structured if isinstance(structured, Mapping) else None, bool(answer.is_error))

    @asynccontextmanager
    async def _session(self, call: ToolCall | None) -> AsyncIterator[ClientSession]:
        """A session with the server for one call."""
        url = self._addresses.served_at(self._endpoint)
        parts = urlsplit(url)
        headers = dict(call.headers) if call else {}
        if _RUNTIME_PATH.fullmatch(parts.path):
            headers[_RUNTIME_SESSION] = self._session_id
        authorization = _Authorization(await self._outbound.authorizer(call))
        try:
            async with (
                httpx2.AsyncClient(
                    headers=headers,
                    auth=authorization,
                    timeout=TIMEOUT_SECONDS,
                    trust_env=parts.hostname not in _LOOPBACK,
                ) as client,
                streamable_http_client(url, http_client=client) as (reading, writing),
                ClientSession(reading, writing) as session,
            ):
                await session.initialize()
                yield session
        except* (TargetError, ConsentRequiredError, ServiceError) as group:
            raise _first(group) from None
        except* (MCPError, httpx2.HTTPError, OSError, RuntimeError) as group:
            reason = authorization.refusal or repr(_first(group))
            raise TargetError("McpServerException", f"MCP server {self._endpoint}: {reason}") from group


class _Authorization(httpx2.Auth):
    """Puts the target's credential to each request of a session, and remembers why the server refused one."""

    requires_request_body = True

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize
        self.refusal = ""

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        sent = {name: value for name, value in request.headers.items() if name.lower().startswith(_SIGNED)}
        plain = Outgoing(request.method, str(request.url), sent, await request.aread())
        authorized = await asyncio.to_thread(self._authorize, plain)
        request.headers.update(authorized.headers)
        request.url = httpx2.URL(authorized.url)
        response = yield request
        if response.status_code in (401, 403, 424, 502):
            text = (await response.aread()).decode(errors="replace")
            self.refusal = f"it answered {response.status_code}: {text[:2000]}"


def _declared(given: object) -> tuple[Tool, ...]:
    try:
        parsed = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise TargetError("SchemaException", f"mcpToolSchema is no JSON: {error}") from error
    listed = [mapping(tool) for tool in items(mapping(parsed).get("tools"))]
    if not listed or not all(tool.get("name") for tool in listed):
        raise TargetError("SchemaException", "mcpToolSchema declares no tools: it has the form of tools/list's answer")
    return tuple(
        Tool(
            str(tool["name"]),
            str(tool.get("description", "")),
            mapping(tool.get("inputSchema")) or {"type": "object"},
            mapping(tool.get("outputSchema")) or None,
        )
        for tool in listed
    )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
