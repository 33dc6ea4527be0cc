"""Gateways and their targets.

A stand-in: the address has the service's form, and nothing serves MCP behind it yet.
"""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identity import OwnsIdentity
from workbench.local_cloud.agentcore.control_records import kept, now, texts
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import invalid

_IAM_ROLE: list[object] = [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]


class Gateway(OwnsIdentity):
    """A gateway."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep the input, refusing a JWT gateway without its authorizer."""
        return _checked(kept(params))

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Keep the input, refusing a JWT gateway without its authorizer."""
        return _checked(changes)

    def created(self, store: ScopeStore, record: Record) -> None:
        """Add the identity and the address."""
        super().created(store, record)
        host = f"{record.key[-1]}.gateway.bedrock-agentcore.{store.scope.region}.amazonaws.com"
        record.attributes["gatewayUrl"] = f"https://{host}/mcp"


def _checked(given: Attributes) -> Attributes:
    if given.get("authorizerType") == "CUSTOM_JWT" and not given.get("authorizerConfiguration"):
        raise invalid("authorizerConfiguration is required when authorizerType is CUSTOM_JWT")
    return given


class GatewayTarget(Special):
    """A target of a gateway."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Without a credential provider the gateway's own role signs the calls."""
        return {"credentialProviderConfigurations": _IAM_ROLE, **kept(params), "lastSynchronizedAt": now()}


def synchronize_targets(store: ScopeStore, params: Mapping[str, object]) -> dict[str, object]:
    """Answer `SynchronizeGatewayTargets`: the targets, with the time noted. No tool list is fetched."""
    gateway = str(params["gatewayIdentifier"])
    targets = [store.get("GatewayTarget", (gateway, target)) for target in texts(params["targetIdList"])]
    for target in targets:
        target.attributes["lastSynchronizedAt"] = now()
    return {"targets": [dict(target.attributes) for target in targets]}
