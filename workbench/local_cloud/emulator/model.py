"""Amazon Bedrock's Converse API in front of an OpenAI-style chat endpoint, streamed as the endpoint streams.

An endpoint that fails is an error of the call, never an invented answer.
"""

import copy
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import MappingProxyType

import httpx
from ministack.services import bedrock_runtime

from workbench.local_cloud.emulator import converse_stream
from workbench.local_cloud.emulator.guardrails import (
    STAND_IN,
    GuardedConversation,
    GuardrailName,
    Guardrails,
    unmarked,
)
from workbench.local_cloud.emulator.model_actions import ModelCall
from workbench.local_cloud.emulator.signed_request import Refusal, Send, SignedRequest, respond

_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=200)
_UNSUPPORTED_BLOCKS = frozenset({"image", "document", "video", "audio"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_SETTINGS = {"maxTokens": "max_tokens", "temperature": "temperature", "topP": "top_p", "stopSequences": "stop"}


class ModelError(Exception):
    """The model endpoint failed, or said something that is no chat completion."""


class Model:
    """The one model behind every model id.

    Args:
        url: Base address of the OpenAI-style endpoint, with or without `/v1`.
        guardrails: Judge what calls with a guardrail say and are told.
    """

    def __init__(self, url: str, guardrails: Guardrails) -> None:
        self._url = url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)
        self._guardrails = guardrails

    def install(self) -> None:
        """Take the emulator's invented answers away from the calls that are left to it (InvokeModel)."""

        def no_invention(*_: object) -> str:
            raise ModelError(f"the model endpoint {self._url} failed")

        bedrock_runtime._mock_reply = no_invention

    async def answer(
        self, call: ModelCall, request: SignedRequest, send: Send, *, guardrail: GuardrailName | None = None
    ) -> None:
        """Answer one authorized model call, under the guardrail it names."""
        try:
            refusal = await self._answer(call, request, send, guardrail)
        except ModelError as error:
            refusal = Refusal(424, "ModelErrorException", str(error))
        if refusal:
            await refusal.send(send)

    async def _answer(
        self, call: ModelCall, request: SignedRequest, send: Send, guardrail: GuardrailName | None
    ) -> Refusal | None:
        if call.call.startswith("invoke"):
            return await self._leave_to_emulator(request, send, guardrail)
        body = _parsed(request.body)
        if isinstance(body, Refusal):
            return body
        if guardrail is not None:
            conversation = GuardedConversation(self._guardrails, request, guardrail, body)
            return await self._guarded(call, conversation, send)
        if call.streamed:
            await self._stream(call.model, unmarked(body), send)
            return None
        await _send_whole(await self._converse(call.model, unmarked(body)), send)
        return None

    async def _guarded(self, call: ModelCall, conversation: GuardedConversation, send: Send) -> Refusal | None:
        judged = await conversation.before()
        if isinstance(judged, Refusal):
            return judged
        if judged is not None and judged.blocked:
            answer: dict[str, object] | Refusal = conversation.refused(judged)
        else:
            answer = await conversation.after(
                await self._converse(call.model, unmarked(copy.deepcopy(conversation.body)))
            )
        if isinstance(answer, Refusal):
            return answer
        if call.streamed:
            await _send_events(_each(converse_stream.whole(answer)), send, STAND_IN)
        else:
            await _send_whole(answer, send, STAND_IN)
        return None

    async def _converse(self, model: str, body: Mapping[str, object]) -> dict[str, object]:
        started = int(time.time() * 1000)
        try:
            response = await self._client.post(self._url, json=_chat(model, body, stream=False))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        completion = self._completion(response)
        blocks, stop_reason = bedrock_runtime._converse_blocks_from_message(completion["message"])
        answer: dict[str, object] = bedrock_runtime._build_converse_response(
            model,
            body.get("messages"),
            body.get("system"),
            started,
            "".join(block.get("text", "") for block in blocks),
            **converse_stream.token_counts(completion.get("usage")),
            content_blocks=blocks,
            stop_reason=converse_stream.stop_reason(completion.get("finish_reason"), stop_reason == "tool_use"),
        )
        return answer

    def _completion(self, response: httpx.Response) -> dict[str, object]:
        if response.is_error:
            raise self._failed(response.status_code, response.text)
        try:
            answer = response.json()
            choice = answer["choices"][0]
            return {
                "message": dict(choice["message"]),
                "finish_reason": choice.get("finish_reason"),
                "usage": answer.get("usage"),
            }
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelError(f"the model endpoint {self._url} answered no chat completion: {error!r}") from error

    async def _stream(self, model: str, body: Mapping[str, object], send: Send) -> None:
        chat = _chat(model, body, stream=True)
        try:
            async with self._client.stream("POST", self._url, json=chat) as response:
                if response.is_error:
                    raise self._failed(response.status_code, (await response.aread()).decode(errors="replace"))
                await _send_events(converse_stream.events(response.aiter_lines()), send)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def _leave_to_emulator(
        self, request: SignedRequest, send: Send, guardrail: GuardrailName | None
    ) -> Refusal | None:
        if guardrail is not None:
            # The texts are anywhere in a body whose form is each model's own.
            message = (
                "The local cloud's guardrails judge Converse and ConverseStream, not InvokeModel: use one of these."
            )
            return Refusal(400, "ValidationException", message)
        path = httpx.URL(f"http://emulator{request.raw_path}").path
        status, headers, answer = await bedrock_runtime.handle_request(
            request.method, path, dict(request.named_headers), request.body, dict(request.query)
        )
        await respond(send, status, headers, answer)
        return None

    def _unreachable(self, error: httpx.HTTPError) -> ModelError:
        return ModelError(f"the model endpoint {self._url} did not answer: {error!r}")

    def _failed(self, status: int, answer: str) -> ModelError:
        return ModelError(f"the model endpoint {self._url} answered {status}: {answer[:500]}")


async def _send_whole(answer: Mapping[str, object], send: Send, more: Mapping[str, str] = _NO_HEADERS) -> None:
    await respond(send, 200, {"content-type": "application/json", **more}, json.dumps(answer).encode())


async def _each(events: Iterable[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event


async def _send_events(events: AsyncIterator[bytes], send: Send, more: Mapping[str, str] = _NO_HEADERS) -> None:
    headers = [
        (b"content-type", b"application/vnd.amazon.eventstream"),
        (b"x-amzn-bedrock-content-type", b"application/json"),
        *((name.encode(), value.encode()) for name, value in more.items()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    try:
        async for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    except (httpx.HTTPError, ValueError) as error:
        failure = converse_stream.failure(f"the model endpoint broke off its answer: {error!r}")
        await send({"type": "http.response.body", "body": failure, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _parsed(body: bytes) -> dict[str, object] | Refusal:
    try:
        parsed = json.loads(body)
    except ValueError:
        return Refusal(400, "ValidationException", "The request body is no JSON.")
    problem = bedrock_runtime._validate_converse_request(parsed)
    if problem:
        return Refusal(400, "ValidationException", str(json.loads(problem[2])["message"]))
    kinds = {kind for block in _blocks(parsed.get("messages")) for kind in block}
    if refused := sorted(kinds & _UNSUPPORTED_BLOCKS):
        message = f"The local cloud's model takes text and tools only, got {', '.join(refused)}."
        return Refusal(400, "ValidationException", message)
    return dict(parsed)


def _blocks(messages: object) -> list[Mapping[str, object]]:
    listed = messages if isinstance(messages, Sequence) else []
    return [block for message in listed for block in message["content"] if isinstance(block, Mapping)]


def _chat(model: str, body: Mapping[str, object], *, stream: bool) -> dict[str, object]:
    chat: dict[str, object] = {
        "model": model,
        "messages": bedrock_runtime._openai_messages(body.get("messages"), body.get("system")),
        "stream": stream,
    }
    if stream:
        chat["stream_options"] = {"include_usage": True}
    tools, choice = bedrock_runtime._openai_tools(body.get("toolConfig"))
    if tools:
        chat["tools"] = tools
    if tools and choice is not None:
        chat["tool_choice"] = choice
    settings = body.get("inferenceConfig")
    if isinstance(settings, Mapping):
        chat.update({theirs: settings[ours] for ours, theirs in _SETTINGS.items() if ours in settings})
    return chat
