"""Signs users and machines in at the local cloud's Amazon Cognito, by the flows that applications use.

Only the address differs from the service: every flow goes over HTTP to the same paths and operations.
https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import boto3
import httpx
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_TIMEOUT_SECONDS = 30.0
_DEFAULT_SCOPES = ("openid",)


class SignInError(WorkbenchError):
    """The user directory refused; the message is what it answered."""


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gave.

    Args:
        access_token: For agents and gateways.
        id_token: Tells the application who signed in; empty for machines.
        refresh_token: For `refreshed`; empty for machines and after a refresh.
        expires_in: Seconds the access token is good for.
    """

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int

    @property
    def claims(self) -> Mapping[str, object]:
        """Claims of the access token. They are read, not verified: only who checks the signature may rely on them."""
        return claims_of(self.access_token)


def claims_of(token: str) -> Mapping[str, object]:
    """Claims of a JSON Web Token, not verified.

    Args:
        token: The token.

    Raises:
        ValueError, IndexError: If it is none.
    """
    payload = token.split(".")[1]
    claims: Mapping[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def password_token(
    endpoint: str, pool_id: str, client_id: str, username: str, password: str, *, client_secret: str | None = None
) -> Tokens:
    """Sign a user in with a password at the API (`USER_PASSWORD_AUTH`).

    Args:
        endpoint: Address of the local cloud.
        pool_id: The user pool, for example `us-east-1_AbCdEfGhI`.
        client_id: An app client that allows this flow.
        username: Name, or e-mail address where the pool signs in by it.
        password: The user's password.
        client_secret: The client's secret. Default: it has none.

    Raises:
        SignInError: If the pool refuses, or asks for more than a password.
    """
    parameters = {"USERNAME": username, "PASSWORD": password}
    if client_secret:
        parameters["SECRET_HASH"] = secret_hash(username, client_id, client_secret)
    try:
        answer = user_pools(endpoint, pool_id).initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH", ClientId=client_id, AuthParameters=parameters
        )
    except ClientError as error:
        raise SignInError(_service_message(error)) from error
    if "AuthenticationResult" not in answer:
        raise SignInError(f"signing in asks for more than a password: {answer.get('ChallengeName')}")
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result.get("IdToken", ""), result.get("RefreshToken", ""), result["ExpiresIn"])


def code_flow(
    endpoint: str,
    client_id: str,
    username: str,
    password: str,
    *,
    redirect_uri: str,
    scopes: Sequence[str] = _DEFAULT_SCOPES,
    client_secret: str | None = None,
) -> Tokens:
    """Sign a user in through the hosted page, as a browser would: authorization code with PKCE.

    Args:
        endpoint: Address of the local cloud.
        client_id: An app client that allows the flow.
        username: What the user types as name.
        password: What the user types as password.
        redirect_uri: One of the client's callback URLs; nothing is sent there.
        scopes: Scopes to ask for.
        client_secret: The client's secret. Default: it has none.

    Raises:
        SignInError: If the page or the token endpoint refuses.
    """
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    page = sign_in_page(
        endpoint, client_id, redirect_uri=redirect_uri, scopes=scopes, challenge=challenge(verifier), state=state
    )
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as browser:
        returned = _submit(browser, browser.get(page), {"username": username, "password": password})
    query = parse_qs(urlsplit(returned).query)
    if query.get("state") != [state]:
        raise SignInError("the hosted page answered with another state than it was given")
    if "code" not in query:
        raise SignInError(f"the hosted page gave no code: {' '.join(query.get('error', ['unknown error']))}")
    return exchange(
        endpoint,
        client_id,
        client_secret=client_secret,
        grant_type="authorization_code",
        code=query["code"][0],
        redirect_uri=redirect_uri,
        code_verifier=verifier,
    )


def client_credentials(endpoint: str, client_id: str, client_secret: str, *, scopes: Sequence[str] = ()) -> Tokens:
    """Get a machine its token.

    Args:
        endpoint: Address of the local cloud.
        client_id: An app client that allows client credentials.
        client_secret: Its secret.
        scopes: Scopes of resource servers to ask for. Default: all that the client may have.

    Raises:
        SignInError: If the token endpoint refuses.
    """
    scope = {"scope": " ".join(scopes)} if scopes else {}
    return exchange(endpoint, client_id, client_secret=client_secret, grant_type="client_credentials", **scope)


