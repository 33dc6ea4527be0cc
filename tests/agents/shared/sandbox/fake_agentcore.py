"""AgentCore's data plane for sandboxes over HTTP: the local cloud's sessions, failing when told to."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import serving
from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.sandbox.isolation import Limits
from workbench.local_cloud.agentcore.sandbox.plane import SandboxDataPlane
from workbench.local_cloud.agentcore.sandbox.server import SandboxRoutes
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Scope, ServiceError
from workbench.local_cloud.agentcore.wire import HttpRequest, Wire

CALLER = Caller(Scope("000000000000", "us-east-1"))


@dataclass
class FakeAgentCore:
    """How the service behaves: change it from the test at any time."""

    plane: SandboxDataPlane
    url: str = ""
    operations: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    browsers_run: bool = False

    def live(self) -> list[str]:
        """Sessions that have not ended."""
        return [str(row["sessionId"]) for row in self.plane.rows() if row["status"] == "READY"]

    def end_sessions(self) -> None:
        """End every session, as the service does after a while or after a crash."""
        for session in self.live():
            named: dict[str, JsonValue] = {"codeInterpreterIdentifier": "code", "sessionId": session}
            self.plane.call("StopCodeInterpreterSession", named, CALLER)

    async def answer(self, request: Request) -> Response:
        wire = Wire(("bedrock-agentcore",))
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = HttpRequest(request.method, request.url.path, request.url.query, headers, await request.body())
        route, labels = wire.match(incoming.method, incoming.path)
        operation = route.operation.name
        self.operations.append(operation)
        await asyncio.sleep(self.delays.get(operation, 0))
        try:
            if operation in self.failures:
                raise ServiceError(self.failures[operation], f"{operation} refused", 400)
            if operation == "StartBrowserSession" and self.browsers_run:
                written = wire.serialize(route, _browser())
            else:
                params = wire.parse(route, labels, incoming)
                routes = SandboxRoutes(self.plane)
                written = await asyncio.to_thread(routes.answer, wire, route, params, CALLER)
        except ServiceError as error:
            written = wire.error(error)
        return Response(written.body, status_code=written.status, headers=dict(written.headers))


class _Tools:
    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        return Record.__new__(Record)


def _browser() -> dict[str, JsonValue]:
    stream = {"streamEndpoint": "wss://example.invalid/stream", "streamStatus": "ENABLED"}
    return {
        "browserIdentifier": "browser",
        "sessionId": "B" * 26,
        "createdAt": datetime.now(UTC),
        "streams": {"automationStream": stream},
    }


@contextmanager
def serve_agentcore() -> Iterator[FakeAgentCore]:
    """The service, for the time of the block."""
    with tempfile.TemporaryDirectory() as directory:
        limits = Limits(call_seconds=5, memory_bytes=400 << 20)
        fake = FakeAgentCore(SandboxDataPlane(_Tools(), Path(directory) / "sandboxes", limits=limits))
        app = Starlette(routes=[Route("/{path:path}", fake.answer, methods=["GET", "POST", "PUT"])])
        try:
            with serving(app) as fake.url:
                yield fake
        finally:
            fake.plane.close()
