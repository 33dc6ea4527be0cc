"""The events of ConverseStream, made from the chunks of an OpenAI-style stream as they arrive.

The order and shape of the events:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
"""

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping

from ministack.services import bedrock_runtime

_STOP_REASONS = {"length": "max_tokens", "content_filter": "content_filtered"}


def stop_reason(finish_reason: object, called_tool: bool) -> str:
    """The Converse stop reason for an OpenAI finish reason; some servers say `stop` after a tool call."""
    return "tool_use" if called_tool else _STOP_REASONS.get(str(finish_reason), "end_turn")


def token_counts(usage: object) -> dict[str, int]:
    """Input and output tokens as the endpoint counted them; empty where it did not say."""
    if not isinstance(usage, Mapping):
        return {}
    counts = {"input_tokens": usage.get("prompt_tokens"), "output_tokens": usage.get("completion_tokens")}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def failure(message: str) -> bytes:
    """The exception that ends a stream which broke off."""
    headers = {
        ":message-type": "exception",
        ":exception-type": "modelStreamErrorException",
        ":content-type": "application/json",
    }
    return bytes(bedrock_runtime._es_encode_message(headers, json.dumps({"message": message}).encode()))


async def events(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Encoded events for the lines of a server-sent stream.

    Raises:
        ValueError: If a line holds no JSON, or the endpoint reports an error in its stream.
    """
    turn = _Turn()
    yield _event("messageStart", {"role": "assistant"})
    async for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        for event in turn.events(json.loads(data)):
            yield event
    for event in turn.end():
        yield event


def whole(answer: Mapping[str, object]) -> Iterator[bytes]:
    """Encoded events for a response of Converse that was held back until it was complete.

    Args:
        answer: The response.
    """
    output = answer["output"]
    message = output["message"] if isinstance(output, Mapping) else {}
    yield _event("messageStart", {"role": message["role"]})
    for index, block in enumerate(message["content"]):
        if "toolUse" in block:
            use = block["toolUse"]
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            yield _event("contentBlockStart", {"contentBlockIndex": index, "start": start})
            delta: dict[str, object] = {"toolUse": {"input": json.dumps(use["input"])}}
        else:
            delta = {"text": block["text"]}
        yield _event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        yield _event("contentBlockStop", {"contentBlockIndex": index})
    yield _event("messageStop", {"stopReason": answer["stopReason"]})
    yield _event("metadata", {name: answer[name] for name in ("usage", "metrics", "trace") if name in answer})


def _event(name: str, payload: Mapping[str, object]) -> bytes:
    return bytes(bedrock_runtime._es_event(name, payload))


class _Turn:
    """One assistant turn: which content block is open, and what ends it."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._block = -1
        self._open: object = None
        self._called_tool = False
        self._finish_reason: object = None
        self._counts: dict[str, int] = {}

    def events(self, chunk: Mapping[str, object]) -> Iterator[bytes]:
        if chunk.get("error"):
            raise ValueError(str(chunk["error"]))
        self._counts = token_counts(chunk.get("usage")) or self._counts
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            self._finish_reason = choice.get("finish_reason") or self._finish_reason
            delta = choice.get("delta") or {}
            if delta.get("content"):
                yield from self._text(delta["content"])
            for call in delta.get("tool_calls") or []:
                yield from self._tool(call)

    def end(self) -> Iterator[bytes]:
        yield from self._close()
        yield _event("messageStop", {"stopReason": stop_reason(self._finish_reason, self._called_tool)})
        read, written = self._counts.get("input_tokens", 0), self._counts.get("output_tokens", 0)
        usage = {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
        latency = int((time.monotonic() - self._started) * 1000)
        yield _event("metadata", {"usage": usage, "metrics": {"latencyMs": latency}})

    def _text(self, text: str) -> Iterator[bytes]:
        if self._open != "text":
            yield from self._close()
            self._block, self._open = self._block + 1, "text"
        yield self._delta({"text": text})

    def _tool(self, call: Mapping[str, object]) -> Iterator[bytes]:
        key = ("tool", call.get("index", 0))
        function = call.get("function")
        function = function if isinstance(function, Mapping) else {}
        if self._open != key:
            yield from self._close()
            self._block, self._open, self._called_tool = self._block + 1, key, True
            start = {"toolUseId": call.get("id") or f"tooluse_{self._block}", "name": function.get("name", "")}
            yield _event("contentBlockStart", {"contentBlockIndex": self._block, "start": {"toolUse": start}})
        if function.get("arguments"):
            yield self._delta({"toolUse": {"input": function["arguments"]}})

    def _delta(self, delta: Mapping[str, object]) -> bytes:
        return _event("contentBlockDelta", {"contentBlockIndex": self._block, "delta": delta})

    def _close(self) -> Iterator[bytes]:
        if self._open is not None:
            yield _event("contentBlockStop", {"contentBlockIndex": self._block})
        self._open = None
