"""With what a gateway proves itself to a tool source."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam

from constructs_lib._place import is_token
from constructs_lib.gateway._permissions import (
    WORKLOAD_TOKEN_ACTION,
    WORKLOAD_TOKEN_FOR_JWT_ACTION,
    WORKLOAD_TOKEN_FOR_USER_ACTION,
)
from constructs_lib.identity._credential_access import HasWorkloadIdentity
from constructs_lib.identity.workload_identity import check_return_url

if TYPE_CHECKING:
    from constructs_lib.identity.api_key_credential import ApiKeyCredential
    from constructs_lib.identity.oauth2_credential import OAuth2Credential

OutboundKind = Literal["API_KEY", "OAUTH", "GATEWAY_IAM_ROLE", "NONE"]
Grant = Literal["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"]

# https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_OAuthCredentialProvider.html
_MAX_SCOPES, _MAX_PARAMETERS = 100, 10
_PARAMETER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~\[\]-]{1,64}")

_Target = agentcore.CfnGatewayTarget


@dataclass(frozen=True)
class OutboundAuth:
    """With what a gateway proves itself to a tool source. Make one with a static method.

    Which source takes which: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-outbound-auth.html

    Attributes:
        kind: The service's word for it; `NONE` where nothing is sent.
        credential: The stored credential, for an API key or OAuth 2.0.
        grant: The OAuth 2.0 grant.
        place: Where an API key goes: `header` or `query`.
        parameter: Name of that header or query parameter.
        prefix: Word before the key.
        rendered: The target's property.
    """

    kind: OutboundKind
    credential: "ApiKeyCredential | OAuth2Credential | None" = None
    grant: Grant | None = None
    place: str = "header"
    parameter: str = "Authorization"
    prefix: str | None = None
    rendered: agentcore.CfnGatewayTarget.CredentialProviderConfigurationProperty | None = field(
        default=None, compare=False
    )

    @property
    def per_user(self) -> bool:
        """Whether each user authorizes the gateway, so that it calls in the user's name."""
        return self.grant in ("AUTHORIZATION_CODE", "TOKEN_EXCHANGE")

    @staticmethod
    def gateway_role(*, service: str | None = None) -> "OutboundAuth":
        """The gateway's service role signs each call (SigV4).

        Args:
            service: Signing name of the service that is called, such as `execute-api` or `bedrock-agentcore`. Only for
                OpenAPI descriptions and MCP servers; the others know theirs.
        """
        provider = (
            _Target.CredentialProviderProperty(
                iam_credential_provider=_Target.IamCredentialProviderProperty(service=service)
            )
            if service
            else None
        )
        return OutboundAuth("GATEWAY_IAM_ROLE", rendered=_configuration("GATEWAY_IAM_ROLE", provider))

    @staticmethod
    def api_key(
        credential: "ApiKeyCredential", *, header: str = "Authorization", prefix: str | None = "Bearer"
    ) -> "OutboundAuth":
        """An API key in a header.

        Args:
            credential: The key.
            header: Name of the header.
            prefix: Word before the key, which the service parts from it by a space. None: the key alone.
        """
        return _api_key(credential, "HEADER", header, prefix)

    @staticmethod
    def api_key_in_query(credential: "ApiKeyCredential", *, parameter: str) -> "OutboundAuth":
        """An API key in the URL. Servers log URLs: prefer a header where the API takes one.

        Args:
            credential: The key.
            parameter: Name of the query parameter.
        """
        return _api_key(credential, "QUERY_PARAMETER", parameter, None)

    @staticmethod
    def oauth2(
        credential: "OAuth2Credential", *, scopes: Sequence[str] = (), parameters: Mapping[str, str] | None = None
    ) -> "OutboundAuth":
        """An OAuth 2.0 token of the gateway itself (client credentials): the same for every user.

        Args:
            credential: The client.
            scopes: Scopes to ask for, at most 100.
            parameters: Further parameters of the token request, at most 10, such as `audience`. Default: none.
        """
        return _oauth2(credential, "CLIENT_CREDENTIALS", scopes, parameters, None)

    @staticmethod
    def oauth2_of_user(
        credential: "OAuth2Credential",
        *,
        return_url: str,
        scopes: Sequence[str] = (),
        parameters: Mapping[str, str] | None = None,
    ) -> "OutboundAuth":
        """An OAuth 2.0 token of the calling user (authorization code): each consents once, in the browser.

        Args:
            credential: The client.
            return_url: Page of your application that the browser comes back to; it completes the authorization.
            scopes: Scopes to ask for, at most 100.
            parameters: Further parameters of the authorization request, at most 10. Default: none.
        """
        check_return_url("return addresses", return_url)
        return _oauth2(credential, "AUTHORIZATION_CODE", scopes, parameters, return_url)

    @staticmethod
    def oauth2_exchange(
        credential: "OAuth2Credential", *, scopes: Sequence[str] = (), parameters: Mapping[str, str] | None = None
    ) -> "OutboundAuth":
        """An OAuth 2.0 token that the issuer gives for the caller's own one (token exchange, RFC 8693).

        Args:
            credential: The client.
            scopes: Scopes to ask for, at most 100.
            parameters: Further parameters of the token request, at most 10. Default: none.
        """
        return _oauth2(credential, "TOKEN_EXCHANGE", scopes, parameters, None)

    @staticmethod
    def none() -> "OutboundAuth":
        """Nothing: for a source that is open to everyone."""
        return OutboundAuth("NONE")

    def grant_use(
        self, grantee: iam.IGrantable, *, gateway: HasWorkloadIdentity, directory_arn: str, jwt: bool
    ) -> None:
        """Let the service role fetch the credential, as the gateway, and read its secret.

        Args:
            grantee: The service role.
            gateway: Whose workload identity it acts under.
            directory_arn: The directory that the identity is in, which the service checks as well.
            jwt: Whether callers come with tokens, so that users are known by these.
        """
        if self.credential is None:
            return
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=self._token_actions(jwt=jwt),
            resource_arns=[directory_arn, gateway.workload_identity_arn],
        )
        self.credential.grant_use(grantee, workload_identity=gateway)

    def _token_actions(self, *, jwt: bool) -> list[str]:
        if not self.per_user:
            return [WORKLOAD_TOKEN_ACTION]
        return [WORKLOAD_TOKEN_ACTION, WORKLOAD_TOKEN_FOR_JWT_ACTION if jwt else WORKLOAD_TOKEN_FOR_USER_ACTION]


