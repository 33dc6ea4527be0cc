"""Who a gateway is asked as: the user, by the token of the current request, or the agent, by its role."""

import asyncio
import re
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from typing_extensions import override

if TYPE_CHECKING:
    from boto3 import Session as BotoSession

SERVICE = "bedrock-agentcore"

_SESSION_HEADER = "mcp-session-id"
_GATEWAY_HOST = re.compile(r"[^.]+\.gateway\.bedrock-agentcore\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


class GatewayAuth(httpx2.Auth):
    """Authorizes each request by itself, so that a connection outlives the credentials it was opened with.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using-auth.html
    """

    def __init__(self) -> None:
        self._status: int | None = None

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

    @abstractmethod
    async def authorize(self, request: httpx2.Request) -> None:
        """Add what proves who asks.

        Args:
            request: The request, changed in place.
        """


class UserToken(GatewayAuth):
    """Asks as the user of one session, by the token of their newest request.

    One instance serves one session, which belongs to one actor: a token never serves anybody else.
    """

    def __init__(self) -> None:
        super().__init__()
        self._token: str | None = None

    def renew(self, token: str | None) -> None:
        """Use the token of a new request from now on; None: the request has none, and the gateway will refuse.

        Args:
            token: The verified token.
        """
        self._token = token
        self._status = None

    @override
    async def authorize(self, request: httpx2.Request) -> None:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"


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
            raise RuntimeError("the agent has no AWS credentials to sign with")
        # Only what no proxy on the way changes is signed.
        signed = {name: request.headers[name] for name in ("host", "content-type") if name in request.headers}
        unsigned = AWSRequest(request.method, str(request.url), headers=dict(signed), data=request.content)
        region = self._region or _region_of(request.url.host) or session.region_name
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, region).add_auth(unsigned)
        return {name: value for name, value in unsigned.headers.items() if name not in signed}


def _region_of(host: str) -> str | None:
    found = _GATEWAY_HOST.fullmatch(host)
    return found[1] if found else None
