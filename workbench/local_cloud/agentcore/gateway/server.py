"""The MCP server of one gateway: what each method answers.

It keeps no session, answers each request with one JSON document, and serves tools only: prompts and resources of MCP
servers behind it are not passed on.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using-mcp.html
"""

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from constructs_lib.gateway.cedar import Principal, ToolSignature
from workbench.local_cloud.agentcore.gateway import search
from workbench.local_cloud.agentcore.gateway.authorization import Authorization
from workbench.local_cloud.agentcore.gateway.catalogue import Catalogue, Entry
from workbench.local_cloud.agentcore.gateway.definitions import (
    STATELESS_VERSION,
    GatewayDefinition,
    TargetDefinition,
    mapping,
)
from workbench.local_cloud.agentcore.gateway.jsonrpc import (
    CONSENT_REQUIRED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Message,
    RpcError,
    result,
)
from workbench.local_cloud.agentcore.gateway.outbound import ConsentRequiredError
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool, ToolCall, ToolResult
from workbench.local_cloud.agentcore.service import ServiceError
from workbench.telemetry.services.gateway import GatewayRequest, target_called
from workbench.telemetry.services.outcome import Emit, Outcome, Stopwatch, nowhere
from workbench.telemetry.store import Datum

PAGE_TOOLS = 100
"""Tools on one page of `tools/list`."""

GENERIC_ERROR = "An internal error occurred. Please retry later."
"""What a caller learns of a failed target while the gateway's exception level is not DEBUG."""

_LOG = logging.getLogger(__name__)
_TARGET_TYPES = {"mcp.lambda": "Lambda", "mcp.openApiSchema": "OpenAPI", "mcp.mcpServer": "MCP"}
_SERVER_VERSION = "1.0.0"
# What every result of the stateless version carries; nothing here is for caches.
_COMPLETE: Mapping[str, object] = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}


@dataclass(frozen=True)
class Caller:
    """Who calls a gateway, as its authorizer established it.

    Args:
        principal: For the policies.
        token: The bearer token; empty without.
    """

    principal: Principal
    token: str = ""


