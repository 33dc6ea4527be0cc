"""Makes what a target reaches from its configuration."""

from collections.abc import Callable, Mapping

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, TargetDefinition
from workbench.local_cloud.agentcore.gateway.outbound import Outbound
from workbench.local_cloud.agentcore.gateway.role import GatewayRole, GatewayRoles
from workbench.local_cloud.agentcore.gateway.sources.api_gateway import ApiGatewaySource
from workbench.local_cloud.agentcore.gateway.sources.functions import LambdaSource
from workbench.local_cloud.agentcore.gateway.sources.http_api import HttpApi
from workbench.local_cloud.agentcore.gateway.sources.openapi import OpenApiSource
from workbench.local_cloud.agentcore.gateway.sources.smithy import SmithySource
from workbench.local_cloud.agentcore.gateway.sources.source import Source, TargetError

_Make = Callable[["Sources", GatewayDefinition, TargetDefinition, GatewayRole], Source]


class Sources:
    """Makes the sources of targets.

    Args:
        roles: The gateways' service roles.
        addresses: Where addresses are served.
    """

    def __init__(self, roles: GatewayRoles, addresses: Addresses) -> None:
        self.addresses = addresses
        self._roles = roles

    def of(self, gateway: GatewayDefinition, target: TargetDefinition) -> Source:
        """What a target reaches.

        Raises:
            TargetError: If the local cloud does not simulate its kind.
        """
        make = _KINDS.get(target.kind)
        if make is None:
            raise TargetError("UnsupportedTargetException", f"the local cloud does not simulate targets {target.kind}")
        return make(self, gateway, target, self._roles.of(gateway))


def _outbound(
    gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole, *, service: str = ""
) -> Outbound:
    return Outbound(target.credential, gateway.workload, role, service=service)


def _open_api(made: Sources, gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    return OpenApiSource(target, role, HttpApi(_outbound(gateway, target, role), made.addresses))


def _api_gateway(made: Sources, gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    api = HttpApi(_outbound(gateway, target, role, service="execute-api"), made.addresses)
    return ApiGatewaySource(target, gateway, emulator_url=made.addresses.emulator_url, api=api)


def _smithy(_: Sources, __: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    return SmithySource(target, role)


def _mcp_server(made: Sources, gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    # The MCP client takes half a second to import, and many clouds have no remote server.
    from workbench.local_cloud.agentcore.gateway.sources.mcp_server import McpServerSource

    outbound = _outbound(gateway, target, role)
    return McpServerSource(target, gateway.gateway_id, role, outbound, made.addresses)


def _function(_: Sources, gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    return LambdaSource(target, gateway.gateway_id, role)


_KINDS: Mapping[str, _Make] = {
    "mcp.lambda": _function,
    "mcp.openApiSchema": _open_api,
    "mcp.apiGateway": _api_gateway,
    "mcp.smithyModel": _smithy,
    "mcp.mcpServer": _mcp_server,
}
