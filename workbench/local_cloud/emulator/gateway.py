"""The emulator's front door: AgentCore, model calls and `/_local/` are served here, the rest by the emulator."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from urllib.parse import unquote

from workbench.local_cloud import faults
from workbench.local_cloud.emulator import agentcore_actions, deployed_resources, guardrails, model_actions, sessions
from workbench.local_cloud.emulator.agentcore_actions import Check, Route
from workbench.local_cloud.emulator.browser_streams import BrowserStreams
from workbench.local_cloud.emulator.decisions import Decisions
from workbench.local_cloud.emulator.model_front import ModelFront
from workbench.local_cloud.emulator.proxy import Proxy
from workbench.local_cloud.emulator.resources import Provider
from workbench.local_cloud.emulator.signed_request import (
    ClientGoneError,
    Receive,
    Refusal,
    Scope,
    Send,
    SignedRequest,
    raw_path_of,
    read,
    respond_json,
)
from workbench.local_cloud.emulator.vault import Vault

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
_SIGNED_FOR_AGENTCORE = re.compile(rb"Credential=[^,]+/bedrock-agentcore/aws4_request")
_BEARER_OPERATIONS = frozenset(
    {"InvokeAgentRuntime", "InvokeAgentRuntimeCommand", "StopRuntimeSession", "GetAgentCard"}
)
_GATEWAY_PATH = re.compile(r"/gateways/(?P<gateway>[^/]+)/.+")
_METADATA_SUFFIX = "/invocations/.well-known/oauth-protected-resource"
# Where OAuth 2.0 providers send users back to.
_CALLBACK = re.compile(r"/identities/oauth2/callback/[^/]+")
_RUNTIME_ARN = re.compile(r"/runtimes/arn:aws[a-z-]*:bedrock-agentcore:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):.+")


class Gateway:
    """An ASGI application in front of the emulator's own.

    Args:
        emulator: The emulator's application.
        decisions: Decides and records what a role's session may do.
        provider: Knows what the AgentCore server provisioned.
        agentcore: Leads to the AgentCore server.
        models: Answers what is asked of Amazon Bedrock.
    """

    def __init__(
        self,
        emulator: Application,
        *,
        decisions: Decisions,
        provider: Provider,
        agentcore: Proxy,
        models: ModelFront,
    ) -> None:
        self._emulator = emulator
        self._decisions = decisions
        self._provider = provider
        self._agentcore = agentcore
        self._vault = Vault(decisions, agentcore)
        self._streams = BrowserStreams(decisions, agentcore)
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's event stream (ASGI)."""
        if self._streams.match(scope):
            await self._streams.serve(scope, receive, send)
            return
        serve = self._service(scope) if scope["type"] == "http" else None
        if serve is None:
            await self._emulator(scope, receive, send)
            return
        try:
            request = await read(scope, receive)
        except ClientGoneError:
            return
        await serve(request, receive, send)

    def _service(self, scope: Scope) -> Callable[[SignedRequest, Receive, Send], Awaitable[None]] | None:
        path = raw_path_of(scope)
        if path.startswith("/_local/"):
            return self._local
        if model_actions.match(str(scope["method"]), path):
            return self._models.call
        if guardrails.match(str(scope["method"]), path):
            return self._models.apply_guardrail
        given = _headers(scope, b"authorization")
        if len(given) > 1:
            return self._refuse_ambiguous
        if _GATEWAY_PATH.fullmatch(path) and not agentcore_actions.match(str(scope["method"]), path):
            return self._call_gateway
        authorization = given[0] if given else b""
        if _SIGNED_FOR_AGENTCORE.search(authorization):
            return self._call_agentcore
        if _CALLBACK.fullmatch(path):
            return self._return_user
        if not authorization.startswith(b"AWS4") and _RUNTIME_ARN.fullmatch(unquote(path)):
            return self._call_with_token
        return None

    async def _refuse_ambiguous(self, _: SignedRequest, __: Receive, send: Send) -> None:
        # Whoever reads another one of them than was checked here would take the caller for somebody else.
        await Refusal(400, "ValidationException", "the request has more than one Authorization header").send(send)

    async def _local(self, request: SignedRequest, _: Receive, send: Send) -> None:
        if (request.method, request.raw_path) == ("GET", "/_local/resources"):
            await respond_json(send, 200, self._provider.provisioned())
        elif (request.method, request.raw_path) == ("GET", "/_local/monitoring"):
            await respond_json(send, 200, deployed_resources.deployed(deployed_resources.MONITORING))
        elif (request.method, request.raw_path) == ("GET", "/_local/containers"):
            await respond_json(send, 200, deployed_resources.deployed(deployed_resources.CONTAINERS))
        elif (request.method, request.raw_path) == ("PUT", faults.PATH):
            await self._models.switch_faults(request, send)
        elif (request.method, request.raw_path) == ("POST", "/_local/credentials"):
            await self._open_session(request, send)
        elif (request.method, request.raw_path) == ("POST", "/_local/authorize"):
            await self._authorize(request, send)
        else:
            await respond_json(send, 404, {"error": f"no such path: {request.method} {request.raw_path}"})

    async def _open_session(self, request: SignedRequest, send: Send) -> None:
        try:
            wanted = json.loads(request.body)
            role_arn, source_arn = str(wanted["roleArn"]), str(wanted["sourceArn"])
        except (ValueError, KeyError, TypeError):
            await respond_json(send, 400, {"error": "the body has to be a JSON object with roleArn and sourceArn"})
            return
        try:
            await respond_json(send, 200, sessions.assume(role_arn, source_arn))
        except sessions.RefusedError as refused:
            await respond_json(send, 403, {"error": str(refused)})

    async def _authorize(self, request: SignedRequest, send: Send) -> None:
        """Answer whether a role may do what a gateway does with no API: ask a policy engine, use its key."""
        try:
            asked = json.loads(request.body)
            context = dict(asked.get("context") or {})
            checks = [Check(str(one["action"]), str(one["resource"]), context) for one in asked["checks"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            checks = []
        if not checks:
            await respond_json(send, 400, {"error": "the body has to be a JSON object with checks: action, resource"})
            return
        refusal = request.authorize(self._decisions, "bedrock-agentcore", checks)
        if refusal:
            await refusal.send(send)
            return
        await respond_json(send, 200, {"allowed": True})

    async def _call_gateway(self, request: SignedRequest, receive: Receive, send: Send) -> None:
        # A bearer token is no IAM identity: the gateway's own authorizer judges it, in the AgentCore server.
        gateway = _GATEWAY_PATH.fullmatch(request.raw_path)
        if gateway is not None and request.access_key_id:
            # The server reads the path decoded.
            gateway_id = unquote(gateway["gateway"])
            arn = f"arn:aws:bedrock-agentcore:{request.region}:{request.account}:gateway/{gateway_id}"
            checks = [Check("bedrock-agentcore:InvokeGateway", arn)]
            refusal = request.authorize(self._decisions, "bedrock-agentcore", checks)
            if refusal:
                await refusal.send(send)
                return
        await self._forward(request, receive, send, request.account, request.region)

    async def _call_agentcore(self, request: SignedRequest, receive: Receive, send: Send) -> None:
        route = agentcore_actions.match(request.method, request.raw_path)
        if route is None:
            await _unknown(request).send(send)
            return
        refusal = request.authorize(self._decisions, "bedrock-agentcore", self._checks(request, route))
        if refusal:
            await refusal.send(send)
            return
        secret: Mapping[str, str] | Refusal = {}
        if route.operation in agentcore_actions.PROVIDER_OF_OPERATION:
            secret = await self._vault.open(request, route.operation)
        if isinstance(secret, Refusal):
            await secret.send(send)
            return
        await self._forward(request, receive, send, request.account, request.region, secret)

    async def _return_user(self, request: SignedRequest, receive: Receive, send: Send) -> None:
        await self._agentcore.forward(request, receive, send, identity={})

    async def _call_with_token(self, request: SignedRequest, receive: Receive, send: Send) -> None:
        # A bearer token is no IAM identity: the runtime's own authorizer judges it, in the AgentCore server, which also
        # answers who brings none. What claims to be signed never takes this way, for there it counts as checked.
        route = agentcore_actions.match(request.method, request.raw_path)
        runtime = _RUNTIME_ARN.fullmatch(unquote(request.raw_path))
        # Who gives out tokens for a runtime is for everybody to know (RFC 9728).
        metadata = request.method == "GET" and request.raw_path.endswith(_METADATA_SUFFIX)
        bearer = route is not None and route.operation in _BEARER_OPERATIONS
        if runtime is None or not (bearer or metadata):
            await _unknown(request).send(send)
            return
        await self._forward(request, receive, send, runtime["account"], runtime["region"])

    async def _forward(
        self,
        request: SignedRequest,
        receive: Receive,
        send: Send,
        account: str,
        region: str,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        identity = {
            "x-local-account": account,
            "x-local-region": region,
            "x-local-principal-arn": request.principal_arn,
            **more,
        }
        await self._agentcore.forward(request, receive, send, identity=identity)

    def _checks(self, request: SignedRequest, route: Route) -> list[Check]:
        return agentcore_actions.checks(
            route,
            account=request.account,
            region=request.region,
            headers=request.named_headers,
            query=request.query,
            body=request.body,
        )


def _headers(scope: Scope, wanted: bytes) -> list[bytes]:
    headers: list[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
    return [value for name, value in headers if name.lower() == wanted]


def _unknown(request: SignedRequest) -> Refusal:
    return Refusal(404, "UnknownOperationException", f"no AgentCore operation is {request.method} {request.raw_path}")
