"""Lambda functions between a gateway's callers and its targets.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-interceptors-types.html
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, Interceptor, mapping
from workbench.local_cloud.agentcore.gateway.role import GatewayRoles
from workbench.local_cloud.agentcore.gateway.sources.functions import invoke
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError

_VERSION = "1.0"
_PATH = "/mcp"


@dataclass(frozen=True)
class Intercepted:
    """A request on its way to a target.

    Args:
        raw: The body as it came.
        headers: Its headers, names in lower case.
        body: The parsed body.
    """

    raw: str
    headers: Mapping[str, str]
    body: Mapping[str, object]


@dataclass(frozen=True)
class HttpReply:
    """An answer on its way to the caller; no body answers a notification."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class Interceptors:
    """Runs the interceptors of gateways.

    Args:
        roles: The gateways' roles, under which the functions are called.
    """

    def __init__(self, roles: GatewayRoles) -> None:
        self._roles = roles

    async def on_request(self, gateway: GatewayDefinition, request: Intercepted) -> Intercepted | HttpReply:
        """The request as the interceptor wants it, or the answer it gives instead.

        Raises:
            TargetError: If the interceptor fails, or answers what is no interceptor's answer.
        """
        interceptor = gateway.interceptor("REQUEST")
        if interceptor is None:
            return request
        answer = await self._run(gateway, interceptor, _event(interceptor, request))
        if mapping(answer.get("transformedGatewayResponse")):
            return _reply(mapping(answer["transformedGatewayResponse"]), HttpReply(200, None))
        changed = mapping(answer.get("transformedGatewayRequest"))
        body = changed.get("body", request.body)
        if not isinstance(body, Mapping):
            raise TargetError("InterceptorException", "transformedGatewayRequest.body is no object")
        return Intercepted(request.raw, {**request.headers, **_headers(changed)}, body)

    async def on_response(self, gateway: GatewayDefinition, request: Intercepted, reply: HttpReply) -> HttpReply:
        """The answer as the interceptor wants it.

        Raises:
            TargetError: If the interceptor fails, or answers what is no interceptor's answer.
        """
        interceptor = gateway.interceptor("RESPONSE")
        if interceptor is None:
            return reply
        response: dict[str, object] = {"statusCode": reply.status, "body": reply.body}
        if interceptor.passes_headers:
            response["headers"] = dict(reply.headers)
        answer = await self._run(gateway, interceptor, {**_event(interceptor, request), "gatewayResponse": response})
        return _reply(mapping(answer.get("transformedGatewayResponse")), reply)

    async def _run(
        self, gateway: GatewayDefinition, interceptor: Interceptor, event: Mapping[str, object]
    ) -> Mapping[str, object]:
        role = self._roles.of(gateway)
        wrapped = {"interceptorInputVersion": _VERSION, "mcp": event}
        answer = mapping(await asyncio.to_thread(invoke, role, interceptor.function_arn, wrapped))
        if answer.get("interceptorOutputVersion") != _VERSION or not mapping(answer.get("mcp")):
            raise TargetError(
                "InterceptorException",
                f"{interceptor.function_arn} has to answer with interceptorOutputVersion {_VERSION!r} and mcp, and"
                f" answered {dict(answer)}",
            )
        return mapping(answer["mcp"])


def _event(interceptor: Interceptor, request: Intercepted) -> dict[str, object]:
    seen: dict[str, object] = {"path": _PATH, "httpMethod": "POST", "body": dict(request.body)}
    if interceptor.passes_headers:
        seen["headers"] = dict(request.headers)
    return {"rawGatewayRequest": {"body": request.raw}, "gatewayRequest": seen}


def _headers(changed: Mapping[str, object]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in mapping(changed.get("headers")).items()}


def _reply(changed: Mapping[str, object], before: HttpReply) -> HttpReply:
    status = changed.get("statusCode", before.status)
    if not isinstance(status, int):
        raise TargetError("InterceptorException", f"statusCode has to be a number, got {status!r}")
    return HttpReply(status, changed.get("body", before.body), {**before.headers, **_headers(changed)})
