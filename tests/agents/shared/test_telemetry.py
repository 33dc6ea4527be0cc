import importlib
import subprocess
import sys

from opentelemetry import baggage
from strands.types.content import Messages

from agents.shared.session import Session
from agents.shared.telemetry import session_baggage
from tests.agents.conftest import SESSION, Process
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Step

UNINSTRUMENTED = f"""
import sys
from agents.shared.session import Session
from agents.shared.telemetry import session_baggage
with session_baggage(Session({SESSION!r}, "ann")):
    pass
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_carries_session_and_actor_while_a_turn_runs() -> None:
    # As `opentelemetry-instrument` does before the agent starts.
    importlib.import_module("opentelemetry.sdk.trace")
    with session_baggage(Session(SESSION, "ann")):
        assert baggage.get_all() == {"session.id": SESSION, "actor.id": "ann"}
    assert baggage.get_all() == {}


def test_the_model_is_called_with_the_baggage(memory: FakeMemory) -> None:
    carried: list[dict[str, object]] = []

    def script(messages: Messages) -> Step:
        carried.append(dict(baggage.get_all()))
        return "Hello"

    Process(script).say("one")
    assert carried == [{"session.id": SESSION, "actor.id": "ann"}]


def test_an_agent_without_instrumentation_does_not_pay_for_it() -> None:
    printed = subprocess.run([sys.executable, "-c", UNINSTRUMENTED], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
