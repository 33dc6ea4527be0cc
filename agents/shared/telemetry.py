"""Session and actor on every span of a turn, through OpenTelemetry baggage."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agents.shared.session import Session


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
