"""What the control plane does for gateways beyond keeping records: it reads targets' tools, and checks policies.

The service does this while a resource is CREATING, UPDATING or SYNCHRONIZING; here the operation answers when it is
done, with the state that follows.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Protocol

from workbench.local_cloud.agentcore.control_records import texts
from workbench.local_cloud.agentcore.gateway.authorization import statement
from workbench.local_cloud.agentcore.gateway.catalogue import Catalogue, Entry
from workbench.local_cloud.agentcore.gateway.definitions import (
    GatewayDefinition,
    Records,
    gateway_definition,
    target_definition,
)
from workbench.local_cloud.agentcore.gateway.outbound import ConsentRequiredError
from workbench.local_cloud.agentcore.gateway.policy_checks import PolicyChecks
from workbench.local_cloud.agentcore.gateway.role import GatewayRoles
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, Scope, ServiceError

_LOG = logging.getLogger(__name__)
# Operation → what its target's state is called if its tools cannot be read.
_FAILED = {
    "CreateGatewayTarget": "FAILED",
    "UpdateGatewayTarget": "UPDATE_UNSUCCESSFUL",
    "SynchronizeGatewayTargets": "SYNCHRONIZE_UNSUCCESSFUL",
}
_POLICY_FAILED = {"CreatePolicy": "CREATE_FAILED", "UpdatePolicy": "UPDATE_FAILED"}
_IGNORED = "IGNORE_ALL_FINDINGS"
_REASON_LENGTH = 2048


class GatewayRecords(Records, Operations, Protocol):
    """The control plane's records, with their states to be set."""

    def settle(self, noun: str, key: tuple[str, ...], scope: Scope, attributes: Mapping[str, object]) -> None:
        """Set members of a resource; None removes one."""


class GatewayControl(Operations):
    """The control plane's operations, with targets synchronized.

    Args:
        control: The control plane.
        catalogue: Reads the targets' tools.
        policies: Checks policies.
        roles: The gateways' service roles.
        run: Runs a coroutine on the server's event loop, and waits for it in this thread.
    """

    def __init__(
        self,
        control: GatewayRecords,
        catalogue: Catalogue,
        policies: PolicyChecks,
        roles: GatewayRoles,
        run: Callable[[Coroutine[object, object, Entry]], Entry],
    ) -> None:
        self._control = control
        self._catalogue = catalogue
        self._policies = policies
        self._roles = roles
        self._run = run

    def call(self, operation: str, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, JsonValue]:
        """See `Operations.call`."""
        answer = self._control.call(operation, params, caller)
        if operation in ("DeleteGateway", "DeleteGatewayTarget"):
            target_id = str(params["targetId"]) if "targetId" in params else None
            self._catalogue.forget(str(params["gatewayIdentifier"]).rsplit("/", 1)[-1], target_id)
        if operation in _POLICY_FAILED:
            return self._checked(operation, params, answer, caller)
        if operation not in _FAILED:
            return answer
        gateway_id = str(params["gatewayIdentifier"]).rsplit("/", 1)[-1]
        if operation == "SynchronizeGatewayTargets":
            ids = texts(params["targetIdList"])
            return {"targets": [self._synchronized(operation, gateway_id, one, caller) for one in ids]}
        return self._synchronized(operation, gateway_id, str(answer["targetId"]), caller)

    def _checked(
        self, operation: str, params: Mapping[str, JsonValue], answer: Mapping[str, JsonValue], caller: Caller
    ) -> dict[str, JsonValue]:
        """A policy in the state that its check leads to."""
        key = (str(answer["policyEngineId"]), str(answer["policyId"]))
        findings = self._policies.findings(statement(answer.get("definition")))
        failed = bool(findings) and params.get("validationMode") != _IGNORED
        state = {"status": _POLICY_FAILED[operation], "statusReasons": list(findings)} if failed else {}
        self._control.settle("Policy", key, caller.scope, state or {"status": "ACTIVE", "statusReasons": []})
        return self._control.call("GetPolicy", {"policyEngineId": key[0], "policyId": key[1]}, caller)

    def _synchronized(self, operation: str, gateway_id: str, target_id: str, caller: Caller) -> dict[str, JsonValue]:
        key = (gateway_id, target_id)
        self._control.settle("GatewayTarget", key, caller.scope, self._read(operation, key))
        return self._control.call("GetGatewayTarget", {"gatewayIdentifier": gateway_id, "targetId": target_id}, caller)

    def _read(self, operation: str, key: tuple[str, str]) -> dict[str, object]:
        """Read the target's tools; the state that follows. The records stay unlocked meanwhile: it may call here."""
        found = self._control.find("GatewayTarget", key)
        if found is None:
            return {}
        gateway, target = gateway_definition(self._control, key[0]), target_definition(found[1])
        self._allow_return_urls(gateway)
        if not target.kind.startswith("mcp."):
            return {"status": "READY", "statusReasons": None}
        try:
            # A role may be changed after its gateway is made, so the key is looked at when there is something to keep.
            self._roles.of(gateway).check_key()
            self._run(self._catalogue.load(gateway, target))
        except (TargetError, ServiceError, ConsentRequiredError) as error:
            _LOG.warning("target %s of gateway %s: %s", target.name, key[0], error)
            return {"status": _FAILED[operation], "statusReasons": [str(error)[:_REASON_LENGTH]]}
        return {"status": "READY", "statusReasons": None}

    def _allow_return_urls(self, gateway: GatewayDefinition) -> None:
        # Browsers come back to no other pages than those that the gateway's identity names.
        urls = sorted({target.credential.return_url for target in gateway.targets} - {""})
        if urls:
            key, members = (gateway.workload,), {"allowedResourceOauth2ReturnUrls": urls}
            self._control.settle("WorkloadIdentity", key, gateway.scope, members)
