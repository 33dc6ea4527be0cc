"""An OAuth 2.0 client that a vendor registered, as AgentCore's token vault takes it."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from constructs_lib._place import is_token
from constructs_lib.identity._credential_access import check_secret, checked_field
from constructs_lib.identity._federation import check_guid
from constructs_lib.identity.jwt_authorizer import check_discovery_url

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

Vendor = Literal["Atlassian", "Custom", "Github", "Google", "Microsoft", "Salesforce", "Slack"]
# The name of a field, not what is in it.
SECRET_FIELD = "client_secret"  # noqa: S105
_ENDPOINT = re.compile(r"https://[^/?#\s]+[^#\s]*")
_MAX_CLIENT_ID = 256


@dataclass(frozen=True, kw_only=True)
class AuthorizationServer:
    """An authorization server without a discovery document.

    Args:
        issuer: Its issuer.
        authorization_endpoint: Where users agree.
        token_endpoint: Where tokens are.

    Raises:
        ValueError: If one of them is no https address.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str

    def __post_init__(self) -> None:
        for name in ("issuer", "authorization_endpoint", "token_endpoint"):
            value = getattr(self, name)
            if not is_token(value) and not _ENDPOINT.fullmatch(value):
                raise ValueError(f"{name} of an authorization server is an https address, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class OAuth2Client:
    """A client that a vendor registered for you. Made by the factories of `OAuth2Credential`.

    Args:
        vendor: The vendor, as the service spells it.
        client_id: The client's id, which is no secret.
        client_secret: Holds the client's secret, as a field of a JSON object.
        secret_field: That field.
        tenant_id: Tenant of Entra ID. Default: none.
        discovery_url: Discovery document of a vendor that the service does not know. Default: none.
        server: The same without a discovery document. Default: none.

    Raises:
        ValueError: If the client's id is empty or too long, or an address is none.
    """

    vendor: Vendor
    client_id: str
    client_secret: "secretsmanager.ISecret"
    secret_field: str = SECRET_FIELD
    tenant_id: str | None = None
    discovery_url: str | None = None
    server: AuthorizationServer | None = None

    def __post_init__(self) -> None:
        if not is_token(self.client_id) and not 1 <= len(self.client_id) <= _MAX_CLIENT_ID:
            raise ValueError(f"a client's id has 1 to {_MAX_CLIENT_ID} characters, got {self.client_id!r}")
        check_secret("client_secret", self.client_secret)
        checked_field(self.secret_field)
        if self.tenant_id is not None:
            check_guid("tenant_id", self.tenant_id)
        if self.discovery_url is not None:
            check_discovery_url(self.discovery_url)
        if self.vendor == "Custom" and (self.discovery_url is None) == (self.server is None):
            raise ValueError(
                "a vendor that AgentCore does not know needs either discovery_url or server, got"
                f" {'neither' if self.server is None else 'both'}; pass one"
            )

    def rendered(self) -> dict[str, object]:
        """The client as CloudFormation takes it: the secret by its ARN."""
        client: dict[str, object] = {
            "clientId": self.client_id,
            "clientSecretSource": "EXTERNAL",
            "clientSecretConfig": {"secretId": self.client_secret.secret_arn, "jsonKey": self.secret_field},
        }
        if self.tenant_id is not None:
            client["tenantId"] = self.tenant_id
        if self.discovery_url is not None:
            client["oauthDiscovery"] = {"discoveryUrl": self.discovery_url}
        if self.server is not None:
            client["oauthDiscovery"] = {
                "authorizationServerMetadata": {
                    "issuer": self.server.issuer,
                    "authorizationEndpoint": self.server.authorization_endpoint,
                    "tokenEndpoint": self.server.token_endpoint,
                }
            }
        return {f"{self.vendor.lower()}Oauth2ProviderConfig": client}
