"""What a model call is answered with, read as it goes by: the metrics that Amazon Bedrock publishes of it."""

import json
from collections.abc import Mapping
from typing import Any, cast

from botocore.eventstream import EventStreamBuffer, EventStreamError

from workbench.local_cloud.emulator.model_actions import ModelCall
from workbench.local_cloud.emulator.signed_request import Message, Send
from workbench.telemetry.services.bedrock import ModelAnswer, model_called
from workbench.telemetry.services.outcome import Stopwatch
from workbench.telemetry.store import Datum

_CONVERSE = frozenset({"converse", "converse-stream"})
_TOKEN = b"contentBlock"
_GONE = 499
_MODEL_STREAM_ERROR = 424


class ObservedModelCall:
    """One model call and its answer, whoever answers it.

    Args:
        call: The call.
        send: Where the answer goes.
    """

    def __init__(self, call: ModelCall, send: Send) -> None:
        self._call = call
        self._send = send
        self._stopwatch = Stopwatch()
        self._status = 0
        self._error = ""
        self._body = bytearray()
        self._first_token: float | None = None

    async def send(self, message: Message) -> None:
        """Hand on a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = int(cast("int", message["status"]))
        else:
            chunk = bytes(cast("bytes", message.get("body", b"")))
            if self._first_token is None and _TOKEN in chunk:
                self._first_token = self._stopwatch.milliseconds
            if self._call.call in _CONVERSE:
                self._body += chunk
        await self._send(message)

    def values(self) -> list[Datum]:
        """What is published of the call, once it is answered."""
        status, usage = self._status or _GONE, None
        if status == 200 and self._call.call == "converse-stream":
            status, usage = _of_stream(bytes(self._body))
        elif status == 200 and self._call.call == "converse":
            usage = _of_document(bytes(self._body))
        answer = _answer(usage, self._first_token if self._call.streamed else None)
        return model_called(self._call.model, self._stopwatch.outcome(status), answer)


def _answer(usage: object, first_token: float | None) -> ModelAnswer | None:
    if not isinstance(usage, Mapping):
        return None
    return ModelAnswer(int(usage.get("inputTokens", 0)), int(usage.get("outputTokens", 0)), first_token)


def _of_document(body: bytes) -> object:
    try:
        return json.loads(body).get("usage")
    except (ValueError, AttributeError):
        return None


def _of_stream(body: bytes) -> tuple[int, object]:
    """Status and usage of a stream: it may break off long after it was answered with 200."""
    stream = EventStreamBuffer()
    stream.add_data(body)
    usage: object = None
    try:
        for event in stream:
            if _header(event, ":message-type") == "exception":
                return _MODEL_STREAM_ERROR, None
            if _header(event, ":event-type") == "metadata":
                usage = json.loads(event.payload).get("usage")
    except (EventStreamError, ValueError):
        return _MODEL_STREAM_ERROR, None
    return 200, usage


def _header(event: Any, name: str) -> object:
    # The types say that headers are one number.
    return event.headers.get(name)
