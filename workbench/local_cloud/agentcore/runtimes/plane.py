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

from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition, not_simulated, resolve, runtime_scope
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, ServiceError, invalid

OPERATIONS = frozenset({"InvokeAgentRuntime", "StopRuntimeSession"})
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-"
HEADER_LIMIT_BYTES = 4096

_REQUEST_ID = "X-Amzn-Bedrock-AgentCore-Runtime-Request-Id"
# What the service always hands to the agent, besides the allowlist: header ↔ parameter of the operation.
_ALWAYS = {
    "Content-Type": "contentType",
    "Accept": "accept",
    USER_HEADER: "runtimeUserId",
    "X-Amzn-Trace-Id": "traceId",
    "traceparent": "traceParent",
    "tracestate": "traceState",
    "baggage": "baggage",
}
_RETURNED = ("Mcp-Session-Id", "X-Amzn-Trace-Id", "traceparent", "tracestate", "baggage")


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
    """

    def __init__(self, control: Operations, sessions: Sessions) -> None:
        self._control = control
        self._sessions = sessions

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
        _check_authorization(runtime, headers)
        session_id = str(params.get("runtimeSessionId") or f"{uuid.uuid4()}-{uuid.uuid4().hex[:8]}")
        sent = _agent_headers(runtime, params, headers) | {SESSION_HEADER: session_id, _REQUEST_ID: str(uuid.uuid4())}
        stack = AsyncExitStack()
        try:
            process = await self._sessions.process(runtime, session_id)
            response = await stack.enter_async_context(process.invoke(cast("bytes", params["payload"]), sent))
        except BaseException:
            await stack.aclose()
            raise
        return Answer(response.status_code, _answer_headers(response, session_id), response.aiter_raw(), stack.aclose)

    async def stop(self, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, JsonValue]:
        """Run StopRuntimeSession.

        Raises:
            ServiceError: `ResourceNotFoundException`, if the runtime or the session does not exist.
        """
        runtime = await asyncio.to_thread(self._resolve, params, caller)
        session_id = str(params["runtimeSessionId"])
        if not await self._sessions.stop(runtime.arn, session_id):
            raise ServiceError("ResourceNotFoundException", f"{runtime.arn} has no session {session_id}", 404)
        return {"runtimeSessionId": session_id, "statusCode": 200}

    def _resolve(self, params: Mapping[str, JsonValue], caller: Caller) -> RuntimeDefinition:
        account = cast("str | None", params.get("accountId"))
        qualifier = cast("str | None", params.get("qualifier"))
        identifier = str(params["agentRuntimeArn"])
        runtime_scope(identifier, account, caller)
        return resolve(self._control, identifier, qualifier=qualifier, account_id=account, caller=caller)


def _check_authorization(runtime: RuntimeDefinition, headers: Mapping[str, str]) -> None:
    bearer = headers.get("authorization", "").lower().startswith("bearer ")
    if runtime.jwt and bearer:
        # Letting an unchecked token through would hand the agent a caller-chosen identity.
        raise not_simulated(f"the validation of bearer tokens yet, so it refuses every call to {runtime.arn}")
    if runtime.jwt or bearer:
        raise ServiceError(
            "AccessDeniedException",
            f"Authorization method mismatch: {runtime.arn} is configured for"
            f" {'bearer tokens (JWT)' if runtime.jwt else 'IAM (SigV4)'}, the request used the other method",
            403,
        )


def _agent_headers(
    runtime: RuntimeDefinition, params: Mapping[str, JsonValue], headers: Mapping[str, str]
) -> dict[str, str]:
    sent = {name: str(params[member]) for name, member in _ALWAYS.items() if params.get(member)}
    sent.setdefault("Content-Type", "application/json")
    # The answer is passed on byte for byte, and the caller decides what it can decode.
    sent["Accept-Encoding"] = "identity"
    for name in runtime.header_allowlist & headers.keys():
        if len(headers[name].encode()) > HEADER_LIMIT_BYTES:
            raise invalid(f"header {name} has more than {HEADER_LIMIT_BYTES} bytes")
        sent[name] = headers[name]
    return sent


def _answer_headers(response: httpx.Response, session_id: str) -> dict[str, str]:
    returned = {name: response.headers[name] for name in _RETURNED if name in response.headers}
    content_type = response.headers.get("content-type", "application/octet-stream")
    return {**returned, "Content-Type": content_type, SESSION_HEADER: session_id}
