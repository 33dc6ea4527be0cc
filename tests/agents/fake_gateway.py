"""A gateway on the public MCP server: it checks tokens and signatures itself, and fails when told to."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import jwt
import mcp_types as types
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agents.shared.gateway.connection import SEARCH_TOOL

KEY = "what the fake gateway's issuer signs with, 32 bytes"
REGION = "us-east-1"
TEXT_SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "query": {"type": "string"}},
}
Tool = Callable[[Mapping[str, object], "Seen"], "str | types.CallToolResult"]


def token(sub: str, **claims: object) -> str:
    """A token that the fake gateway accepts."""
    return jwt.encode({"sub": sub, **claims}, KEY)


@dataclass(frozen=True)
class Seen:
    """One JSON-RPC request as it arrived."""

    method: str
    name: str | None
    caller: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class FakeGateway:
    """The gateway's state, and how it behaves: change it from the test at any time."""

    port: int = 0
    auth: str = "JWT"
    tools: dict[str, Tool] = field(default_factory=dict)
    page_size: int = 100
    searchable: bool = False
    legacy: bool = False
    json_response: bool = True
    denied: set[tuple[str, str]] = field(default_factory=set)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    expired: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    delay: float = 0
    seen: list[Seen] = field(default_factory=list)
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def methods(self) -> list[str]:
        return [each.method for each in self.seen]

    def callers(self, method: str = "tools/call") -> list[str]:
        return [each.caller for each in self.seen if each.method == method]

    def start(self) -> None:
        """Serve, on the port of the last time if there was one."""
        app = self._guard(self._mcp().streamable_http_app(json_response=self.json_response))
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="critical", lifespan="on", ws="none")
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        while not server.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        self.port = server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Break every connection and serve no more."""
        assert self._server is not None
        assert self._thread is not None
        self.break_off()
        self._thread.join(10)

    def break_off(self) -> None:
        """As `stop`, from within a request."""
        assert self._server is not None
        self._server.should_exit = self._server.force_exit = True
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                self._server.servers[0].get_loop().call_soon_threadsafe(transport.abort)

    def _mcp(self) -> Server[object]:
        async def list_tools(
            ctx: ServerRequestContext[object, Request], params: types.PaginatedRequestParams | None
        ) -> types.ListToolsResult:
            caller = self._caller(ctx)
            names = [name for name in self.tools if (caller, name) not in self.hidden]
            names = [*([SEARCH_TOOL] if self.searchable else []), *names]
            start = int(params.cursor) if params and params.cursor else 0
            end = start + self.page_size
            cursor = str(end) if end < len(names) else None
            return types.ListToolsResult(tools=[_described(name) for name in names[start:end]], next_cursor=cursor)

        async def call_tool(
            ctx: ServerRequestContext[object, Request], params: types.CallToolRequestParams
        ) -> types.CallToolResult:
            caller = self._caller(ctx)
            arguments = params.arguments or {}
            if params.name == SEARCH_TOOL:
                return self._found(str(arguments["query"]))
            if (caller, params.name) in self.denied:
                raise MCPError(
                    -32002,
                    "Tool Execution Denied: Tool call not allowed due to policy enforcement"
                    " [No policy applies to the request (denied by default).]",
                )
            if params.name not in self.tools:
                raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
            seen = next(each for each in reversed(self.seen) if each.name == params.name and each.caller == caller)
            result = await asyncio.to_thread(self.tools[params.name], arguments, seen)
            if isinstance(result, str):
                return types.CallToolResult(content=[types.TextContent(type="text", text=result)])
            return result

        return Server("fake-gateway", on_list_tools=list_tools, on_call_tool=call_tool)

    def _found(self, query: str) -> types.CallToolResult:
        words = query.lower().split()
        tools = [_described(name) for name in self.tools if any(word in name.lower() for word in words)]
        found = {"tools": [tool.model_dump(by_alias=True, exclude_none=True) for tool in tools]}
        text = types.TextContent(type="text", text=json.dumps(found))
        return types.CallToolResult(content=[text], structured_content=found)

    @staticmethod
    def _caller(ctx: ServerRequestContext[object, Request]) -> str:
        assert ctx.request is not None
        caller: str = ctx.request.scope["caller"]
        return caller

    def _guard(self, app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            request = Request(scope, receive)
            body = await request.body()
            answer = await self._refusal(request, body)
            if answer is not None:
                await answer(scope, receive, send)
                return
            await app(scope, _replay(body, receive), send)

        return guarded

    async def _refusal(self, request: Request, body: bytes) -> Response | None:
        message = json.loads(body or b"{}")
        caller = self._check(request, body)
        request.scope["caller"] = caller or ""
        name = message.get("params", {}).get("name") if isinstance(message, dict) else None
        self.seen.append(Seen(message.get("method", request.method), name, caller or "nobody", request.headers))
        await asyncio.sleep(self.delay)
        if self.status is not None:
            return Response("told to fail", self.status)
        if caller is None:
            error = {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32001, "message": "Invalid token"}}
            return JSONResponse(error, 401, {"WWW-Authenticate": "Bearer"})
        if self.legacy and message.get("method") == "server/discover":
            error = {"code": types.METHOD_NOT_FOUND, "message": "Method not found"}
            return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "error": error}, 404)
        return None

    def _check(self, request: Request, body: bytes) -> str | None:
        authorization = request.headers.get("authorization", "")
        if self.auth == "JWT":
            sent = authorization.removeprefix("Bearer ")
            try:
                claims = jwt.decode(sent, KEY, algorithms=["HS256"])
            except jwt.PyJWTError:
                return None
            return None if sent in self.expired else str(claims["sub"])
        return self._signer(request, authorization, body)

    def _signer(self, request: Request, authorization: str, body: bytes) -> str | None:
        """The access key of a signature that is right, calculated again from what arrived."""
        if not authorization.startswith("AWS4-HMAC-SHA256 "):
            return None
        parts = dict(part.split("=", 1) for part in authorization.removeprefix("AWS4-HMAC-SHA256 ").split(", "))
        key, _, scope = parts["Credential"].partition("/")
        secret = self.secrets.get(key)
        if secret is None or scope.split("/")[1:3] != [REGION, "bedrock-agentcore"]:
            return None
        names = [name for name in parts["SignedHeaders"].split(";") if name != "x-amz-date"]
        again = AWSRequest(request.method, str(request.url), headers={n: request.headers[n] for n in names}, data=body)
        again.headers["X-Amz-Date"] = again.context["timestamp"] = request.headers["x-amz-date"]
        auth = SigV4Auth(Credentials(key, secret), "bedrock-agentcore", REGION)
        signature = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
        return key if signature == parts["Signature"] else None


def _described(name: str) -> types.Tool:
    return types.Tool(name=name, description=f"The tool {name}", input_schema=TEXT_SCHEMA)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


@contextmanager
def serve_gateway() -> Iterator[FakeGateway]:
    """A gateway on a free loopback port."""
    gateway = FakeGateway()
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
