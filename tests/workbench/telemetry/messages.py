"""OTLP messages as an agent's exporter sends them."""

from collections.abc import Mapping, Sequence

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

TRACE = "6b011d3455aa4dee34738f83c9b4794d"


def any_value(value: object) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case list():
            made = AnyValue()
            made.array_value.values.extend(any_value(one) for one in value)
            return made
    return AnyValue(string_value=str(value))


def pairs(attributes: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=name, value=any_value(value)) for name, value in attributes.items()]


def span(
    name: str,
    number: int,
    parent: int = 0,
    *,
    seconds: tuple[float, float] = (1.0, 2.0),
    kind: "trace.Span.SpanKind.ValueType" = trace.Span.SPAN_KIND_INTERNAL,
    error: str | None = None,
    trace_id: str = TRACE,
    attributes: Mapping[str, object] | None = None,
) -> trace.Span:
    made = trace.Span(
        trace_id=bytes.fromhex(trace_id),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=int(seconds[0] * 1e9),
        end_time_unix_nano=int(seconds[1] * 1e9),
        attributes=pairs(attributes or {}),
    )
    if error is not None:
        made.status.code = trace.Status.STATUS_CODE_ERROR
        made.status.message = error
    return made


def traces_message(spans: Sequence[trace.Span], scope: str = "tests") -> bytes:
    request = ExportTraceServiceRequest()
    made = request.resource_spans.add().scope_spans.add()
    made.scope.name = scope
    made.spans.extend(spans)
    return request.SerializeToString()
