"""The operations of AgentCore Runtime's data plane: InvokeAgentRuntime and StopRuntimeSession.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import cast

import httpx

from workbench.local_cloud.agentcore.identity.plane import IdentityDataPlane
from workbench.local_cloud.agentcore.inbound import VerifiedToken
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.authorization import RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.definition import (
    DEFAULT_ENDPOINT,
    RuntimeDefinition,
    resolve,
    runtime_scope,
)
from workbench.local_cloud.agentcore.runtimes.measures import InvocationMeasure
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, ServiceError, invalid
from workbench.local_cloud.faults import PROCESS_KILLED

OPERATIONS = frozenset({"InvokeAgentRuntime", "StopRuntimeSession"})
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
WORKLOAD_TOKEN_HEADER = "WorkloadAccessToken"  # noqa: S105
"""Hands the agent its workload access token, for the user whom it acts for."""

CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-"
HEADER_LIMIT_BYTES = 4096

_REQUEST_ID = "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id"
# What the service always hands to the agent, besides the allowlist: header ↔ parameter of the operation.
_ALWAYS = {
    "Content-Type": "contentType",
    "Accept": "accept",
    USER_HEADER: "runtimeUserId",
    "Mcp-Protocol-Version": "mcpProtocolVersion",
    "X-Amzn-Trace-Id": "traceId",
    "traceparent": "traceParent",
    "tracestate": "traceState",
    "baggage": "baggage",
}
_MCP_SESSION = "Mcp-Session-Id"
_RETURNED = (_MCP_SESSION, "X-Amzn-Trace-Id", "traceparent", "tracestate", "baggage")


@dataclass(frozen=True)
class Answer:
    """An agent's answer, or the part of one that fits into the service's.

    Args:
        status: The agent's HTTP status.
        headers: Headers of the response.
        chunks: The body, piece by piece as the agent produces it.
        close: Lets go of the agent's connection; called once, whether or not the body was read to its end.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class RuntimeDataPlane:
    """Invokes runtimes.

    Args:
        control: The control plane.
        sessions: The agents' processes.
        authorization: Decides whether a caller proved who it is.
        identity: Makes agents' workload access tokens. Default: agents get none.
        observing: Takes metrics and knows faults. Default: neither is there.
    """

    def __init__(
        self,
        control: Operations,
        sessions: Sessions,
        authorization: RuntimeAuthorization,
        identity: IdentityDataPlane | None = None,
        observing: Observing | None = None,
    ) -> None:
        self._observing = observing or Observing()
        self._control = control
        self._identity = identity
        self._sessions = sessions
        self._authorization = authorization

    async def invoke(self, params: Mapping[str, JsonValue], headers: Mapping[str, str], caller: Caller) -> Answer:
        """Run InvokeAgentRuntime.

        Args:
            params: The operation's parameters.
            headers: Every header of the request, by lower-case name.
            caller: Who invokes.

        Raises:
            ServiceError: As the service would answer; `RuntimeClientError` if the agent does not start or breaks off.
        """
        runtime = await asyncio.to_thread(self._resolve, params, caller)
        measure = InvocationMeasure(runtime, self._observing.emit)
        with measure.failures():
            return await self._invoke(runtime, params, headers, measure)

    async def _invoke(
        self,
        runtime: RuntimeDefinition,
        params: Mapping[str, JsonValue],
        headers: Mapping[str, str],
        measure: InvocationMeasure,
    ) -> Answer:
        with measure.refusals():
            token = await asyncio.to_thread(self._check, runtime, params, headers)
        fault = self._observing.faults.met("runtime", "InvokeAgentRuntime")
        if fault is not None and fault.code != PROCESS_KILLED:
            raise ServiceError(fault.code, fault.message, fault.status)
        session_id = _session_id(runtime, params)
        sent = _agent_headers(runtime, params, headers) | {SESSION_HEADER: session_id, _REQUEST_ID: str(uuid.uuid4())}
        if runtime.contract.is_mcp:
            sent[_MCP_SESSION] = session_id
        sent |= self._workload_token(runtime, params, token)
        stack = AsyncExitStack()
        try:
            process = await self._sessions.process(runtime, session_id)
            if process.first_use():
                measure.session_began()
            if fault is not None:
                # Before the event loop can hear of an answer.
                asyncio.get_running_loop().call_soon(process.kill)
            response = await stack.enter_async_context(process.invoke(cast("bytes", params["payload"]), sent))
        except BaseException:
            await stack.aclose()
            raise
        answered = _answer_headers(response, session_id)
        if runtime.contract.is_mcp:
            answered[_MCP_SESSION] = session_id
        close = measure.closing(response.status_code, stack.aclose)
        return Answer(response.status_code, answered, measure.passing(response.aiter_raw()), close)

    async def stop(
        self, params: Mapping[str, JsonValue], headers: Mapping[str, str], caller: Caller
    ) -> dict[str, JsonValue]:
        """Run StopRuntimeSession.

        Args:
            params: The operation's parameters.
            headers: Every header of the request, by lower-case name.
            caller: Who stops.

        Raises:
            ServiceError: `ResourceNotFoundException`, if the runtime or the session does not exist; otherwise as
                `invoke` for a caller that did not prove who it is.
        """
        runtime = await asyncio.to_thread(self._resolve, params, caller)
        await asyncio.to_thread(self._check, runtime, params, headers)
        session_id = str(params["runtimeSessionId"])
        if not await self._sessions.stop(runtime.arn, session_id):
            raise ServiceError("ResourceNotFoundException", f"{runtime.arn} has no session {session_id}", 404)
        return {"runtimeSessionId": session_id, "statusCode": 200}

    def metadata(self, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, object]:
        """The OAuth metadata of a runtime, which anybody may read (RFC 9728).

        Args:
            params: `agentRuntimeArn` and `qualifier`.
            caller: Whose account and region is meant.

        Raises:
            ServiceError: If the runtime does not exist or takes no tokens.
        """
        runtime = self._resolve(params, caller)
        return self._authorization.metadata(runtime, qualifier=str(params.get("qualifier") or DEFAULT_ENDPOINT))

    def _check(
        self, runtime: RuntimeDefinition, params: Mapping[str, JsonValue], headers: Mapping[str, str]
    ) -> VerifiedToken | None:
        qualifier = str(params.get("qualifier") or DEFAULT_ENDPOINT)
        return self._authorization.check(runtime, headers, qualifier=qualifier)

    def _workload_token(
        self, runtime: RuntimeDefinition, params: Mapping[str, JsonValue], token: VerifiedToken | None
    ) -> dict[str, str]:
        made = None
        if self._identity is not None:
            user_id = str(params.get("runtimeUserId") or "")
            made = self._identity.token_of_runtime(runtime.workload_identity_arn, verified=token, user_id=user_id)
        return {WORKLOAD_TOKEN_HEADER: made} if made else {}

    def _resolve(self, params: Mapping[str, JsonValue], caller: Caller) -> RuntimeDefinition:
        account = cast("str | None", params.get("accountId"))
        qualifier = cast("str | None", params.get("qualifier"))
        identifier = str(params["agentRuntimeArn"])
        runtime_scope(identifier, account, caller)
        return resolve(self._control, identifier, qualifier=qualifier, account_id=account, caller=caller)


