"""Forwards requests to the AgentCore server, streaming its answers."""

import asyncio
from collections.abc import Mapping

import httpx

from workbench.local_cloud.emulator.signed_request import Receive, Refusal, Send, SignedRequest

# An answer may take as long as the agent needs; only finding the server has a limit.
_TIMEOUT = httpx.Timeout(None, connect=10.0)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=200)
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "host", "content-length", "expect"}
)
_STEPS = frozenset({".", ".."})
# Whoever may say who is calling is the proxy alone.
_OURS = "x-local-"


class Proxy:
    """A reverse proxy to one server.

    Args:
        url: Base address of the server.
        name: What the server is called in messages.
    """

    def __init__(self, url: str, *, name: str = "AgentCore server") -> None:
        self._name = name
        self._url = httpx.URL(url)
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)

    async def forward(
        self, request: SignedRequest, receive: Receive, send: Send, *, identity: Mapping[str, str]
    ) -> None:
        """Send the request on and its answer back, chunk by chunk; the server's side ends when the caller hangs up.

        Args:
            request: The request, body included.
            receive: Where the caller's hanging up is heard.
            send: Where the answer goes.
            identity: Headers that tell the server who is calling.
        """
        answering = asyncio.create_task(self._answer(request, send, identity))
        hanging_up = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({answering, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                await answering
        finally:
            answering.cancel()
            hanging_up.cancel()

    async def look_up(self, path: str, identity: Mapping[str, str]) -> dict[str, object] | None:
        """Ask the server for a JSON object of its own; None where it has none.

        Args:
            path: Path of the object.
            identity: Headers that tell the server for whom.
        """
        try:
            answer = await self._client.get(self._url.join(path), headers=dict(identity))
        except httpx.HTTPError:
            return None
        found: dict[str, object] | None = answer.json() if answer.is_success else None
        return found

    async def _answer(self, request: SignedRequest, send: Send, identity: Mapping[str, str]) -> None:
        if _STEPS & set(request.raw_path.split("/")):
            # The HTTP client would take the steps, and lead the caller to another resource than it was let in to.
            await Refusal(400, "ValidationException", "a path cannot have the segments '.' and '..'").send(send)
            return
        try:
            response = await self._client.send(self._outgoing(request, identity), stream=True)
        except httpx.HTTPError as error:
            refusal = Refusal(503, "ServiceUnavailableException", f"the {self._name} did not answer: {error!r}")
            await refusal.send(send)
            return
        try:
            headers = [(name.lower(), value) for name, value in response.headers.raw if _passes(name.decode("latin-1"))]
            length = response.headers.get("content-length")
            if length is not None and "transfer-encoding" not in response.headers:
                headers.append((b"content-length", length.encode("latin-1")))
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()

    def _outgoing(self, request: SignedRequest, identity: Mapping[str, str]) -> httpx.Request:
        target = request.raw_path + (f"?{request.query_string}" if request.query_string else "")
        headers = [(name, value) for name, value in request.headers if _passes(name) and not name.startswith(_OURS)]
        return self._client.build_request(
            request.method,
            self._url.copy_with(raw_path=target.encode("latin-1")),
            headers=[*headers, *identity.items()],
            content=request.body,
        )


def _passes(name: str) -> bool:
    return name.lower() not in _HOP_BY_HOP


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
