"""What of AgentCore Identity is no operation: the callback of OAuth 2.0 providers, and the emulator's question."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from workbench.local_cloud.agentcore.control_providers import CALLBACK_PATH
from workbench.local_cloud.agentcore.identity.plane import IdentityDataPlane
from workbench.local_cloud.agentcore.service import Scope, ServiceError

_DONE = "You have authorized the request. You can close this page.\n"


class IdentityRoutes:
    """The routes.

    Args:
        plane: The data plane.
    """

    def __init__(self, plane: IdentityDataPlane) -> None:
        self._plane = plane

    def routes(self) -> list[Route]:
        """To be mounted before the operations'."""
        return [
            Route("/_local/credential-providers/{kind}/{name}", self._provider),
            Route(CALLBACK_PATH + "/{name}", self._callback),
        ]

    async def _provider(self, request: Request) -> Response:
        scope = Scope(request.headers["x-local-account"], request.headers["x-local-region"])
        kind, name = request.path_params["kind"], request.path_params["name"]
        try:
            return JSONResponse(await asyncio.to_thread(self._plane.secret_of, kind, name, scope))
        except ServiceError as error:
            return JSONResponse({"error": error.message}, status_code=error.status)

    async def _callback(self, request: Request) -> Response:
        try:
            target, _ = await asyncio.to_thread(self._plane.returned, dict(request.query_params))
        except ServiceError as error:
            return PlainTextResponse(error.message, status_code=error.status)
        return RedirectResponse(target, 302) if target else PlainTextResponse(_DONE)
