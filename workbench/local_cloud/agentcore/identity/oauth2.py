"""Requests to the token endpoints of OAuth 2.0 providers, by real HTTP."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httpx

from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.service import ServiceError, invalid

BASIC = "CLIENT_SECRET_BASIC"
POST = "CLIENT_SECRET_POST"
_TIMEOUT_SECONDS = 10.0
_DEFAULT_EXPIRY_SECONDS = 3600
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Client:
    """An OAuth 2.0 client of a provider.

    Args:
        client_id: Its id.
        secret: Its secret.
        token_endpoint: Where the provider gives out tokens.
        authorization_endpoint: Where users sign in at the provider.
        method: How the client proves who it is: `CLIENT_SECRET_BASIC` or `CLIENT_SECRET_POST`.
    """

    client_id: str
    secret: str = field(repr=False)
    token_endpoint: str
    authorization_endpoint: str
    method: str = BASIC


@dataclass(frozen=True)
class ProviderToken:
    """What a provider gave.

    Args:
        access_token: The token.
        refresh_token: For the next one; empty where the provider gave none.
        expires: When the access token ends, in seconds since 1970.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires: float


def client_of(provider: Mapping[str, object], secret: str, issuers: Issuers) -> Client:
    """The client that a credential provider describes.

    Args:
        provider: The answer of `GetOauth2CredentialProvider`.
        secret: The client's secret.
        issuers: Reads discovery documents.

    Raises:
        ServiceError: If the provider's endpoints cannot be had, or the client's way to authenticate is not simulated.
    """
    variants = cast("Mapping[str, Mapping[str, object]]", provider["oauth2ProviderConfigOutput"])
    config = next(iter(variants.values()))
    method = str(config.get("clientAuthenticationMethod") or BASIC)
    if method not in (BASIC, POST):
        raise ServiceError("NotImplementedException", f"the local cloud does not simulate {method}", 501)
    discovery = cast("Mapping[str, object]", config["oauthDiscovery"])
    metadata = cast("Mapping[str, object] | None", discovery.get("authorizationServerMetadata"))
    if metadata is None:
        issuer = issuers.get(str(discovery["discoveryUrl"]))
        token, authorization = issuer.token_endpoint, issuer.authorization_endpoint
    else:
        token, authorization = str(metadata["tokenEndpoint"]), str(metadata["authorizationEndpoint"])
        if POST.lower() in cast("Sequence[str]", metadata.get("tokenEndpointAuthMethods") or ()):
            method = POST
    client_id = str(config.get("clientId") or "")
    return Client(client_id, secret, issuers.local_url(token), issuers.local_url(authorization), method)


def request_token(client: Client, parameters: Mapping[str, str]) -> ProviderToken:
    """Ask a provider's token endpoint for a token.

    Args:
        client: The client.
        parameters: The grant's parameters.

    Raises:
        ServiceError: `ValidationException` with the provider's answer, if it refuses.
    """
    body = dict(parameters)
    auth: tuple[str, str] | None = None
    if client.method == POST:
        body |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        auth = (client.client_id, client.secret)
    loopback = urlsplit(client.token_endpoint).hostname in _LOOPBACK
    try:
        answer = httpx.post(
            client.token_endpoint,
            data=body,
            auth=auth,
            headers={"Accept": "application/json"},
            timeout=_TIMEOUT_SECONDS,
            trust_env=not loopback,
        )
        document = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise invalid(f"The token endpoint {client.token_endpoint} did not answer with JSON: {error!r}") from error
    if answer.is_error or not isinstance(document, dict) or not document.get("access_token"):
        raise invalid(f"The token endpoint {client.token_endpoint} refused: {answer.status_code} {answer.text[:500]}")
    expires = time.time() + float(document.get("expires_in") or _DEFAULT_EXPIRY_SECONDS)
    return ProviderToken(str(document["access_token"]), str(document.get("refresh_token") or ""), expires)
