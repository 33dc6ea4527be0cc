"""Workload identities, and payment credential providers."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identifiers import service_arn
from workbench.local_cloud.agentcore.control_model import operation, structure
from workbench.local_cloud.agentcore.control_records import kept, new_record, now, project
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import Scope

IDENTITY = "WorkloadIdentity"


def workload_identity_arn(scope: Scope, name: str) -> str:
    """The ARN of a workload identity in the account's default directory."""
    return service_arn(scope, f"workload-identity-directory/default/workload-identity/{name}")


def add_workload_identity(store: ScopeStore, name: str, owner: str) -> Attributes:
    """Make the workload identity of a runtime, gateway or payment manager.

    Args:
        store: Where it is kept.
        name: Its name.
        owner: Kind of its owner, which alone gets tokens for it.

    Returns:
        The `workloadIdentityDetails` of its owner.
    """
    arn = workload_identity_arn(store.scope, name)
    attributes: Attributes = {"name": name, "workloadIdentityArn": arn, "linkedTo": owner}
    store.add(new_record(IDENTITY, store.scope, attributes))
    return {"workloadIdentityArn": arn}


def remove_workload_identity(store: ScopeStore, owner: Record) -> None:
    """Remove the workload identity that was made with its owner."""
    details = owner.attributes.get("workloadIdentityDetails")
    arn = str(details.get("workloadIdentityArn", "")) if isinstance(details, Mapping) else ""
    identity = store.find(IDENTITY, (arn.rsplit("/", 1)[-1],))
    if identity is not None:
        store.remove(identity)


class OwnsIdentity(Special):
    """A kind of resource that gets a workload identity of its own."""

    def created(self, store: ScopeStore, record: Record) -> None:
        """Make the identity, named after the resource's id."""
        record.attributes["workloadIdentityDetails"] = add_workload_identity(store, record.key[-1], record.kind.noun)

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Remove the identity with the resource."""
        remove_workload_identity(store, record)
        return True


class WorkloadIdentity(Special):
    """A workload identity that an account made itself."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Its ARN stands in no output pattern of the model, so it is formed here."""
        return {**kept(params), "workloadIdentityArn": workload_identity_arn(store.scope, str(params["name"]))}


class PaymentCredentialProvider(Special):
    """A payment credential provider. Recorded: no secret is stored, and nobody is paid."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep what the service shows."""
        path = f"token-vault/default/paymentcredentialprovider/{params['name']}"
        attributes = _shown(kept(params))
        attributes["credentialProviderArn"] = service_arn(store.scope, path)
        attributes.update(createdTime=now(), lastUpdatedTime=now())
        return attributes

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Keep what the service shows."""
        return _shown(changes)


def _shown(given: Attributes) -> Attributes:
    shown = {name: value for name, value in given.items() if not name.endswith("Input")}
    source = given.get("providerConfigurationInput")
    if source is not None:
        member = "providerConfigurationOutput"
        shape = structure(operation("GetPaymentCredentialProvider").output_shape)
        shown[member] = project(source, shape.members[member])
    return shown
