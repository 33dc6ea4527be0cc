"""Who a gateway is asked as: the user, by the token of the current request, or the agent, by its credential or role."""

import asyncio
import re
import time
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from typing_extensions import override

from agents.shared.identity import Proof

if TYPE_CHECKING:
    from boto3 import Session as BotoSession
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

SERVICE = "bedrock-agentcore"

_SPARE_SECONDS = 60.0
"""How long before its end a token is no longer used."""
_OPAQUE_SECONDS = 300.0
"""How long a token is used that does not say when it ends."""
_SESSION_HEADER = "mcp-session-id"
_GATEWAY_HOST = re.compile(r"[^.]+\.gateway\.bedrock-agentcore\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


class NoCredentialsError(Exception):
    """The agent has nothing to show to a gateway."""


class GatewayAuth(httpx2.Auth):
    """Authorizes each request by itself, so that a connection outlives the credentials it was opened with.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using-auth.html
    """

    as_user = False
    """Whether the gateway is asked as the user."""

    def __init__(self) -> None:
        self._status: int | None = None
        self._proof = Proof()

    def renew(self, proof: Proof) -> None:
        """Use what a new request proves from now on.

        Args:
            proof: What the request of the session's actor brought along.
        """
        self._proof = proof
        self._status = None

    def take_status(self) -> int | None:
        """The HTTP status of a request that failed since the last call, if one did.

        The MCP client keeps it to itself. A 404 counts only where it says that the server has forgotten the session.
        """
        taken, self._status = self._status, None
        return taken

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if self.requires_request_body:
            await request.aread()
        await self.authorize(request)
        response = yield request
        found = response.status_code != HTTPStatus.NOT_FOUND or _SESSION_HEADER in request.headers
        if request.method == "POST" and response.is_error and found:
            self._status = response.status_code
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            self.on_refusal()

    def on_refusal(self) -> None:
        """Take note that what a request was sent with is not, or no longer, accepted."""

    @abstractmethod
    async def authorize(self, request: httpx2.Request) -> None:
        """Add what proves who asks.

        Args:
            request: The request, changed in place.
        """


class UserToken(GatewayAuth):
    """Asks as the user of one session, by the token of their newest request; without one, the gateway refuses.

    One instance serves one session, which belongs to one actor: a token never serves anybody else.
    """

    as_user = True

    @override
    async def authorize(self, request: httpx2.Request) -> None:
        if self._proof.user_token is not None:
            request.headers["Authorization"] = f"Bearer {self._proof.user_token}"


class MachineToken(GatewayAuth):
    """Asks as the agent, by tokens that AgentCore Identity gets for it with a client's credentials.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-authentication.html

    Args:
        client: AgentCore's data plane.
        credential: Name of the OAuth 2.0 credential.
        scopes: Scopes to ask for.
    """

    def __init__(self, client: Callable[[], "BedrockAgentCoreClient"], credential: str, scopes: Sequence[str]) -> None:
        super().__init__()
        self._client = client
        self._credential = credential
        self._scopes = scopes
        self._token = ""
        self._usable_until = 0.0
        self._fetching = asyncio.Lock()

    @override
    async def authorize(self, request: httpx2.Request) -> None:
        async with self._fetching:
            if time.time() >= self._usable_until:
                self._token = await asyncio.to_thread(self._fetch)
                self._usable_until = _expiry(self._token) - _SPARE_SECONDS
        request.headers["Authorization"] = f"Bearer {self._token}"

    @override
    def on_refusal(self) -> None:
        self._usable_until = 0.0

    def _fetch(self) -> str:
        if self._proof.workload_token is None:
            raise NoCredentialsError("Runtime gave the agent no workload access token")
        answer = self._client().get_resource_oauth2_token(
            workloadIdentityToken=self._proof.workload_token,
            resourceCredentialProviderName=self._credential,
            scopes=list(self._scopes),
            oauth2Flow="M2M",
        )
        return answer["accessToken"]


class RoleSignature(GatewayAuth):
    """Asks as the agent: every request is signed (Signature Version 4) with its role's credentials of that moment.

    Args:
        session: Gives the credentials, and gets new ones before they expire.
        region: Region to sign for. Default: the one in the gateway's host name, else the session's.
    """

    requires_request_body = True

    def __init__(self, session: Callable[[], "BotoSession"], region: str | None = None) -> None:
        super().__init__()
        self._session = session
        self._region = region

    @override
    async def authorize(self, request: httpx2.Request) -> None:
        # New credentials come over the network, by blocking calls.
        request.headers.update(await asyncio.to_thread(self._signature, request))

    def _signature(self, request: httpx2.Request) -> dict[str, str]:
        session = self._session()
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError("the agent has no AWS credentials to sign with")
        # Only what no proxy on the way changes is signed.
        signed = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        unsigned = AWSRequest(request.method, str(request.url), headers=dict(signed), data=request.content)
        region = self._region or _region_of(request.url.host) or session.region_name
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, region).add_auth(unsigned)
        return {name: value for name, value in unsigned.headers.items() if name not in signed}


def _region_of(host: str) -> str | None:
    found = _GATEWAY_HOST.fullmatch(host)
    return found[1] if found else None


def _expiry(token: str) -> float:
    import jwt

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        # A token that only its issuer can read.
        claims = {}
    expiry = claims.get("exp")
    return float(expiry) if isinstance(expiry, int | float) else time.time() + _OPAQUE_SECONDS
