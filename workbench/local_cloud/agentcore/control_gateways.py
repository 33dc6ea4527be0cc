"""Gateways and their targets, as the control plane keeps them; the package `gateway` serves them."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identity import OwnsIdentity
from workbench.local_cloud.agentcore.control_records import kept, now, texts
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import invalid

_IAM_ROLE: list[object] = [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]


class Gateway(OwnsIdentity):
    """A gateway.

    Args:
        endpoint: Base address of the local cloud; empty for addresses of the service's form.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep the input, refusing a JWT gateway without its authorizer."""
        return _checked(kept(params))

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Keep the input, refusing a JWT gateway without its authorizer."""
        return _checked(changes)

    def created(self, store: ScopeStore, record: Record) -> None:
        """Add the identity and the address."""
        super().created(store, record)
        gateway_id = record.key[-1]
        service = f"https://{gateway_id}.gateway.bedrock-agentcore.{store.scope.region}.amazonaws.com"
        base = f"{self._endpoint}/gateways/{gateway_id}" if self._endpoint else service
        # Without a protocol type a gateway has no MCP endpoint: each of its targets has a path of its own.
        record.attributes["gatewayUrl"] = f"{base}/mcp" if record.attributes.get("protocolType") == "MCP" else base


def _checked(given: Attributes) -> Attributes:
    if given.get("authorizerType") == "CUSTOM_JWT" and not given.get("authorizerConfiguration"):
        raise invalid("authorizerConfiguration is required when authorizerType is CUSTOM_JWT")
    return given


class GatewayTarget(Special):
    """A target of a gateway."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Without a credential provider the gateway's own role signs the calls."""
        _check_protocol(store, params)
        return {"credentialProviderConfigurations": _IAM_ROLE, **kept(params), "lastSynchronizedAt": now()}


def _check_protocol(store: ScopeStore, params: Mapping[str, object]) -> None:
    gateway = store.get("Gateway", (str(params["gatewayIdentifier"]).rsplit("/", 1)[-1],))
    kind = next(iter(params["targetConfiguration"]), "")  # type: ignore[call-overload]
    if kind != "mcp" and gateway.attributes.get("protocolType") == "MCP":
        raise invalid(
            f"A target of the kind {kind} cannot be added to gateway {gateway.key[-1]}: its protocolType is MCP"
        )


def synchronize_targets(store: ScopeStore, params: Mapping[str, object]) -> dict[str, object]:
    """Answer `SynchronizeGatewayTargets`: the targets, with the time noted; their tools are fetched by the caller."""
    gateway = str(params["gatewayIdentifier"])
    targets = [store.get("GatewayTarget", (gateway, target)) for target in texts(params["targetIdList"])]
    for target in targets:
        target.attributes["lastSynchronizedAt"] = now()
    return {"targets": [dict(target.attributes) for target in targets]}
