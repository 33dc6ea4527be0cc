"""What the emulator's CloudFormation engine asks of the provider."""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.local_cloud.agentcore.service import Caller, Scope
from workbench.local_cloud.cloudformation.schema import mapping

OPERATIONS = ("create", "update", "delete")
# The service that calls on behalf of a stack; the emulator has already authorized whoever deploys.
_PRINCIPAL = "cloudformation.amazonaws.com"


class ProvisioningError(ValueError):
    """A resource cannot be provisioned; the message becomes the stack event's reason."""


@dataclass(frozen=True)
class Request:
    """One operation on one resource of a stack.

    Args:
        operation: `create`, `update` or `delete`.
        type_name: The resource type.
        logical_id: Its name in the template.
        stack_id: ARN of the stack, or an empty text where the engine does not know it (deletion).
        physical_id: What the resource was created as; empty for `create`.
        properties: The wanted properties, resolved.
        old_properties: The properties before an update.
        scope: Account and region of the stack.
    """

    operation: str
    type_name: str
    logical_id: str
    stack_id: str
    physical_id: str
    properties: Mapping[str, object]
    old_properties: Mapping[str, object]
    scope: Scope

    @property
    def caller(self) -> Caller:
        """Who calls the control plane for this request."""
        return Caller(self.scope, _PRINCIPAL)

    @property
    def stack_name(self) -> str:
        """The stack's name, from its ARN."""
        parts = self.stack_id.split("/")
        return parts[1] if len(parts) > 1 else (self.stack_id or "stack")


def parse_request(request: Mapping[str, object]) -> Request:
    """Read a request.

    Raises:
        ProvisioningError: If it lacks what every request needs, or names an unknown operation.
    """
    missing = [name for name in ("operation", "type", "logicalId", "account", "region") if not request.get(name)]
    if missing:
        raise ProvisioningError(f"the request lacks {', '.join(missing)}; pass all of them")
    operation = str(request["operation"])
    if operation not in OPERATIONS:
        raise ProvisioningError(f"unknown operation {operation!r}; use one of {', '.join(OPERATIONS)}")
    return Request(
        operation=operation,
        type_name=str(request["type"]),
        logical_id=str(request["logicalId"]),
        stack_id=str(request.get("stackId") or ""),
        physical_id=str(request.get("physicalId") or ""),
        properties=mapping(request.get("properties")),
        old_properties=mapping(request.get("oldProperties")),
        scope=Scope(str(request["account"]), str(request["region"])),
    )
