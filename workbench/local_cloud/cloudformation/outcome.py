"""What a provisioner made of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from workbench.local_cloud.cloudformation.kinds import Truth
from workbench.local_cloud.cloudformation.request import Request


@dataclass(frozen=True)
class Outcome:
    """A resource as CloudFormation sees it.

    Args:
        physical_id: What `Ref` returns.
        attributes: What `Fn::GetAtt` returns, by name.
        truth: What the resource is locally.
    """

    physical_id: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    truth: Truth = field(default_factory=lambda: Truth("record only", ""))


class Provisioner(Protocol):
    """Creates, updates and deletes resources of some types. Properties arrive checked and typed."""

    def create(self, request: Request, properties: Mapping[str, object]) -> Outcome:
        """Create a resource.

        Raises:
            ProvisioningError: If it cannot be created; nothing is left behind.
        """

    def update(self, request: Request, properties: Mapping[str, object], old: Mapping[str, object]) -> Outcome:
        """Update a resource in place.

        Raises:
            ProvisioningError: If it cannot be updated.
        """

    def delete(self, request: Request) -> None:
        """Delete a resource; one that is gone already is fine.

        Raises:
            ProvisioningError: If it cannot be deleted.
        """
