"""API key and OAuth 2.0 credential providers: settings here, secrets in Secrets Manager."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping
from typing import cast

from workbench.local_cloud.agentcore.control_identifiers import service_arn
from workbench.local_cloud.agentcore.control_model import operation, structure
from workbench.local_cloud.agentcore.control_records import kept, now, project
from workbench.local_cloud.agentcore.control_secrets import Secrets
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.control_vendors import discovery_of
from workbench.local_cloud.agentcore.service import invalid

MANAGED, EXTERNAL = "MANAGED", "EXTERNAL"
CALLBACK_PATH = "/identities/oauth2/callback"


class SecretProvider(Special):
    """A credential provider with one secret: the service's own, or one that the account keeps and names.

    Args:
        noun: Its kind.
        label: The word for it in the secret's name.
        member: The input's member with the secret; what is said about the secret begins with it.
        field: Field of the secret's JSON object, for a secret of the service's own.
        secrets: Where secrets are kept.
    """

    def __init__(self, noun: str, label: str, member: str, field: str, secrets: Secrets) -> None:
        self._noun = noun
        self._label = label
        self._member = member
        # `clientSecretArn`, but `apiKeySecretArn`.
        self._stem = member if member.endswith("Secret") else f"{member}Secret"
        self._field = field
        self._secrets = secrets

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep the settings and store the secret."""
        # The model's pattern says `acps`; the CloudFormation registry and IAM say `bedrock-agentcore`, as here.
        path = f"token-vault/default/{self._noun.lower()}/{params['name']}"
        attributes = self._settings(kept(params), store)
        attributes |= self._keep_secret(store, str(params["name"]), self._given(params), None)
        attributes["credentialProviderArn"] = service_arn(store.scope, path)
        attributes.update(createdTime=now(), lastUpdatedTime=now())
        return attributes

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Keep the settings; a new secret takes the place of the old one."""
        settings = self._settings(changes, store)
        given = self._given(changes)
        secret = self._keep_secret(store, record.key[-1], given, record.attributes) if given else {}
        return {**settings, **secret}

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Delete a secret of the service's own."""
        self._forget(store, record.attributes)
        return True

    def _given(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """What an input says of the secret."""
        names = (self._member, f"{self._stem}Config", f"{self._stem}Source")
        return {name: params[name] for name in names if params.get(name) is not None}

    def _settings(self, given: Attributes, store: ScopeStore) -> Attributes:
        """What the provider shows of an input: never the secret."""
        hidden = (self._member, f"{self._stem}Config", f"{self._stem}Source")
        return {name: value for name, value in given.items() if name not in hidden}

    def _keep_secret(
        self, store: ScopeStore, name: str, given: Mapping[str, object], before: Attributes | None
    ) -> Attributes:
        source = str(given.get(f"{self._stem}Source") or MANAGED)
        reference = cast("Mapping[str, str] | None", given.get(f"{self._stem}Config"))
        value = given.get(self._member)
        if (source == EXTERNAL) != (reference is not None) or (source == MANAGED) != (value is not None):
            raise invalid(
                f"{self._stem}Source {MANAGED} goes with {self._member}, {EXTERNAL} with {self._stem}Config: give one"
            )
        if reference is not None:
            arn, field = self._secrets.find(store.scope, reference["secretId"]), reference["jsonKey"]
            self._forget(store, before)
        else:
            arn, field = self._managed(store, name, str(value), before), self._field
        return {
            f"{self._stem}Arn": {"secretArn": arn},
            f"{self._stem}JsonKey": field,
            f"{self._stem}Source": source,
        }

    def _managed(self, store: ScopeStore, name: str, value: str, before: Attributes | None) -> str:
        if before is not None and before.get(f"{self._stem}Source") == MANAGED:
            arn = self._arn(before)
            self._secrets.put(store.scope, arn, self._field, value)
            return arn
        return self._secrets.create(store.scope, self._label, name, self._field, value)

    def _forget(self, store: ScopeStore, attributes: Attributes | None) -> None:
        if attributes is not None and attributes.get(f"{self._stem}Source") == MANAGED:
            self._secrets.delete(store.scope, self._arn(attributes))

    def _arn(self, attributes: Attributes) -> str:
        return cast("Mapping[str, str]", attributes[f"{self._stem}Arn"])["secretArn"]


class ApiKeyCredentialProvider(SecretProvider):
    """An API key credential provider."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("ApiKeyCredentialProvider", "apikey", "apiKey", "api_key_value", secrets)


class Oauth2CredentialProvider(SecretProvider):
    """An OAuth 2.0 credential provider, which also has an address for its authorization callback.

    Args:
        secrets: Where secrets are kept.
        endpoint: Base address at which browsers reach the local cloud. Empty: the address has the service's form.
    """

    def __init__(self, secrets: Secrets, endpoint: str) -> None:
        super().__init__("Oauth2CredentialProvider", "oauth2", "clientSecret", "client_secret", secrets)
        self._endpoint = endpoint

    def created(self, store: ScopeStore, record: Record) -> None:
        """Give it the callback address."""
        host = self._endpoint or f"https://bedrock-agentcore.{store.scope.region}.amazonaws.com"
        record.attributes["callbackUrl"] = f"{host}{CALLBACK_PATH}/{record.key[-1]}"

    def _given(self, params: Mapping[str, object]) -> Mapping[str, object]:
        variants = cast("Mapping[str, Mapping[str, object]]", params.get("oauth2ProviderConfigInput") or {})
        return super()._given(next(iter(variants.values()), {}))

    def _settings(self, given: Attributes, store: ScopeStore) -> Attributes:
        settings = super()._settings(given, store)
        variants = cast("Mapping[str, Mapping[str, object]]", settings.pop("oauth2ProviderConfigInput", None) or {})
        for name, config in variants.items():
            shown = {"oauthDiscovery": discovery_of(str(given["credentialProviderVendor"]), config), **config}
            shape = structure(operation(f"Get{self._noun}").output_shape)
            member = "oauth2ProviderConfigOutput"
            settings[member] = project({name: shown}, shape.members[member])
        return settings
