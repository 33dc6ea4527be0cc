"""`/_local/faults`: makes parts of the local cloud fail, for drills. Read it with GET, replace all faults with PUT, end
them with DELETE. See `workbench.local_cloud.faults` for what can fail.
"""

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.local_cloud.faults import FAULTS, PATH, FaultSwitches

_OF_EMULATOR = "model"
_TIMEOUT_SECONDS = 10.0


class FaultRoutes:
    """Serves the switches of both servers.

    Args:
        switches: Those of this server.
        emulator_url: Where those of the emulator are.
    """

    def __init__(self, switches: FaultSwitches, emulator_url: str) -> None:
        self._switches = switches
        self._url = emulator_url.rstrip("/") + PATH

    def routes(self) -> list[Route]:
        """The routes to mount."""
        return [Route(PATH, self._answer, methods=["GET", "PUT", "DELETE"])]

    async def _answer(self, request: Request) -> Response:
        try:
            if request.method != "GET":
                await self._replace(await request.json() if request.method == "PUT" else {})
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        except httpx.HTTPError as error:
            return JSONResponse({"error": f"the emulator does not answer: {error!r}"}, 503)
        possible = {target: list(codes) for target, codes in FAULTS.items()}
        return JSONResponse({"faults": self._switches.described(), "possible": possible})

    async def _replace(self, described: object) -> None:
        # Checked here first: a fault that does not exist changes nothing anywhere.
        checked = FaultSwitches()
        checked.replace(described)
        of_emulator = {name: one for name, one in checked.described().items() if name == _OF_EMULATOR}
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            (await client.put(self._url, json=of_emulator)).raise_for_status()
        self._switches.replace(checked.described())
