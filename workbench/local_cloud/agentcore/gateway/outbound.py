"""How a target is authorized to: the role's signature, a key or token of the vault, or the caller's own token."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, cast

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from workbench.local_cloud.agentcore.gateway.definitions import GATEWAY_IAM_ROLE, OutboundCredential
from workbench.local_cloud.agentcore.gateway.role import GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, ToolCall

_OF_THE_USER = {"AUTHORIZATION_CODE": "USER_FEDERATION", "TOKEN_EXCHANGE": "ON_BEHALF_OF_TOKEN_EXCHANGE"}


class ConsentRequiredError(Exception):
    """The user has to let the gateway act for them first, at an address."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the user has to authorize the gateway at {url}")
        self.url = url


@dataclass
class Outgoing:
    """A request to a target, before it is authorized."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Authorize = Callable[[Outgoing], Outgoing]
"""Gives a request what proves that the gateway may send it."""


class Outbound:
    """Authorizes the requests to one target.

    Args:
        credential: What the target's configuration says.
        workload: Name of the gateway's workload identity.
        role: The gateway's role.
        service: Service name that requests are signed for, where the configuration names none. Default: they are not
            signed then.
    """

    def __init__(self, credential: OutboundCredential, workload: str, role: GatewayRole, *, service: str = "") -> None:
        self._credential = credential
        self._workload = workload
        self._role = role
        self._service = credential.service or service

    async def authorizer(self, call: ToolCall | None = None) -> Authorize:
        """What authorizes the requests of one call: the credential is fetched once, and put to each of them.

        Args:
            call: The call. Default: the target's tools are being read.

        Raises:
            TargetError: If the credential cannot be had.
            ConsentRequiredError: If the user's consent is missing.
        """
        match self._credential.kind:
            case "API_KEY":
                return partial(self._with_key, key=await asyncio.to_thread(self._api_key))
            case "OAUTH":
                return partial(_with_token, token=await asyncio.to_thread(self._token, call))
            case "JWT_PASSTHROUGH":
                if call is None or not call.token:
                    raise TargetError("OutboundAuthException", "the caller's token is wanted, and there is none")
                return partial(_with_token, token=call.token)
            case kind if kind == GATEWAY_IAM_ROLE:
                return self._signed if self._service else _unchanged
            case kind:
                raise TargetError("OutboundAuthException", f"the local cloud does not simulate {kind}")

    def _signed(self, request: Outgoing) -> Outgoing:
        region = self._credential.region
        headers = self._role.signed_headers(
            request.method, request.url, request.headers, request.body, service=self._service, region=region
        )
        return Outgoing(request.method, request.url, headers, request.body)

    def _with_key(self, request: Outgoing, key: str) -> Outgoing:
        prefix = self._credential.prefix.strip()
        if self._credential.location == "QUERY_PARAMETER":
            url = str(httpx.URL(request.url).copy_set_param(self._credential.parameter, prefix + key))
            return Outgoing(request.method, url, request.headers, request.body)
        return _with_header(request, self._credential.parameter, f"{prefix} {key}".strip())

    def _api_key(self) -> str:
        try:
            identity = self._role.identity()
            workload = identity.get_workload_access_token(workloadName=self._workload)
            answer = identity.get_resource_api_key(
                workloadIdentityToken=workload["workloadAccessToken"],
                resourceCredentialProviderName=self._credential.provider,
            )
            return answer["apiKey"]
        except (BotoCoreError, ClientError) as error:
            raise TargetError("OutboundAuthException", f"no API key of {self._credential.provider}: {error}") from error

    def _token(self, call: ToolCall | None) -> str:
        flow = _OF_THE_USER.get(self._credential.grant_type, "M2M")
        custom = dict(self._credential.custom_parameters or {})
        more: dict[str, object] = {"customParameters": custom} if custom else {}
        if flow == "USER_FEDERATION" and self._credential.return_url:
            more["resourceOauth2ReturnUrl"] = self._credential.return_url
        try:
            answer = self._role.identity().get_resource_oauth2_token(
                workloadIdentityToken=self._workload_token(call, of_user=flow != "M2M"),
                resourceCredentialProviderName=self._credential.provider,
                scopes=list(self._credential.scopes),
                oauth2Flow=cast("Literal['M2M', 'USER_FEDERATION']", flow),
                **more,  # type: ignore[arg-type]
            )
        except (BotoCoreError, ClientError) as error:
            raise TargetError("OutboundAuthException", f"no token of {self._credential.provider}: {error}") from error
        if answer.get("accessToken"):
            return answer["accessToken"]
        raise ConsentRequiredError(str(answer.get("authorizationUrl", "")))

    def _workload_token(self, call: ToolCall | None, *, of_user: bool) -> str:
        identity = self._role.identity()
        if not of_user:
            return identity.get_workload_access_token(workloadName=self._workload)["workloadAccessToken"]
        if call is None or not call.token:
            raise TargetError("OutboundAuthException", "a user's authorization is wanted, and the caller has no token")
        answer = identity.get_workload_access_token_for_jwt(workloadName=self._workload, userToken=call.token)
        return answer["workloadAccessToken"]


def _unchanged(request: Outgoing) -> Outgoing:
    return request


def _with_token(request: Outgoing, token: str) -> Outgoing:
    return _with_header(request, "Authorization", f"Bearer {token}")


def _with_header(request: Outgoing, name: str, value: str) -> Outgoing:
    return Outgoing(request.method, request.url, {**request.headers, name: value}, request.body)