def _configuration(
    kind: str, provider: agentcore.CfnGatewayTarget.CredentialProviderProperty | None
) -> agentcore.CfnGatewayTarget.CredentialProviderConfigurationProperty:
    return _Target.CredentialProviderConfigurationProperty(credential_provider_type=kind, credential_provider=provider)


def _api_key(credential: "ApiKeyCredential", location: str, parameter: str, prefix: str | None) -> OutboundAuth:
    if not is_token(parameter) and not _PARAMETER.fullmatch(parameter):
        raise ValueError(f"{parameter!r} is no name of a header or query parameter; pass one like 'X-Api-Key'")
    key = _Target.ApiKeyCredentialProviderProperty(
        provider_arn=credential.provider_arn,
        credential_location=location,
        credential_parameter_name=parameter,
        credential_prefix=prefix,
    )
    provider = _Target.CredentialProviderProperty(api_key_credential_provider=key)
    return OutboundAuth(
        "API_KEY",
        credential,
        place="header" if location == "HEADER" else "query",
        parameter=parameter,
        prefix=prefix,
        rendered=_configuration("API_KEY", provider),
    )


def _oauth2(
    credential: "OAuth2Credential",
    grant: Grant,
    scopes: Sequence[str],
    parameters: Mapping[str, str] | None,
    return_url: str | None,
) -> OutboundAuth:
    if isinstance(scopes, str):
        raise ValueError(f"scopes is a sequence of strings, got the string {scopes!r}; pass [{scopes!r}]")  # noqa: TRY004
    for what, most, given in (("scopes", _MAX_SCOPES, scopes), ("parameters", _MAX_PARAMETERS, parameters or ())):
        if len(given) > most:
            raise ValueError(f"a gateway asks for a token with at most {most} {what}, got {len(given)}; ask for fewer")
    client = _Target.OAuthCredentialProviderProperty(
        provider_arn=credential.provider_arn,
        scopes=list(scopes),
        grant_type=grant,
        custom_parameters=dict(parameters) if parameters else None,
        default_return_url=return_url,
    )
    provider = _Target.CredentialProviderProperty(oauth_credential_provider=client)
    return OutboundAuth("OAUTH", credential, grant, rendered=_configuration("OAUTH", provider))
