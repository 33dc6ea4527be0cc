"""Workload identities and credential providers.

A stand-in: no secret is stored and no token is issued. The secret ARNs have the service's form and name nothing.
"""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identifiers import random_text, service_arn
from workbench.local_cloud.agentcore.control_model import operation, structure
from workbench.local_cloud.agentcore.control_records import kept, new_record, now, project
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import Scope

IDENTITY = "WorkloadIdentity"


def workload_identity_arn(scope: Scope, name: str) -> str:
    """The ARN of a workload identity in the account's default directory."""
    return service_arn(scope, f"workload-identity-directory/default/workload-identity/{name}")


def add_workload_identity(store: ScopeStore, name: str) -> Attributes:
    """Make the workload identity of a runtime, gateway or payment manager.

    Returns:
        The `workloadIdentityDetails` of its owner.
    """
    arn = workload_identity_arn(store.scope, name)
    store.add(new_record(IDENTITY, store.scope, {"name": name, "workloadIdentityArn": arn}))
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
        record.attributes["workloadIdentityDetails"] = add_workload_identity(store, record.key[-1])

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Remove the identity with the resource."""
        remove_workload_identity(store, record)
        return True


class WorkloadIdentity(Special):
    """A workload identity that an account made itself."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Its ARN stands in no output pattern of the model, so it is formed here."""
        return {**kept(params), "workloadIdentityArn": workload_identity_arn(store.scope, str(params["name"]))}


class CredentialProvider(Special):
    """An API key, OAuth2 or payment credential provider.

    Args:
        noun: Its kind, for the shape of what it shows of its configuration.
        label: The word for its secret in the secret's name, or None for a kind that shows none.
        config: Stem of the members `<stem>Input` and `<stem>Output`, or None for a kind without.
    """

    def __init__(self, noun: str, label: str | None, config: str | None) -> None:
        self._noun = noun
        self._label = label
        self._config = config

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep all but the secret values."""
        # The model's pattern says `acps`; the CloudFormation registry and IAM say `bedrock-agentcore`, as here.
        path = f"token-vault/default/{self._noun.lower()}/{params['name']}"
        attributes = self._public(store.scope, kept(params))
        attributes["credentialProviderArn"] = service_arn(store.scope, path)
        attributes.update(createdTime=now(), lastUpdatedTime=now())
        return attributes

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Keep all but the secret values; the secret stays the one made at creation."""
        public = self._public(store.scope, changes)
        return {name: value for name, value in public.items() if not name.endswith("SecretArn")}

    def _public(self, scope: Scope, given: Attributes) -> Attributes:
        public = {name: value for name, value in given.items() if name != "apiKey" and not name.endswith("Input")}
        member = f"{self._config}Output"
        source = given.get(f"{self._config}Input")
        if self._config and source is not None:
            shape = structure(operation("Get" + self._noun).output_shape)
            public[member] = project(source, shape.members[member])
        if self._label:
            name = f"bedrock-agentcore-identity!default/{self._label}/{given.get('name', 'secret')}-{random_text(6)}"
            arn = f"arn:aws:secretsmanager:{scope.region}:{scope.account}:secret:{name}"
            public["apiKeySecretArn" if self._label == "apikey" else "clientSecretArn"] = {"secretArn": arn}
        return public


class Oauth2CredentialProvider(CredentialProvider):
    """An OAuth2 credential provider, which also has an address for its authorization callback."""

    def __init__(self) -> None:
        super().__init__("Oauth2CredentialProvider", "oauth2", "oauth2ProviderConfig")

    def created(self, store: ScopeStore, record: Record) -> None:
        """Give it the callback address, in the service's form; nothing answers there."""
        host = f"https://bedrock-agentcore.{store.scope.region}.amazonaws.com"
        record.attributes["callbackUrl"] = f"{host}/identities/oauth2/callback/{record.key[-1]}"
