"""Receives what agents export: OTLP over HTTP, in protobuf.

Each process has a token of its own, so nobody writes spans under another's name.
https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import gzip
import secrets
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from workbench.telemetry.otlp import Source, read_logs, read_metrics, read_spans
from workbench.telemetry.services.outcome import Emit
from workbench.telemetry.spans import SpanStore

TOKEN_HEADER = "x-local-telemetry-token"  # noqa: S105
"""Names the process that exports."""

_PROTOBUF = "application/x-protobuf"
_LIMIT_BYTES = 32_000_000


@dataclass(frozen=True)
class Exporter:
    """A process that may export.

    Args:
        source: Its runtime and session.
        logs: File that gets a line for each of its log records.
    """

    source: Source
    logs: Path


class Exporters:
    """The processes that may export now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Exporter] = {}

    def admit(self, exporter: Exporter) -> str:
        """Let a process export, and return its token."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._known[token] = exporter
        return token

    def dismiss(self, token: str) -> None:
        """Take no more from a process."""
        with self._lock:
            self._known.pop(token, None)

    def find(self, token: str) -> Exporter | None:
        """The process that a token was given to, or None."""
        with self._lock:
            return self._known.get(token)


class TelemetryReceiver:
    """Serves OTLP's three paths.

    Args:
        exporters: Who may export.
        spans: Keeps spans.
        emit: Takes metrics.
    """

    def __init__(self, exporters: Exporters, spans: SpanStore, emit: Emit) -> None:
        self._exporters = exporters
        self._spans = spans
        self._emit = emit

    def routes(self) -> list[Route]:
        """The routes to mount."""
        kinds = {"/v1/traces": self._take_spans, "/v1/metrics": self._take_metrics, "/v1/logs": self._take_logs}
        return [Route(path, self._answering(take), methods=["POST"]) for path, take in kinds.items()]

    def _answering(self, take: Callable[[bytes, Exporter], Message]) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            exporter = self._exporters.find(request.headers.get(TOKEN_HEADER, ""))
            if exporter is None:
                return PlainTextResponse("only the processes of running agents export telemetry here", 401)
            if request.headers.get("content-type", "").partition(";")[0] != _PROTOBUF:
                return PlainTextResponse(f"telemetry is taken as {_PROTOBUF}", 415)
            body = await request.body()
            try:
                made = await run_in_threadpool(lambda: take(_plain(request, body), exporter))
            except (DecodeError, OSError, zlib.error, ValueError) as error:
                return PlainTextResponse(f"this is no export request: {error}", 400)
            return Response(made.SerializeToString(), media_type=_PROTOBUF)

        return answer

    def _take_spans(self, body: bytes, exporter: Exporter) -> Message:
        self._spans.record(read_spans(body, exporter.source))
        return ExportTraceServiceResponse()

    def _take_metrics(self, body: bytes, _: Exporter) -> Message:
        found = read_metrics(body)
        self._emit(found.data)
        answer = ExportMetricsServiceResponse()
        if found.refused:
            answer.partial_success.rejected_data_points = found.refused
            answer.partial_success.error_message = "export sums and histograms with delta temporality"
        return answer

    def _take_logs(self, body: bytes, exporter: Exporter) -> Message:
        lines = read_logs(body)
        with exporter.logs.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        return ExportLogsServiceResponse()


def _plain(request: Request, body: bytes) -> bytes:
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if len(body) > _LIMIT_BYTES:
        raise ValueError(f"it has {len(body)} bytes, and at most {_LIMIT_BYTES} are taken")
    return body
