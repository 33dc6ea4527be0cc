"""Everything that serves gateways, put together."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.authorization import Authorization, DecisionLog
from workbench.local_cloud.agentcore.gateway.catalogue import Catalogue
from workbench.local_cloud.agentcore.gateway.control import GatewayControl, GatewayRecords
from workbench.local_cloud.agentcore.gateway.endpoint import METADATA_PATH, GatewayEndpoint
from workbench.local_cloud.agentcore.gateway.interceptors import Interceptors
from workbench.local_cloud.agentcore.gateway.policy_checks import PolicyChecks
from workbench.local_cloud.agentcore.gateway.role import GatewayRoles
from workbench.local_cloud.agentcore.gateway.server import McpServer
from workbench.local_cloud.agentcore.gateway.targets import Sources
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials

Result = TypeVar("Result")
_METHODS = ["GET", "POST", "DELETE"]


class GatewayDataPlane:
    """The gateways' addresses, and what the workbench may ask about them.

    Its `control` answers the control plane's operations with targets synchronized.

    Args:
        control: The control plane.
        credentials: The roles' credentials.
        tokens: Verifies bearer tokens.
        emulator_url: Where every AWS call goes.
        decision_log: File for decisions of policies. Default: none is written.
        observing: Takes metrics and knows faults. Default: neither is there.
    """

    def __init__(
        self,
        control: GatewayRecords,
        credentials: RoleCredentials,
        tokens: TokenVerifier,
        *,
        emulator_url: str,
        decision_log: Path | None = None,
        observing: Observing | None = None,
    ) -> None:
        observing = observing or Observing()
        self.addresses = Addresses(emulator_url)
        self._roles = GatewayRoles(credentials, emulator_url)
        self.catalogue = Catalogue(Sources(self._roles, self.addresses))
        self._decisions = DecisionLog(decision_log)
        checks = PolicyChecks(control, self.catalogue, self._run)
        self.control = GatewayControl(control, self.catalogue, checks, self._roles, self._run)
        server = McpServer(
            self.catalogue, Authorization(control, self._roles, self._decisions, observing.emit), observing.emit
        )
        self._endpoint = GatewayEndpoint(control, server, Interceptors(self._roles), tokens, observing)
        self._loop: asyncio.AbstractEventLoop | None = None

    def routes(self) -> Sequence[Route]:
        """The routes of the AgentCore server's application that are gateways'."""
        return [
            Route("/gateways/{gateway_id}/mcp", self._endpoint.mcp, methods=_METHODS),
            Route(f"/gateways/{{gateway_id}}{METADATA_PATH}", self._endpoint.metadata),
            Route("/_local/addresses", self._addresses, methods=["GET", "PUT"]),
            Route("/_local/policy-decisions", self._policy_decisions),
        ]

    def start(self) -> None:
        """Take the running event loop for the reading of tools; called once by the server."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Let go of connections and credentials."""
        await self.addresses.close()
        self._roles.close()

    def _run(self, reading: Coroutine[object, object, Result]) -> Result:
        if self._loop is None:
            reading.close()
            raise RuntimeError("the server has not started yet")
        return asyncio.run_coroutine_threadsafe(reading, self._loop).result()

    async def _addresses(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.addresses.reroute(await request.json())
            except (ValueError, AttributeError, TypeError) as error:
                return JSONResponse({"error": f"the body maps addresses to addresses: {error}"}, 400)
        return JSONResponse(self.addresses.rerouted())

    async def _policy_decisions(self, _: Request) -> Response:
        return JSONResponse(self._decisions.rows())
