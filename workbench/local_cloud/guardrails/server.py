"""Guardrails over HTTP, for the emulator, which asks on behalf of whoever it has authorized."""

import asyncio
from collections.abc import Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from workbench.local_cloud.agentcore.service import Scope, ServiceError
from workbench.local_cloud.guardrails.service import GuardrailService

PATH = "/_local/guardrails"


class GuardrailRoutes:
    """Serves `GuardrailService.apply` at `PATH`.

    Args:
        guardrails: Applies guardrails.
    """

    def __init__(self, guardrails: GuardrailService) -> None:
        self._guardrails = guardrails

    def routes(self) -> Sequence[BaseRoute]:
        """The routes to mount."""
        return [Route(PATH, self._apply, methods=["POST"])]

    async def _apply(self, request: Request) -> Response:
        scope = Scope(request.headers["x-local-account"], request.headers["x-local-region"])
        asked = await request.json()
        apply = partial(self._guardrails.apply, scope, asked)
        try:
            return JSONResponse(await asyncio.get_running_loop().run_in_executor(None, apply))
        except ServiceError as error:
            return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)
