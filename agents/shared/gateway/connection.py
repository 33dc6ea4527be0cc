"""One connection to a gateway, held open across turns and opened again when it breaks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import httpx2
import mcp_types as types
from botocore.exceptions import ClientError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from agents.shared.gateway.auth import GatewayAuth

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_SECONDS = 3.0
"""Longest wait for a connection and its handshake."""
LIST_SECONDS = 10.0
"""Longest wait for one page of tools, and for a search."""
CALL_SECONDS = 60.0
"""Longest wait for a tool; also the longest silence of one that streams."""
MAX_PAGES = 100
"""Pages of tools after which a gateway is not believed to end."""

SEARCH_TOOL = "x_amz_bedrock_agentcore_search"
"""https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using-mcp-semantic-search.html"""

# What the MCP client says of an answer without a reason of its own.
_NO_REASON = "Server returned an error response"
_CLOSED = (anyio.ClosedResourceError, anyio.BrokenResourceError)
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout)
_CAUSE_SECONDS = 1.0
"""Longest wait for what broke a connection, once it is broken."""


class GatewayUnavailableError(Exception):
    """The gateway did not answer, or refused the caller.

    Args:
        reason: Why, in a word or two.
        refused: Whether it does not accept who is asking.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


@dataclass(frozen=True)
class _Held:
    """A connection, and the task it lives in: what a task has opened, only that task can close."""

    ready: "asyncio.Future[Client]"
    close: asyncio.Event
    task: "asyncio.Task[BaseException | None]"

    @property
    def broken_by(self) -> BaseException | None:
        return self.task.result() if self.task.done() and not self.task.cancelled() else None


