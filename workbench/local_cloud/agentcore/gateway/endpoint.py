"""The HTTP side of gateways: the MCP endpoint (streamable HTTP, without sessions or streams) and its OAuth metadata.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from constructs_lib.gateway.cedar import Principal
from workbench.local_cloud.agentcore.gateway.definitions import (
    GatewayDefinition,
    Records,
    gateway_definition,
    mapping,
)
from workbench.local_cloud.agentcore.gateway.interceptors import HttpReply, Intercepted, Interceptors
from workbench.local_cloud.agentcore.gateway.jsonrpc import (
    INTERNAL_ERROR,
    UNAUTHORIZED,
    UNKNOWN_ID,
    UNSUPPORTED_VERSION,
    RpcError,
    checked,
    is_request,
    parse,
)
from workbench.local_cloud.agentcore.gateway.server import GENERIC_ERROR, Caller, McpServer, Request
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.service import Scope, ServiceError, not_found
from workbench.telemetry.services.agentcore import inbound_authorized, inbound_refused
from workbench.telemetry.services.gateway import GatewayRequest, gateway_called
from workbench.telemetry.services.outcome import Stopwatch

METADATA_PATH = "/.well-known/oauth-protected-resource"
_DISCOVERY_SUFFIX = "/.well-known/openid-configuration"
_LOG = logging.getLogger(__name__)


class GatewayEndpoint:
    """Serves the gateways' addresses.

    Args:
        records: The control plane's gateways.
        server: Answers MCP requests.
        interceptors: The interceptors.
        tokens: Verifies bearer tokens.
        observing: Takes metrics and knows faults. Default: neither is there.
    """

    def __init__(
        self,
        records: Records,
        server: McpServer,
        interceptors: Interceptors,
        tokens: TokenVerifier,
        observing: Observing | None = None,
    ) -> None:
        self._observing = observing or Observing()
        self._records = records
        self._server = server
        self._interceptors = interceptors
        self._tokens = tokens

    async def mcp(self, request: HttpRequest) -> Response:
        """Answer a request to a gateway's MCP endpoint."""
        stopwatch = Stopwatch()
        try:
            gateway = self.gateway(request)
        except ServiceError as error:
            return _refusal(error)
        answer = await self._mcp(gateway, request)
        asked = _asked(gateway, await request.body())
        self._observing.emit(gateway_called(asked, stopwatch.outcome(answer.status_code)))
        return answer

    async def _mcp(self, gateway: GatewayDefinition, request: HttpRequest) -> Response:
        try:
            if gateway.protocol != "MCP":
                raise not_found(f"Gateway {gateway.gateway_id} has no MCP endpoint: its protocolType is not MCP")
            if request.method != "POST":
                # There is neither a stream to open nor a session to end.
                return Response(status_code=405, headers={"allow": "POST"})
            caller = await self._caller(gateway, request.headers)
            self._observing.meet_fault("gateway", "InvokeGateway")
            reply = await self._answer(gateway, caller, request)
        except ServiceError as error:
            return _refusal(error)
        except RpcError as error:
            reply = HttpReply(error.status, error.answer(UNKNOWN_ID))
        if reply.body is None:
            return Response(status_code=reply.status, headers=dict(reply.headers))
        return JSONResponse(reply.body, status_code=reply.status, headers=dict(reply.headers))

    async def metadata(self, request: HttpRequest) -> Response:
        """Answer where tokens for a gateway come from (RFC 9728)."""
        try:
            gateway = self.gateway(request)
        except ServiceError as error:
            return _refusal(error)
        discovery = str(gateway.authorizer.get("discoveryUrl", ""))
        servers = [discovery.removesuffix(_DISCOVERY_SUFFIX)] if discovery else []
        return JSONResponse({"resource": gateway.url, "authorization_servers": servers})

    def gateway(self, request: HttpRequest) -> GatewayDefinition:
        """The gateway an address names.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none, or the signature is for another account's.
        """
        gateway = gateway_definition(self._records, request.path_params["gateway_id"])
        headers = request.headers
        signed = Scope(headers.get("x-local-account", ""), headers.get("x-local-region", ""))
        if headers.get("x-local-principal-arn") and signed != gateway.scope:
            raise not_found(f"Gateway {gateway.gateway_id} not found in {signed.account} {signed.region}")
        return gateway

    async def _caller(self, gateway: GatewayDefinition, headers: Mapping[str, str]) -> Caller:
        when = time.time()
        try:
            caller = await self.authenticate(gateway, headers)
        except ServiceError as error:
            self._observing.emit(inbound_refused(arn=gateway.arn, code=error.code, when=when))
            raise
        self._observing.emit(inbound_authorized(arn=gateway.arn, when=when))
        return caller

    async def authenticate(self, gateway: GatewayDefinition, headers: Mapping[str, str]) -> Caller:
        """Who calls, by the gateway's authorizer.

        Raises:
            ServiceError: 401 with `WWW-Authenticate`, or 403.
        """
        match gateway.authorizer_type:
            case "CUSTOM_JWT":
                verified = await asyncio.to_thread(
                    self._tokens.verify,
                    headers.get("authorization"),
                    gateway.authorizer,
                    resource_metadata=_base(gateway) + METADATA_PATH,
                )
                if not verified.subject:
                    raise ServiceError("AccessDeniedException", "The token has no claim sub to know the caller by", 403)
                return Caller(Principal.user(verified.subject, verified.claims), verified.raw)
            case "AWS_IAM":
                principal_arn = headers.get("x-local-principal-arn", "")
                if not principal_arn:
                    raise ServiceError("AccessDeniedException", "Missing Authentication Token: sign with SigV4", 403)
                return Caller(Principal.iam(principal_arn))
            case "NONE":
                return Caller(Principal.anonymous())
            case other:
                message = f"the local cloud does not simulate the authorizer type {other}"
                raise ServiceError("NotImplementedException", message, 501)

    async def _answer(self, gateway: GatewayDefinition, caller: Caller, request: HttpRequest) -> HttpReply:
        body = await request.body()
        _check_version(gateway, request.headers.get("mcp-protocol-version"))
        headers = {name.lower(): value for name, value in request.headers.items() if not name.startswith("x-local-")}
        arrived = Intercepted(body.decode(errors="replace"), headers, parse(body))
        message_id = arrived.body.get("id", UNKNOWN_ID)
        try:
            wanted = await self._interceptors.on_request(gateway, arrived)
            if isinstance(wanted, HttpReply):
                return await self._interceptors.on_response(gateway, arrived, wanted)
            reply = await self._dispatch(gateway, caller, wanted, dict(request.query_params))
            return await self._interceptors.on_response(gateway, wanted, reply)
        except (TargetError, ServiceError) as error:
            # The caller was let in: what the gateway's role may not do is no refusal of the caller.
            _LOG.warning("gateway %s failed: %s", gateway.gateway_id, error)
            text = str(error) if gateway.debug else GENERIC_ERROR
            return HttpReply(500, RpcError(INTERNAL_ERROR, text).answer(message_id))

    async def _dispatch(
        self, gateway: GatewayDefinition, caller: Caller, arrived: Intercepted, query: Mapping[str, str]
    ) -> HttpReply:
        message_id = arrived.body.get("id", UNKNOWN_ID)
        request = Request(gateway, caller, arrived.headers, query, str(uuid.uuid4()))
        try:
            message = checked(arrived.body)
            if not is_request(message):
                return HttpReply(202, None)
            reply = await self._server.answer(request, message)
        except RpcError as error:
            return HttpReply(error.status, error.answer(message_id))
        return HttpReply(200, reply.message, reply.headers)


def _asked(gateway: GatewayDefinition, body: bytes) -> GatewayRequest:
    try:
        message = parse(body)
    except RpcError:
        return GatewayRequest(gateway.arn)
    tool = mapping(message.get("params")).get("name", "")
    method = str(message.get("method", ""))
    return GatewayRequest(gateway.arn, method, str(tool) if method == "tools/call" else "")


def _check_version(gateway: GatewayDefinition, version: str | None) -> None:
    if version is not None and version not in gateway.versions:
        text = f"Unsupported MCP-Protocol-Version {version}; this gateway speaks {', '.join(gateway.versions)}"
        data = {"supported": list(gateway.versions), "requested": version}
        raise RpcError(UNSUPPORTED_VERSION, text, status=400, data=data)


def _base(gateway: GatewayDefinition) -> str:
    return gateway.url.removesuffix("/mcp")


def _refusal(error: ServiceError) -> Response:
    headers = {**error.headers, "x-amzn-errortype": error.code}
    if error.status in (401, 403):
        # The service answers these as JSON-RPC too, before it has read the message.
        return JSONResponse(RpcError(UNAUTHORIZED, error.message).answer(UNKNOWN_ID), error.status, headers)
    return JSONResponse({"message": error.message}, error.status, headers)
