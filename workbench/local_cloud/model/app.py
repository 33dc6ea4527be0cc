"""The OpenAI-style endpoint of the scripted model.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workbench.local_cloud.model.conversation import read
from workbench.local_cloud.model.rules import Reply, ToolCall, answer

LABEL = "scripted-stand-in"
"""What every answer carries in `model` and `system_fingerprint`, so that no transcript hides who spoke."""

_CHARACTERS_PER_TOKEN = 4
_PIECE = re.compile(r"\S+\s*")


class ScriptedModel:
    """Serves chat completions from rules.

    Args:
        delay_ms: Wait before each answer begins, for load tests. Milliseconds.
        pace_ms: Wait before each word of a streamed answer, as a model takes its time. Milliseconds.
    """

    def __init__(self, *, delay_ms: float = 0.0, pace_ms: float = 0.0) -> None:
        self._delay_seconds = delay_ms / 1000
        self._pace_seconds = pace_ms / 1000
        self._numbers = itertools.count(1)

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/health", self._health),
            ]
        )

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "model": LABEL})

    async def _models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": LABEL, "object": "model", "owned_by": "workbench"}]})

    async def _complete(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            reply = answer(read(body))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            problem = {"message": str(error), "type": "invalid_request_error"}
            return JSONResponse({"error": problem}, status_code=400)
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        number = next(self._numbers)
        usage = _usage(body, reply)
        if not body.get("stream"):
            return JSONResponse(_completion(number, reply, usage))
        options = body.get("stream_options") or {}
        counted = usage if options.get("include_usage") else None
        chunks = _chunks(number, reply, counted, self._pace_seconds)
        return StreamingResponse(chunks, media_type="text/event-stream")


def _usage(body: Mapping[str, object], reply: Reply) -> dict[str, int]:
    said = reply if isinstance(reply, str) else reply.arguments
    prompt = len(json.dumps(body.get("messages"))) // _CHARACTERS_PER_TOKEN + 1
    completion = len(said) // _CHARACTERS_PER_TOKEN + 1
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _head(number: int, kind: str) -> dict[str, object]:
    # No clock and no random id: the same request gives the same answer.
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 0, "model": LABEL, "system_fingerprint": LABEL}


def _tool_call(number: int, call: ToolCall) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": 0, "id": f"call_{number}", "type": "function", "function": function}


def _completion(number: int, reply: Reply, usage: Mapping[str, int]) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": None}
    if isinstance(reply, ToolCall):
        message["tool_calls"] = [_tool_call(number, reply)]
    else:
        message["content"] = reply
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply), "logprobs": None}
    return {**_head(number, "chat.completion"), "choices": [choice], "usage": dict(usage)}


def _finish(reply: Reply) -> str:
    return "tool_calls" if isinstance(reply, ToolCall) else "stop"


async def _chunks(
    number: int, reply: Reply, usage: Mapping[str, int] | None, pace_seconds: float
) -> AsyncIterator[str]:
    head = _head(number, "chat.completion.chunk")
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": ""}]
    if isinstance(reply, ToolCall):
        deltas.append({"tool_calls": [_tool_call(number, reply)]})
    else:
        deltas += [{"content": piece} for piece in _PIECE.findall(reply)]
    for delta in deltas:
        if pace_seconds:
            await asyncio.sleep(pace_seconds)
        yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(reply)}]})
    if usage is not None:
        yield _event({**head, "choices": [], "usage": dict(usage)})
    yield "data: [DONE]\n\n"


def _event(document: Mapping[str, object]) -> str:
    return f"data: {json.dumps(document)}\n\n"
