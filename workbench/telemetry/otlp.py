"""OTLP messages: spans, metrics and log records as agents send them.

Metrics become what the AWS distribution makes of them: the attributes of a data point are its dimensions, in the
namespace that AgentCore Runtime sets. https://opentelemetry.io/docs/specs/otlp/
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

from workbench.telemetry.spans import Span
from workbench.telemetry.store import Datum

NAMESPACE = "bedrock-agentcore"
"""The namespace of agents' own metrics on AgentCore Runtime."""

_NANOSECONDS = 1e9
_UNITS = {"ms": "Milliseconds", "s": "Seconds", "us": "Microseconds", "By": "Bytes", "bit": "Bits"}
_CLOUDWATCH_UNITS = frozenset({"Count", "Percent", "Milliseconds", "Seconds", "Microseconds", "Bytes", "Bits"})


@dataclass(frozen=True)
class Source:
    """The process that sent a message, as its token says.

    Args:
        agent: ARN of its runtime.
        session_id: Its session.
    """

    agent: str
    session_id: str


def read_spans(message: bytes, source: Source) -> list[Span]:
    """The spans of an export request.

    Args:
        message: The request's body.
        source: Who sent it.

    Raises:
        google.protobuf.message.DecodeError: If it is none.
    """
    return [
        _span(span, scope.scope.name, source)
        for resource in ExportTraceServiceRequest.FromString(message).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@dataclass(frozen=True)
class ReadMetrics:
    """What an export request of metrics holds.

    Args:
        data: The values.
        refused: How many data points have a running total, which cannot be told from a value.
    """

    data: Sequence[Datum]
    refused: int


def read_metrics(message: bytes) -> ReadMetrics:
    """The values of an export request.

    Args:
        message: The request's body.

    Raises:
        google.protobuf.message.DecodeError: If it is none.
    """
    data: list[Datum] = []
    refused = 0
    for resource in ExportMetricsServiceRequest.FromString(message).resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if _is_running_total(metric):
                    refused += len(metric.sum.data_points or metric.histogram.data_points)
                else:
                    data += _values(metric)
    return ReadMetrics(data, refused)


def read_logs(message: bytes) -> list[str]:
    """The records of an export request, as the lines that the service writes to CloudWatch Logs.

    Args:
        message: The request's body.

    Raises:
        google.protobuf.message.DecodeError: If it is none.
    """
    return [
        json.dumps(
            {
                "resource": {"attributes": _attributes(resource.resource.attributes)},
                "scope": {"name": scope.scope.name},
                "timeUnixNano": record.time_unix_nano,
                "observedTimeUnixNano": record.observed_time_unix_nano,
                "severityNumber": int(record.severity_number),
                "severityText": record.severity_text,
                "body": _value(record.body),
                "attributes": _attributes(record.attributes),
                "flags": record.flags,
                "traceId": record.trace_id.hex(),
                "spanId": record.span_id.hex(),
            },
            ensure_ascii=False,
        )
        for resource in ExportLogsServiceRequest.FromString(message).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]


def _span(span: trace.Span, scope: str, source: Source) -> Span:
    failed = span.status.code == trace.Status.STATUS_CODE_ERROR
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        session_id=source.session_id,
        agent=source.agent,
        name=span.name,
        kind=trace.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        started=span.start_time_unix_nano / _NANOSECONDS,
        ended=span.end_time_unix_nano / _NANOSECONDS,
        error=(span.status.message or _exception(span.events)) if failed else None,
        scope=scope,
        attributes=_attributes(span.attributes),
    )


def _exception(events: Iterable[trace.Span.Event]) -> str:
    for event in events:
        if event.name == "exception":
            found = _attributes(event.attributes)
            return f"{found.get('exception.type', '')}: {found.get('exception.message', '')}".strip(": ")
    return ""


def _is_running_total(metric: metrics.Metric) -> bool:
    cumulative = metrics.AGGREGATION_TEMPORALITY_CUMULATIVE
    if metric.HasField("sum"):
        # What may go down as well is read like a gauge.
        return bool(metric.sum.is_monotonic and metric.sum.aggregation_temporality == cumulative)
    found = metric.histogram if metric.HasField("histogram") else metric.exponential_histogram
    return bool(found.aggregation_temporality == cumulative)


def _values(metric: metrics.Metric) -> Iterator[Datum]:
    numbers = [*metric.sum.data_points, *metric.gauge.data_points]
    for number in numbers:
        value = float(number.as_int) if number.HasField("as_int") else number.as_double
        yield _datum(metric, number.attributes, number.time_unix_nano, value)
    histograms: list[metrics.HistogramDataPoint | metrics.ExponentialHistogramDataPoint] = [
        *metric.histogram.data_points,
        *metric.exponential_histogram.data_points,
    ]
    for histogram in histograms:
        for value in _spread(histogram.count, histogram.sum, histogram.min, histogram.max):
            yield _datum(metric, histogram.attributes, histogram.time_unix_nano, value)


def _spread(count: int, total: float, least: float, most: float) -> list[float]:
    """Values with a histogram's own count, sum, minimum and maximum; those between are unknown, and get their mean."""
    if count <= 1:
        return [total] * count
    middle = (total - least - most) / (count - 2) if count > 2 else 0.0
    return [least, *[middle] * (count - 2), most]


def _datum(metric: metrics.Metric, attributes: Iterable[KeyValue], time: int, value: float) -> Datum:
    unit = metric.unit if metric.unit in _CLOUDWATCH_UNITS else _UNITS.get(metric.unit, "None")
    dimensions = {name: str(one) for name, one in _attributes(attributes).items()}
    return Datum(NAMESPACE, metric.name, dimensions, value, unit, time / _NANOSECONDS)


def _attributes(pairs: Iterable[KeyValue]) -> Mapping[str, object]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    match kind:
        case "array_value":
            return [_value(one) for one in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case None:
            return None
    found: object = getattr(value, kind)
    return found
