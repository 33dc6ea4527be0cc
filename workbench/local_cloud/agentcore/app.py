"""The HTTP application of the AgentCore server: both planes on one port, and `/_local/` for the workbench."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from workbench.local_cloud.agentcore.api_calls import call_answered
from workbench.local_cloud.agentcore.gateway.plane import GatewayDataPlane
from workbench.local_cloud.agentcore.identity.plane import IdentityDataPlane
from workbench.local_cloud.agentcore.identity.server import IdentityRoutes
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.authorization import METADATA_SUFFIX, RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.definition import not_simulated
from workbench.local_cloud.agentcore.runtimes.plane import Answer, RuntimeDataPlane
from workbench.local_cloud.agentcore.runtimes.running_session import CREDENTIALS_PATH
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.sandbox.plane import SandboxDataPlane
from workbench.local_cloud.agentcore.sandbox.server import SandboxRoutes
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, Scope, ServiceError
from workbench.local_cloud.agentcore.wire import HttpRequest, HttpResult, Wire
from workbench.local_cloud.agentcore.wire import Route as WireRoute
from workbench.local_cloud.guardrails.server import GuardrailRoutes
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.telemetry.services.outcome import Stopwatch

WORKERS = 256
"""Threads for calls that block; an invocation needs none while it streams."""

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"

Result = TypeVar("Result")

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
_DATA_PLANE = "bedrock-agentcore"


class Resources(Protocol):
    """Creates, updates and deletes CloudFormation resources."""

    def handle(self, request: Mapping[str, object]) -> dict[str, object]:
        """Carry out one request of `POST /_local/resources`.

        Raises:
            ServiceError: As the service would answer.
            ValueError: If the request is not acceptable.
        """


class AgentCoreServer:
    """Everything the server serves.

    Args:
        control: The control plane.
        memory: The memory data plane.
        sessions: The agents' processes.
        credentials: The execution roles' credentials.
        resources: The CloudFormation resources.
        authorization: Decides on the callers of runtimes.
        gateways: The gateways. Default: their addresses lead nowhere.
        identity: Workload identities and the token vault. Default: neither is there.
        guardrails: Applies guardrails. Default: none can be applied.
        sandboxes: Sessions of code interpreters and browsers. Default: none can be started.
        observing: Takes metrics and knows faults. Default: neither is there.
        more_routes: Further routes of `/_local/`. Default: none.
    """

    def __init__(
        self,
        *,
        control: Operations,
        memory: MemoryDataPlane,
        sessions: Sessions,
        credentials: RoleCredentials,
        resources: Resources,
        authorization: RuntimeAuthorization,
        gateways: GatewayDataPlane | None = None,
        identity: IdentityDataPlane | None = None,
        guardrails: GuardrailService | None = None,
        sandboxes: SandboxDataPlane | None = None,
        observing: Observing | None = None,
        more_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self._observing = observing or Observing()
        self._more_routes = tuple(more_routes)
        self._control = control
        self._memory = memory
        self._sessions = sessions
        self._credentials = credentials
        self._resources = resources
        self._gateways = gateways
        self._identity = identity
        self._guardrails = guardrails
        self._sandboxes = sandboxes
        self._runtimes = RuntimeDataPlane(control, sessions, authorization, identity, self._observing)
        self._wire = Wire()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="request")

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/_local/health", self._health),
                Route("/_local/routes", self._routes),
                Route("/_local/sessions", self._list_sessions),
                Route("/_local/resources", self._handle_resource, methods=["POST"]),
                Route(CREDENTIALS_PATH, self._container_credentials),
                *(self._gateways.routes() if self._gateways else ()),
                *(IdentityRoutes(self._identity).routes() if self._identity else ()),
                *(GuardrailRoutes(self._guardrails, self._observing).routes() if self._guardrails else ()),
                *(SandboxRoutes(self._sandboxes).routes() if self._sandboxes else ()),
                *self._more_routes,
                Route("/runtimes/{arn:path}/invocations" + METADATA_SUFFIX, self._metadata),
                Route("/{path:path}", self._api, methods=_METHODS),
            ],
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(self._workers)
        repeated = [
            asyncio.create_task(self._sessions.sweep_forever()),
            asyncio.create_task(self._sessions.deliver_output_forever()),
        ]
        if self._gateways:
            self._gateways.start()
        try:
            yield
        finally:
            for task in repeated:
                task.cancel()
            await self._sessions.close()
            if self._gateways:
                await self._gateways.close()
            if self._sandboxes:
                await asyncio.to_thread(self._sandboxes.close)
            self._memory.close()
            self._credentials.close()
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _health(self, _request: Request) -> Response:
        pending = self._memory.jobs.pending
        return JSONResponse({"status": "ok", "pendingExtractions": pending, "sessions": len(self._sessions.rows())})

    async def _routes(self, _request: Request) -> Response:
        return JSONResponse(self._wire.routes())

    async def _list_sessions(self, _request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(self._sessions.rows))

    async def _handle_resource(self, request: Request) -> Response:
        body = await request.json()
        try:
            return JSONResponse(await self._blocking(partial(self._resources.handle, body)))
        except (ServiceError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    async def _container_credentials(self, request: Request) -> Response:
        token = request.headers.get("authorization", "")
        try:
            found = await self._blocking(partial(self._credentials.by_token, token))
        except ServiceError as error:
            return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)
        if found is None:
            return JSONResponse({"code": "AccessDenied", "message": "unknown authorization token"}, status_code=403)
        return JSONResponse(found.container_document())

    async def _metadata(self, request: Request) -> Response:
        named = {"agentRuntimeArn": request.path_params["arn"], "qualifier": request.query_params.get("qualifier")}
        caller = _caller({name.lower(): value for name, value in request.headers.items()})
        try:
            return JSONResponse(await self._blocking(partial(self._runtimes.metadata, named, caller)))
        except ServiceError as error:
            return _response(self._wire.error(error))

    async def _api(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except ServiceError as error:
            return _response(self._wire.error(error))
        except ClientDisconnect:
            return Response(status_code=400)

    async def _answer(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.scope.get("raw_path", b"").split(b"?")[0].decode("latin-1") or request.url.path
        incoming = HttpRequest(request.method, path, request.url.query, headers, await request.body())
        route, labels = self._wire.match(incoming.method, incoming.path)
        params = self._wire.parse(route, labels, incoming)
        caller = _caller(headers)
        operation = route.operation.name
        if operation == "InvokeAgentRuntime":
            return _stream(await self._runtimes.invoke(params, headers, caller))
        if operation == "StopRuntimeSession":
            return _response(self._wire.serialize(route, await self._runtimes.stop(params, headers, caller)))
        return _response(await self._blocking(partial(self._call, route, params, caller)))

    def _call(self, route: WireRoute, params: Mapping[str, JsonValue], caller: Caller) -> HttpResult:
        operation = route.operation.name
        stopwatch = Stopwatch()
        try:
            answer = self._called(route, params, caller)
        except ServiceError as error:
            outcome = stopwatch.outcome(error.status, error.code)
            self._observing.emit(call_answered(operation, params, caller.scope, outcome))
            raise
        self._observing.emit(call_answered(operation, params, caller.scope, stopwatch.outcome()))
        return answer

    def _called(self, route: WireRoute, params: Mapping[str, JsonValue], caller: Caller) -> HttpResult:
        operation = route.operation.name
        if self._sandboxes and operation in self._sandboxes.operations:
            self._observing.meet_fault("tools", operation)
            return SandboxRoutes(self._sandboxes).answer(self._wire, route, params, caller)
        return self._wire.serialize(route, self._plane(route.service, operation).call(operation, params, caller))

    def _plane(self, service: str, operation: str) -> Operations:
        if service != _DATA_PLANE:
            return self._control
        if operation in self._memory.operations:
            self._observing.meet_fault("memory", operation)
            return self._memory
        if self._identity is not None and operation in self._identity.operations:
            return self._identity
        raise not_simulated(f"{operation} of {service}")

    async def _blocking(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._workers, call)


def _caller(headers: Mapping[str, str]) -> Caller:
    scope = Scope(headers.get("x-local-account", DEFAULT_ACCOUNT), headers.get("x-local-region", DEFAULT_REGION))
    secret = headers.get("x-local-secret")
    return Caller(
        scope,
        headers.get("x-local-principal-arn", ""),
        base64.b64decode(secret).decode() if secret is not None else None,
    )


def _response(result: HttpResult) -> Response:
    return Response(result.body, status_code=result.status, headers=dict(result.headers))


def _stream(answer: Answer) -> Response:
    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.chunks:
                yield chunk
        finally:
            await answer.close()

    return StreamingResponse(body(), status_code=answer.status, headers=dict(answer.headers))
