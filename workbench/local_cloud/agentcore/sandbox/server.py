"""The sandboxes' part of the HTTP application."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import cast

from botocore.model import StructureShape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as HttpRoute

from workbench.local_cloud.agentcore.sandbox.event_stream import CONTENT_TYPE, event
from workbench.local_cloud.agentcore.sandbox.plane import SandboxDataPlane
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Scope, ServiceError
from workbench.local_cloud.agentcore.wire import HttpResult, Route, Wire
from workbench.local_cloud.agentcore.wire_values import to_json

TRUTH_HEADER = "x-local-sandbox"
_SESSION_HEADER = "x-amzn-code-interpreter-session-id"


class SandboxRoutes:
    """Answers about sandboxes, each with a header that says what they are.

    Args:
        plane: The sessions.
    """

    def __init__(self, plane: SandboxDataPlane) -> None:
        self._plane = plane

    def routes(self) -> list[HttpRoute]:
        """`GET /_local/sandboxes`: every session and what holds it. `GET /_local/browsers/…`: where a browser is."""
        return [
            HttpRoute("/_local/sandboxes", self._rows),
            HttpRoute("/_local/browsers/{identifier}/sessions/{session}", self._browser),
        ]

    async def _rows(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._plane.rows))

    async def _browser(self, request: Request) -> Response:
        # For the front door, which has authorized who asks.
        caller = Caller(Scope(request.headers["x-local-account"], request.headers["x-local-region"]))
        try:
            found = self._plane.stream_address(
                request.path_params["identifier"], request.path_params["session"], caller
            )
        except ServiceError as error:
            return JSONResponse({"message": error.message}, 404)
        return JSONResponse(asdict(found)) if found else JSONResponse({"message": "no browser runs"}, 404)

    def answer(self, wire: Wire, route: Route, params: Mapping[str, JsonValue], caller: Caller) -> HttpResult:
        """Carry out one operation.

        Raises:
            ServiceError: As the service would answer.
        """
        operation = route.operation.name
        answer = self._plane.call(operation, params, caller)
        written = _stream(route, answer) if operation == "InvokeCodeInterpreter" else wire.serialize(route, answer)
        return replace(written, headers={**written.headers, TRUTH_HEADER: self._plane.truth(operation)})


def _stream(route: Route, answer: Mapping[str, JsonValue]) -> HttpResult:
    shape = cast("StructureShape", cast("StructureShape", route.operation.output_shape).members["stream"])
    body = bytearray()
    for each in cast("list[dict[str, JsonValue]]", answer["stream"]):
        ((name, value),) = each.items()
        body += event(name, cast("Mapping[str, object]", to_json(shape.members[name], value)))
    headers = {"Content-Type": CONTENT_TYPE, _SESSION_HEADER: str(answer["sessionId"])}
    return HttpResult(200, headers, bytes(body))
