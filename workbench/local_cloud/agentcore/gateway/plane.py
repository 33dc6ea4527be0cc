"""Everything that serves gateways, put together."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.authorization import Authorization, DecisionLog
from workbench.local_cloud.agentcore.gateway.catalogue import Catalogue
from workbench.local_cloud.agentcore.gateway.definitions import Records
from workbench.local_cloud.agentcore.gateway.endpoint import METADATA_PATH, GatewayEndpoint
from workbench.local_cloud.agentcore.gateway.interceptors import Interceptors
from workbench.local_cloud.agentcore.gateway.role import GatewayRoles
from workbench.local_cloud.agentcore.gateway.server import McpServer
from workbench.local_cloud.agentcore.gateway.targets import Sources
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials

_METHODS = ["GET", "POST", "DELETE"]


class GatewayDataPlane:
    """The gateways' addresses, and what the workbench may ask about them.

    Args:
        records: The control plane's resources.
        credentials: The roles' credentials.
        tokens: Verifies bearer tokens.
        emulator_url: Where every AWS call goes.
        decision_log: File for decisions of policies. Default: none is written.
    """

    def __init__(
        self,
        records: Records,
        credentials: RoleCredentials,
        tokens: TokenVerifier,
        *,
        emulator_url: str,
        decision_log: Path | None = None,
    ) -> None:
        self.addresses = Addresses(emulator_url)
        self._roles = GatewayRoles(credentials, emulator_url)
        self.catalogue = Catalogue(Sources(self._roles, self.addresses))
        self._decisions = DecisionLog(decision_log)
        authorization = Authorization(records, self._roles, self._decisions)
        server = McpServer(self.catalogue, authorization)
        self._endpoint = GatewayEndpoint(records, server, Interceptors(self._roles), tokens)

    def routes(self) -> Sequence[Route]:
        """The routes of the AgentCore server's application that are gateways'."""
        return [
            Route("/gateways/{gateway_id}/mcp", self._endpoint.mcp, methods=_METHODS),
            Route(f"/gateways/{{gateway_id}}{METADATA_PATH}", self._endpoint.metadata),
            Route("/_local/addresses", self._addresses, methods=["GET", "PUT"]),
            Route("/_local/policy-decisions", self._policy_decisions),
        ]

    async def close(self) -> None:
        """Let go of connections and credentials."""
        await self.addresses.close()
        self._roles.close()

    async def _addresses(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.addresses.reroute(await request.json())
            except (ValueError, AttributeError, TypeError) as error:
                return JSONResponse({"error": f"the body maps addresses to addresses: {error}"}, 400)
        return JSONResponse(self.addresses.rerouted())

    async def _policy_decisions(self, _: Request) -> Response:
        return JSONResponse(self._decisions.rows())
