"""Amazon Bedrock's Converse API in front of an OpenAI-style chat endpoint, streamed as the endpoint streams.

An endpoint that fails is an error of the call, never an invented answer.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
from ministack.services import bedrock_runtime

from workbench.local_cloud.emulator import converse_stream
from workbench.local_cloud.emulator.model_actions import ModelCall
from workbench.local_cloud.emulator.signed_request import Refusal, Send, SignedRequest, respond

_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=200)
_UNSUPPORTED_BLOCKS = frozenset({"image", "document", "video", "audio"})
_SETTINGS = {"maxTokens": "max_tokens", "temperature": "temperature", "topP": "top_p", "stopSequences": "stop"}


class ModelError(Exception):
    """The model endpoint failed, or said something that is no chat completion."""


class Model:
    """The one model behind every model id.

    Args:
        url: Base address of the OpenAI-style endpoint, with or without `/v1`.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)

    def install(self) -> None:
        """Take the emulator's invented answers away from the calls that are left to it (InvokeModel, guardrails)."""

        def no_invention(*_: object) -> str:
            raise ModelError(f"the model endpoint {self._url} failed")

        bedrock_runtime._mock_reply = no_invention

    async def answer(self, call: ModelCall, request: SignedRequest, send: Send) -> None:
        """Answer one authorized model call."""
        try:
            if call.call.startswith("invoke") or b"guardrailConfig" in request.body:
                await self._leave_to_emulator(request, send)
                return
            body = _parsed(request.body)
            if isinstance(body, Refusal):
                await body.send(send)
            elif call.streamed:
                await self._stream(call.model, body, send)
            else:
                await self._converse(call.model, body, send)
        except ModelError as error:
            await Refusal(424, "ModelErrorException", str(error)).send(send)

    async def _converse(self, model: str, body: Mapping[str, object], send: Send) -> None:
        started = int(time.time() * 1000)
        try:
            response = await self._client.post(self._url, json=_chat(model, body, stream=False))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        completion = self._completion(response)
        blocks, stop_reason = bedrock_runtime._converse_blocks_from_message(completion["message"])
        answer = bedrock_runtime._build_converse_response(
            model,
            body.get("messages"),
            body.get("system"),
            started,
            "".join(block.get("text", "") for block in blocks),
            **converse_stream.token_counts(completion.get("usage")),
            content_blocks=blocks,
            stop_reason=converse_stream.stop_reason(completion.get("finish_reason"), stop_reason == "tool_use"),
        )
        await respond(send, 200, {"content-type": "application/json"}, json.dumps(answer).encode())

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

    async def _leave_to_emulator(self, request: SignedRequest, send: Send) -> None:
        path = httpx.URL(f"http://emulator{request.raw_path}").path
        status, headers, answer = await bedrock_runtime.handle_request(
            request.method, path, dict(request.named_headers), request.body, dict(request.query)
        )
        await respond(send, status, headers, answer)

    def _unreachable(self, error: httpx.HTTPError) -> ModelError:
        return ModelError(f"the model endpoint {self._url} did not answer: {error!r}")

    def _failed(self, status: int, answer: str) -> ModelError:
        return ModelError(f"the model endpoint {self._url} answered {status}: {answer[:500]}")


async def _send_events(events: AsyncIterator[bytes], send: Send) -> None:
    headers = [
        (b"content-type", b"application/vnd.amazon.eventstream"),
        (b"x-amzn-bedrock-content-type", b"application/json"),
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
