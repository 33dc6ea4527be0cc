"""What an agent tells its operators: log lines with session and trace, and baggage that marks a turn's spans."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from typing_extensions import override

from agents.shared.log_fields import log_fields
from agents.shared.session import Session


class LogEvent(StrEnum):
    """What goes wrong in a turn, as the end of its log line. Metric filters count these: a change breaks alarms."""

    GATEWAY_UNAVAILABLE = "gateway unavailable, turn goes on without"
    """The gateway of the tools does not answer, or does not accept the caller."""

    GUARDRAIL_INTERVENED = "guardrail intervened"
    """The guardrail blocked or masked something; the line says of whom and by which policy."""

    MEMORY_UNAVAILABLE = "memory unavailable, turn goes on without"
    """AgentCore Memory does not answer, or refuses the agent."""

    MODEL_THROTTLED = "model throttled"
    """The model takes no more requests at the moment; one line for each attempt."""

    MODEL_FAILED = "the model did not answer"
    """The turn ends with an error; the user's message is kept."""

    REQUEST_ENDED = "request ended"
    """One line for each request, however it ended: see `agents.shared.request_log`."""

    REQUEST_FAILED = "request failed"
    """The agent failed in a way that nobody has thought of."""

    REQUEST_REFUSED = "request refused"
    """The request gets a structured error; the line has its code."""

    SANDBOX_FAILED = "sandbox failed, turn goes on without"
    """A sandbox did not do what it was asked."""

    TOKENS_USED = "tokens used"
    """What the model read and wrote in a turn."""

    TOOL_DENIED = "tool denied"
    """A policy does not allow this user this call."""

    TOOL_UNCONFIRMED = "tool waits for the user's confirmation"
    """The model asked for a change that the user has not confirmed."""

    TURN_TIMED_OUT = "turn timed out"
    """The turn took longer than a person waits."""


def log_as_json() -> None:
    """Write the agents' log as one JSON object a line: level, message, session, request, and trace where there is one.

    The lines have the fields of those that `BedrockAgentCoreApp` writes itself, and `traceId` and `spanId`, so that a
    line is found by its session and leads to its trace. What the message says stands in `event` and `detail` too.
    """
    from bedrock_agentcore.runtime.app import RequestContextFormatter

    class TracedFormatter(RequestContextFormatter):
        @override
        def format(self, record: logging.LogRecord) -> str:
            line = json.loads(super().format(record))  # type: ignore[no-untyped-call]
            # What others log may hold what a user said, and must not pass for an event that alarms count.
            fields = log_fields(record.getMessage()) if record.name.startswith("agents.") else {}
            return json.dumps({**line, **_trace(), **fields}, ensure_ascii=False)

    agents = logging.getLogger("agents")
    agents.setLevel(logging.INFO)
    # `opentelemetry-instrument` may have made a console with a format of its own; a second would write each line twice.
    consoles = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    if not consoles and not agents.handlers:
        agents.addHandler(logging.StreamHandler())
    for handler in (*consoles, *agents.handlers):
        handler.setFormatter(TracedFormatter())


def _trace() -> dict[str, str]:
    if "opentelemetry.sdk.trace" not in sys.modules:
        return {}
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"traceId": trace.format_trace_id(context.trace_id), "spanId": trace.format_span_id(context.span_id)}


@contextmanager
def session_baggage(session: Session) -> Iterator[None]:
    """Carry `session.id` and `actor.id` in baggage while a turn runs; without instrumentation, do nothing.

    The AWS distribution copies `session.id` from baggage onto spans:
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html
    """
    # `opentelemetry-instrument` has loaded the SDK long before; a process without it must not pay for the import.
    if "opentelemetry.sdk.trace" not in sys.modules:
        yield
        return
    from opentelemetry import baggage, context

    carried = baggage.set_baggage("session.id", session.id)
    carried = baggage.set_baggage("actor.id", session.actor_id, context=carried)
    token = context.attach(carried)
    try:
        yield
    finally:
        context.detach(token)
