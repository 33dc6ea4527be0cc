"""What agents export is read: spans, values of metrics with their dimensions, log records as lines."""

import json

import pytest
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

from tests.workbench.telemetry.messages import TRACE, any_value, pairs, span, traces_message
from workbench.telemetry.otlp import NAMESPACE, Source, read_logs, read_metrics, read_spans
from workbench.telemetry.store import Datum

SOURCE = Source("arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/a-1", "session-1")
DELTA, CUMULATIVE = metrics.AGGREGATION_TEMPORALITY_DELTA, metrics.AGGREGATION_TEMPORALITY_CUMULATIVE


def test_a_span_belongs_to_the_session_of_its_process() -> None:
    said = {"session.id": "another", "tokens": 3, "tools": ["a", "b"]}
    sent = span("chat", 2, 1, kind=trace.Span.SPAN_KIND_CLIENT, attributes=said)

    (found,) = read_spans(traces_message([sent], "strands"), SOURCE)

    assert (found.session_id, found.agent) == (SOURCE.session_id, SOURCE.agent)
    assert (found.trace_id, found.span_id, found.parent_id) == (TRACE, "0" * 15 + "2", "0" * 15 + "1")
    assert (found.name, found.kind, found.scope, found.seconds, found.error) == ("chat", "CLIENT", "strands", 1.0, None)
    assert found.attributes == said


def test_an_error_without_words_is_told_by_its_exception() -> None:
    failed, silent = span("a", 1, error=""), span("b", 2, error="")
    failed.events.add(
        name="exception", attributes=pairs({"exception.type": "KeyError", "exception.message": "no city"})
    )

    assert [one.error for one in read_spans(traces_message([failed, silent]), SOURCE)] == ["KeyError: no city", ""]


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(DecodeError):
        read_spans(b"\xff\xff", SOURCE)


def _metrics(*found: metrics.Metric) -> bytes:
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.extend(found)
    return request.SerializeToString()


def _sum(
    value: int, temporality: "metrics.AggregationTemporality.ValueType", *, monotonic: bool = True
) -> metrics.Metric:
    made = metrics.Metric(name="tokens", unit="Count")
    made.sum.aggregation_temporality = temporality
    made.sum.is_monotonic = monotonic
    made.sum.data_points.add(as_int=value, time_unix_nano=2_000_000_000, attributes=pairs({"model": "m", "try": 1}))
    return made


def test_attributes_of_a_value_are_its_dimensions() -> None:
    read = read_metrics(_metrics(_sum(7, DELTA)))

    assert read.data == [Datum(NAMESPACE, "tokens", {"model": "m", "try": "1"}, 7.0, "Count", 2.0)]
    assert read.refused == 0


def test_a_running_total_is_refused_and_one_that_may_fall_is_a_gauge() -> None:
    read = read_metrics(_metrics(_sum(7, CUMULATIVE), _sum(3, CUMULATIVE, monotonic=False)))

    assert ([one.value for one in read.data], read.refused) == ([3.0], 1)


@pytest.mark.parametrize("kind", ["histogram", "exponential_histogram"])
def test_a_histogram_keeps_its_count_sum_minimum_and_maximum(kind: str) -> None:
    made = metrics.Metric(name="latency", unit="ms")
    histogram = getattr(made, kind)
    histogram.aggregation_temporality = DELTA
    for count, total, least, most in ((1, 5.0, 5.0, 5.0), (2, 6.0, 1.0, 5.0), (4, 20.0, 2.0, 10.0), (0, 0.0, 0.0, 0.0)):
        histogram.data_points.add(count=count, sum=total, min=least, max=most)

    data = read_metrics(_metrics(made)).data

    assert [one.value for one in data] == [5.0, 1.0, 5.0, 2.0, 4.0, 4.0, 10.0]
    assert {one.unit for one in data} == {"Milliseconds"}


def test_a_log_record_is_a_line_with_its_trace() -> None:
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.extend(pairs({"service.name": "agent.DEFAULT"}))
    resource.scope_logs.add().log_records.add(
        body=any_value("it failed"),
        severity_text="ERROR",
        time_unix_nano=5,
        trace_id=bytes.fromhex(TRACE),
        attributes=pairs({"code.line": 3}),
    )

    (line,) = read_logs(request.SerializeToString())

    told = json.loads(line)
    assert (told["body"], told["severityText"], told["traceId"]) == ("it failed", "ERROR", TRACE)
    assert told["resource"]["attributes"] == {"service.name": "agent.DEFAULT"}
    assert told["attributes"] == {"code.line": 3}