@dataclass(frozen=True)
class Request:
    """One request to a gateway.

    Args:
        gateway: The gateway.
        caller: Who calls.
        headers: Its headers, names in lower case.
        query: Its query parameters.
        request_id: The service's id of it.
    """

    gateway: GatewayDefinition
    caller: Caller
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer, and the target's headers that go back with it."""

    message: dict[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


class McpServer:
    """Answers the MCP requests of all gateways.

    Args:
        catalogue: The tools.
        authorization: The policies.
        emit: Takes metrics. Default: none are kept.
    """

    def __init__(self, catalogue: Catalogue, authorization: Authorization, emit: Emit = nowhere) -> None:
        self._emit = emit
        self._catalogue = catalogue
        self._authorization = authorization
        self._methods: Mapping[str, Callable[[Request, Message], Awaitable[Reply]]] = {
            "initialize": self._initialize,
            "server/discover": self._discover,
            "ping": self._ping,
            "tools/list": self._list,
            "tools/call": self._call,
        }

    async def answer(self, request: Request, message: Message) -> Reply:
        """Answer one request.

        Args:
            request: Where it came to, and from whom.
            message: The JSON-RPC request.

        Raises:
            RpcError: If it is refused.
        """
        method = self._methods.get(str(message["method"]))
        if method is None:
            raise _not_found(message)
        reply = await method(request, message)
        if request.headers.get("mcp-protocol-version") == STATELESS_VERSION:
            completed = {**mapping(reply.message["result"]), **_COMPLETE}
            return Reply({**reply.message, "result": completed}, reply.headers)
        return reply

    async def _initialize(self, request: Request, message: Message) -> Reply:
        handshakes = [version for version in request.gateway.versions if version != STATELESS_VERSION]
        if not handshakes:
            raise _not_found(message)
        wanted = mapping(message.get("params")).get("protocolVersion")
        version = wanted if wanted in handshakes else handshakes[-1]
        answer = {"protocolVersion": version, "serverInfo": _server(request.gateway), **_offer(request.gateway)}
        return Reply(result(message["id"], answer))

    async def _discover(self, request: Request, message: Message) -> Reply:
        gateway = request.gateway
        if not gateway.stateless:
            raise _not_found(message)
        named = {"_meta": {"io.modelcontextprotocol/serverInfo": _server(gateway)}}
        return Reply(result(message["id"], {"supportedVersions": list(gateway.versions), **_offer(gateway), **named}))

    async def _ping(self, _: Request, message: Message) -> Reply:
        return Reply(result(message["id"], {}))

    async def _list(self, request: Request, message: Message) -> Reply:
        shown = await self._visible(request)
        if request.gateway.semantic_search:
            shown = [search.DEFINITION, *shown]
        start = _position(mapping(message.get("params")).get("cursor"), len(shown))
        size = PAGE_TOOLS if request.gateway.pages else len(shown)
        answer: dict[str, object] = {"tools": shown[start : start + size]}
        if start + size < len(shown):
            answer["nextCursor"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        return Reply(result(message["id"], answer))

    async def _visible(self, request: Request) -> list[Mapping[str, object]]:
        entries = await self._catalogue.entries(request.gateway)
        signatures = _signatures(entries)
        allowed = await asyncio.to_thread(
            self._authorization.may_list, request.gateway, request.caller.principal, signatures
        )
        listed = [_listed(entry, tool) for entry in entries for tool in entry.tools]
        return [tool for tool in listed if tool["name"] in allowed]

    async def _call(self, request: Request, message: Message) -> Reply:
        params = mapping(message.get("params"))
        name, arguments = params.get("name"), params.get("arguments") or {}
        if not isinstance(name, str) or not isinstance(arguments, Mapping):
            raise RpcError(INVALID_PARAMS, "Invalid params: tools/call takes name, a text, and arguments, an object")
        if name == search.NAME and request.gateway.semantic_search:
            return Reply(result(message["id"], await self._search(request, arguments)))
        try:
            found = await self._call_target(request, message, name, arguments)
        except ConsentRequiredError as error:
            data = {"elicitations": [{"mode": "url", "elicitationId": request.request_id, "url": error.url}]}
            text = f"Authorization of the user is required: {error.url}"
            raise RpcError(CONSENT_REQUIRED, text, data=data) from error
        except (TargetError, ServiceError) as error:
            _LOG.warning("%s of gateway %s failed: %s", name, request.gateway.gateway_id, error)
            return Reply(result(message["id"], _failure(request.gateway, error)))
        answer: dict[str, object] = {"content": list(found.content), "isError": found.is_error}
        if found.structured is not None:
            answer["structuredContent"] = dict(found.structured)
        return Reply(result(message["id"], answer), found.headers)

    async def _call_target(
        self, request: Request, message: Message, name: str, arguments: Mapping[str, object]
    ) -> ToolResult:
        found = await self._catalogue.find(request.gateway, name)
        if found is None:
            raise RpcError(INVALID_PARAMS, f"Unknown tool: {name}")
        entry, tool = found
        if request.gateway.policy_engine is not None:
            signatures = _signatures(await self._catalogue.entries(request.gateway))
            await asyncio.to_thread(
                self._authorization.check_call,
                request.gateway,
                request.caller.principal,
                name,
                arguments,
                signatures,
            )
        stopwatch = Stopwatch()
        try:
            answer = await entry.source.call(_tool_call(request, message, entry.target, tool, arguments))
        finally:
            self._emit(_target_called(request, name, entry.target, stopwatch.outcome()))
        passed = {n: v for n, v in answer.headers.items() if n.lower() in entry.target.response_headers}
        return ToolResult(answer.content, answer.structured, answer.is_error, passed)

    async def _search(self, request: Request, arguments: Mapping[str, object]) -> dict[str, object]:
        query = arguments.get("query")
        if not isinstance(query, str) or not query:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {search.NAME} takes query, a text")
        found = {"tools": search.search(query, await self._visible(request))}
        return {"content": [{"type": "text", "text": _json(found)}], "structuredContent": found, "isError": False}


def _target_called(request: Request, tool: str, target: TargetDefinition, outcome: Outcome) -> list[Datum]:
    named = GatewayRequest(request.gateway.arn, "tools/call", tool)
    kind = _TARGET_TYPES.get(target.kind, "")
    return target_called(named, kind, milliseconds=outcome.milliseconds, when=outcome.time)


def _not_found(message: Message) -> RpcError:
    return RpcError(METHOD_NOT_FOUND, f"Method not found: {message['method']}")


def _server(gateway: GatewayDefinition) -> dict[str, object]:
    return {"name": gateway.name, "version": _SERVER_VERSION}


def _offer(gateway: GatewayDefinition) -> dict[str, object]:
    instructions = {"instructions": gateway.instructions} if gateway.instructions else {}
    return {"capabilities": {"tools": {"listChanged": False}}, **instructions}


def _tool_call(
    request: Request, message: Message, target: TargetDefinition, tool: Tool, arguments: Mapping[str, object]
) -> ToolCall:
    return ToolCall(
        tool=tool.name,
        arguments=arguments,
        request_id=request.request_id,
        message_id=message["id"],
        headers={name: value for name, value in request.headers.items() if name in target.request_headers},
        query={name: value for name, value in request.query.items() if name in target.query_parameters},
        token=request.caller.token,
    )


def _failure(gateway: GatewayDefinition, error: TargetError | ServiceError) -> dict[str, object]:
    text = GENERIC_ERROR
    if gateway.debug:
        text = str(error) if isinstance(error, TargetError) else f"{error.code} - {error.message}"
    return {"content": [{"type": "text", "text": text}], "isError": True}


def _signatures(entries: Sequence[Entry]) -> tuple[ToolSignature, ...]:
    return tuple(signature for entry in entries for signature in entry.signatures)


def _listed(entry: Entry, tool: Tool) -> Mapping[str, object]:
    output = {"outputSchema": tool.output_schema} if tool.output_schema else {}
    return {
        "name": entry.full_name(tool),
        "description": tool.description,
        "inputSchema": tool.input_schema,
        **output,
    }


def _position(cursor: object, total: int) -> int:
    if cursor is None:
        return 0
    try:
        position = int(base64.urlsafe_b64decode(str(cursor)))
    except ValueError:
        position = -1
    if not 0 < position < total:
        raise RpcError(INVALID_PARAMS, f"Invalid cursor: {cursor}")
    return position


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