def _session_id(runtime: RuntimeDefinition, params: Mapping[str, JsonValue]) -> str:
    """The session an invocation belongs to. MCP clients know no other name for it than their own session header."""
    # It comes first: SDKs make up a session id of the runtime for each call that names none.
    named = (runtime.contract.is_mcp and params.get("mcpSessionId")) or params.get("runtimeSessionId")
    return str(named or f"{uuid.uuid4()}-{uuid.uuid4().hex[:8]}")


def _agent_headers(
    runtime: RuntimeDefinition, params: Mapping[str, JsonValue], headers: Mapping[str, str]
) -> dict[str, str]:
    sent = {name: str(params[member]) for name, member in _ALWAYS.items() if params.get(member)}
    sent.setdefault("Content-Type", "application/json")
    # The answer is passed on byte for byte, and the caller decides what it can decode.
    sent["Accept-Encoding"] = "identity"
    allowed = runtime.header_allowlist
    if runtime.authorizer is None:
        # A signature is none of the agent's business; only a verified token is handed on.
        allowed -= {"authorization"}
    else:
        # Who the user is says the token. A user id beside it would be the caller's own choice.
        sent.pop(USER_HEADER, None)
    for name in allowed & headers.keys():
        if len(headers[name].encode()) > HEADER_LIMIT_BYTES:
            raise invalid(f"header {name} has more than {HEADER_LIMIT_BYTES} bytes")
        sent[name] = headers[name]
    return sent


def _answer_headers(response: httpx.Response, session_id: str) -> dict[str, str]:
    returned = {name: response.headers[name] for name in _RETURNED if name in response.headers}
    content_type = response.headers.get("content-type", "application/octet-stream")
    return {**returned, "Content-Type": content_type, SESSION_HEADER: session_id}
