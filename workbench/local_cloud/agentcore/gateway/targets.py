"""Makes what a target reaches from its configuration."""

from collections.abc import Callable, Mapping

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, TargetDefinition
from workbench.local_cloud.agentcore.gateway.role import GatewayRole, GatewayRoles
from workbench.local_cloud.agentcore.gateway.sources.functions import LambdaSource
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


def _function(_: Sources, gateway: GatewayDefinition, target: TargetDefinition, role: GatewayRole) -> Source:
    return LambdaSource(target, gateway.gateway_id, role)


_KINDS: Mapping[str, _Make] = {
    "mcp.lambda": _function,
}