def refreshed(endpoint: str, client_id: str, refresh_token: str, *, client_secret: str | None = None) -> Tokens:
    """Get new tokens for a refresh token.

    Raises:
        SignInError: If the token endpoint refuses.
    """
    return exchange(
        endpoint, client_id, client_secret=client_secret, grant_type="refresh_token", refresh_token=refresh_token
    )


def exchange(endpoint: str, client_id: str, *, client_secret: str | None = None, **parameters: str) -> Tokens:
    """Call the token endpoint.

    Args:
        endpoint: Address of the local cloud.
        client_id: The app client.
        client_secret: Its secret, sent by HTTP Basic authentication. Default: the client is public.
        parameters: The grant's parameters.

    Raises:
        SignInError: With the endpoint's error.
    """
    public = {} if client_secret else {"client_id": client_id}
    answer = httpx.post(
        f"{endpoint}/oauth2/token",
        data={**public, **parameters},
        auth=(client_id, client_secret) if client_secret else None,
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    )
    if answer.is_error:
        raise SignInError(f"the token endpoint refused: {answer.text}")
    tokens = answer.json()
    return Tokens(
        tokens["access_token"], tokens.get("id_token", ""), tokens.get("refresh_token", ""), tokens["expires_in"]
    )


def sign_in_page(
    endpoint: str,
    client_id: str,
    *,
    redirect_uri: str,
    scopes: Sequence[str] = _DEFAULT_SCOPES,
    challenge: str = "",
    state: str = "",
) -> str:
    """Address of the hosted page for one app client; it can be opened in a browser.

    Args:
        endpoint: Address of the local cloud, which stands for the domain of every user pool.
        client_id: The app client.
        redirect_uri: Where the page sends the browser with the code.
        scopes: Scopes to ask for.
        challenge: PKCE challenge. Default: none.
        state: Comes back with the code. Default: none.
    """
    parameters = {
        "client_id": client_id,
        "response_type": "code",
        "scope": " ".join(scopes),
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256" if challenge else "",
    }
    return f"{endpoint}/oauth2/authorize?{urlencode({name: value for name, value in parameters.items() if value})}"


def challenge(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """What the API wants from a client with a secret."""
    digest = hmac.new(client_secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@lru_cache(maxsize=16)
def user_pools(endpoint: str, pool_id: str) -> "CognitoIdentityProviderClient":
    """A client of the user pools API for what users do themselves; it signs nothing."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={})
    region = pool_id.partition("_")[0]
    return boto3.client("cognito-idp", region_name=region, endpoint_url=endpoint, config=config)


class _Form(HTMLParser):
    """The first form of a page: where it goes, what it carries along, and the message above it."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.error = ""
        self._in_error = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = named.get("action", "")
        elif tag == "input":
            self.fields[named.get("name", "")] = named.get("value", "")
        self._in_error = named.get("class") == "error"

    def handle_data(self, data: str) -> None:
        if self._in_error:
            self.error += data.strip()


def _submit(browser: httpx.Client, page: httpx.Response, typed: Mapping[str, str]) -> str:
    """Fill the page's forms in until it sends the browser back, and return where to."""
    missing = dict(typed)
    while not page.is_redirect:
        form = _Form()
        form.feed(page.text)
        if page.is_error or form.error or not form.action:
            raise SignInError(f"the hosted page refused: {form.error or page.text}")
        filled = {name: missing.pop(name, value) for name, value in form.fields.items()}
        if filled == form.fields:
            asked = ", ".join(name for name, value in form.fields.items() if not value)
            raise SignInError(f"the hosted page asks for more: {asked}")
        page = browser.post(urljoin(str(page.url), form.action), data=filled)
    return page.headers["location"]


def _service_message(error: ClientError) -> str:
    details = error.response.get("Error", {})
    return f"{details.get('Code', 'Unknown')}: {details.get('Message', '')}"
