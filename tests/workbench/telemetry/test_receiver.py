"""The receiver takes OTLP from processes it knows, and from nobody else."""

import gzip
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.workbench.telemetry.messages import span, traces_message
from workbench.telemetry.otlp import Source
from workbench.telemetry.receiver import TOKEN_HEADER, Exporter, Exporters, TelemetryReceiver
from workbench.telemetry.spans import SpanStore
from workbench.telemetry.store import Datum

PROTOBUF = {"content-type": "application/x-protobuf"}


class Receiver:
    def __init__(self, directory: Path) -> None:
        self.exporters = Exporters()
        self.spans = SpanStore(directory / "spans.sqlite")
        self.measured: list[Datum] = []
        self.logs = directory / "otel.jsonl"
        receiver = TelemetryReceiver(self.exporters, self.spans, self.measured.extend)
        self.client = TestClient(Starlette(routes=receiver.routes()))

    def admit(self, session: str = "session-1") -> dict[str, str]:
        return {**PROTOBUF, TOKEN_HEADER: self.exporters.admit(Exporter(Source("arn", session), self.logs))}


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


def test_spans_are_kept_under_the_session_of_the_token(receiver: Receiver) -> None:
    for session, number in (("session-1", 1), ("session-2", 2)):
        message = traces_message([span("chat", number, attributes={"session.id": "session-9"})])
        answer = receiver.client.post("/v1/traces", content=message, headers=receiver.admit(session))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")

    assert [one.span_id[-1] for one in receiver.spans.of_session("session-1")] == ["1"]
    assert [one.span_id[-1] for one in receiver.spans.of_session("session-2")] == ["2"]
    assert receiver.spans.of_session("session-9") == []


def test_compressed_messages_are_read(receiver: Receiver) -> None:
    headers = {**receiver.admit(), "content-encoding": "gzip"}
    receiver.client.post("/v1/traces", content=gzip.compress(traces_message([span("chat", 1)])), headers=headers)

    assert len(receiver.spans.of_session("session-1")) == 1


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
def test_who_has_no_token_or_an_old_one_is_refused(receiver: Receiver, path: str) -> None:
    old = receiver.admit()
    receiver.exporters.dismiss(old[TOKEN_HEADER])
    for headers in (PROTOBUF, {**PROTOBUF, TOKEN_HEADER: "guessed"}, old):
        assert receiver.client.post(path, content=b"", headers=headers).status_code == 401


def test_what_is_no_export_request_is_refused(receiver: Receiver) -> None:
    headers = receiver.admit()
    broken = receiver.client.post("/v1/traces", content=b"\xff\xff", headers=headers)
    plain = receiver.client.post("/v1/traces", content=b"{}", headers={**headers, "content-type": "application/json"})
    torn = receiver.client.post("/v1/traces", content=b"no", headers={**headers, "content-encoding": "gzip"})

    assert [broken.status_code, plain.status_code, torn.status_code] == [400, 415, 400]
    assert "this is no export request" in broken.text


def test_metrics_are_handed_on_and_running_totals_named(receiver: Receiver) -> None:
    request = ExportMetricsServiceRequest()
    listed = request.resource_metrics.add().scope_metrics.add().metrics
    for temporality in (metrics.AGGREGATION_TEMPORALITY_DELTA, metrics.AGGREGATION_TEMPORALITY_CUMULATIVE):
        made = listed.add(name="calls")
        made.sum.is_monotonic, made.sum.aggregation_temporality = True, temporality
        made.sum.data_points.add(as_int=2)
    answer = receiver.client.post("/v1/metrics", content=request.SerializeToString(), headers=receiver.admit())

    assert [one.value for one in receiver.measured] == [2.0]
    told = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert (told.rejected_data_points, told.error_message) == (1, "export sums and histograms with delta temporality")


def test_log_records_are_appended_as_lines(receiver: Receiver) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for text in ("one", "two"):
        records.add().body.string_value = text
    for _ in range(2):
        receiver.client.post("/v1/logs", content=request.SerializeToString(), headers=receiver.admit())

    assert len(receiver.logs.read_text().splitlines()) == 4
