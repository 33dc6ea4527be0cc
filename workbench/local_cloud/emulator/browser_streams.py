"""WebSockets to browsers: who may connect is decided here, and what is said goes to the browser and back.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-tool.html
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import cast

# wsproto comes with hypercorn, which serves the emulator.
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from workbench.local_cloud.emulator.agentcore_actions import Check, tool_arn
from workbench.local_cloud.emulator.decisions import Decisions
from workbench.local_cloud.emulator.proxy import Proxy
from workbench.local_cloud.emulator.signed_request import Message, Receive, Refusal, Scope, Send, raw_path_of, read

_STREAM = re.compile(r"/browser-streams/(?P<browser>[A-Za-z][\w.-]*)/sessions/(?P<session>[0-9A-Za-z]+)/automation")
_SIGNED = re.compile(rb"AWS4-HMAC-SHA256 Credential=[^,]+/bedrock-agentcore/aws4_request")
_HOST = "127.0.0.1"
_CHUNK = 1 << 16
_MOST_MESSAGE = 64 << 20
_GOING_AWAY = 1001
_TOO_BIG = 1009


class BrowserStreams:
    """Relays the automation streams of browsers' sessions.

    Args:
        decisions: Decides and records who may connect.
        agentcore: Leads to the AgentCore server, which knows where the browsers are.
    """

    def __init__(self, decisions: Decisions, agentcore: Proxy) -> None:
        self._decisions = decisions
        self._agentcore = agentcore

    @staticmethod
    def match(scope: Scope) -> bool:
        """Whether a connection is for a browser."""
        return scope["type"] == "websocket" and _STREAM.fullmatch(raw_path_of(scope)) is not None

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if (await receive())["type"] != "websocket.connect":
            return

        async def refuse(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        found = await self._find(scope)
        if isinstance(found, Refusal):
            await found.send(refuse)
            return
        try:
            browser = await _Browser.connect(*found)
        except (OSError, ProtocolError) as error:
            await Refusal(503, "ServiceUnavailableException", f"the browser did not answer: {error!r}").send(refuse)
            return
        try:
            await send({"type": "websocket.accept"})
            await _relay(browser, receive, send)
        finally:
            browser.close()

    async def _find(self, scope: Scope) -> tuple[int, str] | Refusal:
        """Port and path of the browser."""
        headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        given = [value for name, value in headers if name.lower() == b"authorization"]
        if len(given) != 1 or not _SIGNED.match(given[0]):
            return Refusal(403, "AccessDeniedException", "the connection is not signed for bedrock-agentcore")
        request = await read({**scope, "method": "GET"}, _nothing)
        asked = _STREAM.fullmatch(request.raw_path)
        if asked is None:
            raise AssertionError(f"routed as a browser's stream, but is none: {request.raw_path}")
        arn = tool_arn("browser", asked["browser"], request.account, request.region)
        checks = [Check("bedrock-agentcore:ConnectBrowserAutomationStream", arn)]
        refusal = request.authorize(self._decisions, "bedrock-agentcore", checks)
        if refusal:
            return refusal
        identity = {"x-local-account": request.account, "x-local-region": request.region}
        path = f"/_local/browsers/{asked['browser']}/sessions/{asked['session']}"
        found = await self._agentcore.look_up(path, identity)
        if found is None:
            message = f"no browser runs in session {asked['session']!r} of {asked['browser']}"
            return Refusal(404, "ResourceNotFoundException", message)
        return int(str(found["port"])), str(found["path"])


class _Browser:
    """A WebSocket to a browser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = WSConnection(ConnectionType.CLIENT)

    @classmethod
    async def connect(cls, port: int, path: str) -> "_Browser":
        browser = cls(*await asyncio.open_connection(_HOST, port))
        await browser.send(Request(host=f"{_HOST}:{port}", target=path))
        async for event in browser.events():
            if isinstance(event, AcceptConnection):
                return browser
            if isinstance(event, RejectConnection):
                break
        browser.close()
        raise ConnectionError("it refused the connection")

    async def send(self, event: Event) -> None:
        self._writer.write(self._protocol.send(event))
        await self._writer.drain()

    async def events(self) -> AsyncIterator[Event]:
        # What came along with the last answer read.
        for event in self._protocol.events():
            yield event
        while chunk := await self._reader.read(_CHUNK):
            self._protocol.receive_data(chunk)
            for event in self._protocol.events():
                yield event

    def close(self) -> None:
        self._writer.close()


async def _relay(browser: _Browser, receive: Receive, send: Send) -> None:
    """Until one of the two ends it."""
    ways = [asyncio.create_task(_to_browser(browser, receive)), asyncio.create_task(_from_browser(browser, send))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _to_browser(browser: _Browser, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        event = BytesMessage(cast("bytes", message["bytes"])) if text is None else TextMessage(str(text))
        await browser.send(event)
    with suppress(OSError, ProtocolError):
        await browser.send(CloseConnection(code=_GOING_AWAY))


async def _from_browser(browser: _Browser, send: Send) -> None:
    parts: list[str | bytes] = []
    size, code = 0, _GOING_AWAY
    with suppress(OSError, ProtocolError):
        async for event in browser.events():
            if isinstance(event, Ping):
                await browser.send(event.response())
            elif isinstance(event, CloseConnection):
                break
            elif isinstance(event, TextMessage | BytesMessage):
                parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
                size += len(event.data)
                if size > _MOST_MESSAGE:
                    code = _TOO_BIG
                    break
                if event.message_finished:
                    await send(_message(event, parts))
                    parts, size = [], 0
    await send({"type": "websocket.close", "code": code})


def _message(last: TextMessage | BytesMessage, parts: list[str | bytes]) -> Message:
    if isinstance(last, TextMessage):
        return {"type": "websocket.send", "text": "".join(cast("list[str]", parts))}
    return {"type": "websocket.send", "bytes": b"".join(cast("list[bytes]", parts))}


async def _nothing() -> Message:
    return {"type": "http.request", "body": b""}
