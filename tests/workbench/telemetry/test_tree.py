"""Spans of a session become trees that say what each part took and used."""

from opentelemetry.proto.trace.v1 import trace_pb2 as trace

from tests.workbench.telemetry.messages import span, traces_message
from workbench.telemetry.otlp import Source, read_spans
from workbench.telemetry.tree import Node, Tokens, Trace, traces

OTHER = "1" * 32
SERVER, CLIENT = trace.Span.SPAN_KIND_SERVER, trace.Span.SPAN_KIND_CLIENT


def _bedrock(method: str, service: str = "Bedrock Runtime") -> dict[str, object]:
    return {"rpc.service": service, "rpc.method": method}


def _usage(read: int, written: int) -> dict[str, object]:
    return {"gen_ai.usage.input_tokens": read, "gen_ai.usage.output_tokens": written}


def _operation(name: str) -> dict[str, object]:
    return {"gen_ai.operation.name": name}


def _traces(*spans: trace.Span) -> list[Trace]:
    return traces(read_spans(traces_message(spans), Source("arn", "s")))


def _turn() -> list[trace.Span]:
    return [
        span("POST /invocations", 1, kind=SERVER, seconds=(0.0, 1.0), attributes={"http.target": "/invocations"}),
        # Strands counts the tokens of the whole session here.
        span("invoke_agent", 2, 1, seconds=(0.1, 0.9), attributes=_operation("invoke_agent") | _usage(900, 90)),
        span("chat", 3, 2, seconds=(0.2, 0.4), attributes=_operation("chat") | _usage(10, 2)),
        span("chat m", 4, 3, kind=CLIENT, seconds=(0.2, 0.4), attributes=_bedrock("ConverseStream") | _usage(10, 2)),
        span("execute_tool", 5, 2, seconds=(0.4, 0.5), error="no clock", attributes=_operation("execute_tool")),
        span("chat m", 6, 2, kind=CLIENT, seconds=(0.5, 0.7), attributes=_bedrock("Converse") | _usage(20, 3)),
        span(
            "remember", 7, 2, kind=CLIENT, seconds=(0.7, 0.8), attributes=_bedrock("CreateEvent", "Bedrock AgentCore")
        ),
    ]


def test_parts_are_nested_in_order() -> None:
    (found,) = _traces(*reversed(_turn()))

    def shape(node: Node) -> str:
        inner = " ".join(shape(child) for child in node.children)
        return f"{node.part}({inner})" if inner else node.part

    assert [shape(root) for root in found.roots] == ["request(agent(model(model) tool model memory))"]


def test_tokens_are_counted_once_and_errors_and_time_add_up() -> None:
    (found,) = _traces(*_turn())

    assert (found.tokens, found.errors, found.seconds) == (Tokens(30, 5), 1, 1.0)
    assert found.roots[0].children[0].tokens == Tokens(30, 5)


def test_parts_of_the_service_are_told_apart() -> None:
    operations = {
        "ApplyGuardrail": ("Bedrock Runtime", "guardrail"),
        "RetrieveMemoryRecords": ("Bedrock AgentCore", "memory"),
        "InvokeCodeInterpreter": ("Bedrock AgentCore", "sandbox"),
        "StartBrowserSession": ("Bedrock AgentCore", "sandbox"),
        "GetWorkloadAccessToken": ("Bedrock AgentCore", "identity"),
        "GetResourceApiKey": ("Bedrock AgentCore", "identity"),
        "PutItem": ("DynamoDB", "aws"),
    }
    spans = [
        span(method, number, kind=CLIENT, attributes=_bedrock(method, service))
        for number, (method, (service, _)) in enumerate(operations.items(), 1)
    ]
    gateway = span("POST", 99, kind=CLIENT, attributes={"url.full": "http://127.0.0.1:1/gateways/tools-1/mcp"})
    (found,) = _traces(*spans, gateway, span("other", 100))

    parts = [root.part for root in sorted(found.roots, key=lambda root: root.span.span_id)]
    assert parts == [*(part for _, part in operations.values()), "gateway", "step"]


def test_questions_whether_the_agent_is_well_are_left_out() -> None:
    ping = span("GET /ping", 1, kind=SERVER, trace_id=OTHER, attributes={"http.target": "/ping"})

    assert [found.trace_id for found in _traces(ping, *_turn())] == [found.trace_id for found in _traces(*_turn())]


def test_traces_come_oldest_first_and_a_missing_parent_makes_a_root() -> None:
    late = span("late", 8, 77, seconds=(5.0, 6.0))
    early = span("early", 9, seconds=(1.0, 2.0), trace_id=OTHER)

    assert [found.roots[0].span.name for found in _traces(late, early)] == ["early", "late"]