class GatewayConnection:
    """Speaks MCP over streamable HTTP with one gateway, for one session.

    Args:
        url: The gateway's MCP endpoint.
        auth: Who asks.
    """

    def __init__(self, url: str, auth: GatewayAuth) -> None:
        self._url = url
        self._auth = auth
        self._held: _Held | None = None
        # The event loop itself would forget a task that nobody else remembers.
        self._tasks: set[asyncio.Task[BaseException | None]] = set()
        self._opening = asyncio.Lock()

    async def tools(self, enough: int) -> list[types.Tool]:
        """The gateway's tools as far as the caller may use them, all pages.

        Args:
            enough: With more than this many, and a search among them, the rest is left out.

        Raises:
            GatewayUnavailableError: If the gateway does not answer.
            MCPError: If it answers with an error.
        """

        async def pages(client: Client) -> list[types.Tool]:
            found: list[types.Tool] = []
            cursor: str | None = None
            for _ in range(MAX_PAGES):
                page = await client.list_tools(cursor=cursor)
                found += page.tools
                searchable = any(tool.name == SEARCH_TOOL for tool in found)
                cursor = page.next_cursor
                if cursor is None or (searchable and len(found) > enough):
                    break
            return found

        return await self._ask(pages, repeatable=True)

    async def call(
        self, name: str, arguments: Mapping[str, object], *, repeatable: bool = False, seconds: float = CALL_SECONDS
    ) -> types.CallToolResult:
        """Call a tool once.

        Args:
            name: The tool's name at the gateway.
            arguments: What it is called with.
            repeatable: Whether the call may be sent again if the connection broke before its answer came.
            seconds: Longest wait for the answer.

        Raises:
            GatewayUnavailableError: If no answer came; whether the tool has run is then unknown.
            MCPError: If the gateway answers with an error.
        """
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=name, arguments=dict(arguments)))

        async def send(client: Client) -> types.CallToolResult:
            # Not `call_tool`: it lists all tools again to check the results of those that a search found.
            return await client.session.send_request(
                request, types.CallToolResult, request_read_timeout_seconds=seconds
            )

        return await self._ask(send, repeatable=repeatable)

    async def close(self) -> None:
        """Close the connection; the next request opens another."""
        held = self._held
        if held is not None:
            await self._let_go(held, CONNECT_SECONDS)

    async def _ask(self, request: Callable[[Client], Awaitable[T]], *, repeatable: bool, last: bool = False) -> T:
        held = await self._open()
        try:
            return await request(held.ready.result())
        except (MCPError, *_CLOSED) as error:
            status = self._auth.take_status()
            forgotten = status == HTTPStatus.NOT_FOUND
            if not forgotten:
                _raise_for_status(status, error)
            if not (forgotten or _lost(error)):
                raise
            await self._let_go(held, 0 if forgotten else _CAUSE_SECONDS)
            if last or not (repeatable or forgotten or _unsent(error, held)):
                raise GatewayUnavailableError(_reason(held.broken_by or error)) from error
            logger.info("url=<%s>, error=<%s> | connection to the gateway lost, opening another", self._url, error)
        return await self._ask(request, repeatable=repeatable, last=True)

    async def _open(self) -> _Held:
        async with self._opening:
            if self._held is None or self._held.task.done():
                ready = asyncio.get_running_loop().create_future()
                close = asyncio.Event()
                self._held = _Held(ready, close, asyncio.create_task(self._hold(ready, close)))
                self._tasks.add(self._held.task)
                self._held.task.add_done_callback(self._tasks.discard)
            held = self._held
            either: set[asyncio.Future[Any]] = {held.ready, held.task}
            await asyncio.wait(either, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if held.ready.done():
                return held
            held.task.cancel()
            await self._let_go(held, 0)
            _raise_for_status(self._auth.take_status(), held.broken_by)
            raise GatewayUnavailableError(_reason(held.broken_by) or f"no answer within {CONNECT_SECONDS:g} s")

    async def _hold(self, ready: "asyncio.Future[Client]", close: asyncio.Event) -> BaseException | None:
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=CALL_SECONDS)
        try:
            # Redirects are not followed: nobody but the gateway may see the next request's credentials.
            async with (
                httpx2.AsyncClient(auth=self._auth, timeout=timeout, follow_redirects=False) as http,
                Client(
                    streamable_http_client(self._url, http_client=http),
                    read_timeout_seconds=LIST_SECONDS,
                    cache=None,
                ) as client,
            ):
                # An older gateway has refused the first offer of a newer protocol.
                self._auth.take_status()
                ready.set_result(client)
                await close.wait()
        except Exception as error:  # noqa: BLE001 -- told by whoever asks next, with what it means for them
            return error
        return None

    async def _let_go(self, held: _Held, seconds: float) -> None:
        if self._held is held:
            self._held = None
        held.close.set()
        await asyncio.wait({held.task}, timeout=seconds)


def _raise_for_status(status: int | None, error: BaseException | None) -> None:
    refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    # A reason of the gateway's own says more than the status: perhaps it is about this tool only.
    explained = isinstance(error, MCPError) and error.message != _NO_REASON
    if status is not None and (status == HTTPStatus.UNAUTHORIZED or not explained):
        raise GatewayUnavailableError(f"HTTP {status}", refused=refused) from error
    if isinstance(error, MCPError) and error.code == types.REQUEST_TIMEOUT and status is None:
        raise GatewayUnavailableError("no answer in time") from error


def _lost(error: Exception) -> bool:
    return not isinstance(error, MCPError) or error.code == types.CONNECTION_CLOSED


def _unsent(error: Exception, held: _Held) -> bool:
    causes = list(_leaves(held.broken_by))
    return isinstance(error, _CLOSED) or (bool(causes) and all(isinstance(cause, _UNSENT) for cause in causes))


def _reason(error: BaseException | None) -> str:
    return ", ".join(dict.fromkeys(_word(each) for each in _leaves(error)))


def _word(error: BaseException) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return str(error) if isinstance(error, MCPError) else type(error).__name__


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    elif error is not None:
        yield error
