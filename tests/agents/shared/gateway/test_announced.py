"""Tools that the model is told of whoever the user is, and what each failure of a gateway is called."""

from functools import partial

from starlette.testclient import TestClient
from strands.types.content import Messages

from agents.memory_assistant.agent import build_agent
from agents.memory_assistant.main import create_app
from agents.shared.gateway.announced import AnnouncedTool
from agents.shared.service import AgentService
from tests.agents.conftest import SESSION, Process
from tests.agents.fake_gateway import FakeGateway, token
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Script, Step, UseTool, texts
from tests.agents.shared.gateway.test_toolbox import offered, process

REFUND = AnnouncedTool("Orders___refund", "Pay money back. For managers only.", {"type": "object", "properties": {}})


def refunding(messages: Messages) -> Step:
    if "toolResult" in messages[-1]["content"][0]:
        return f"It says {texts(messages[-1])}"
    return UseTool("Orders___refund", {})


def announcing(gateway: FakeGateway, script: Script) -> Process:
    made = process(gateway, script)
    service = AgentService(partial(build_agent, model=made.model), environ=made.environ, announced_tools=[REFUND])
    made.app = create_app(service)
    made.client = TestClient(made.app)
    return made


def listen(to: Process) -> list[dict[str, object]]:
    events = to.stream("tea", headers={"Authorization": f"Bearer {token('ann')}"})
    assert events[-1]["type"] == "end"
    return events


def codes(events: list[dict[str, object]]) -> list[object]:
    return [event["code"] for event in events if event["type"] == "notice"]


def test_who_may_not_use_an_announced_tool_is_told_so(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.tools["Orders___refund"] = lambda *_: "paid"
    gateway.hidden.add(("ann", "Orders___refund"))
    gateway.denied.add(("ann", "Orders___refund"))
    assistant = announcing(gateway, refunding)
    events = listen(assistant)
    assert {"Orders___get", "Orders___refund"} <= set(offered(assistant))
    assert codes(events) == ["tool_denied"]
    assert "this user may not use the tool Orders___refund" in str(events[-1]["response"])


def test_who_may_use_an_announced_tool_uses_the_gateways(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.tools["Orders___refund"] = lambda *_: "paid"
    assistant = announcing(gateway, refunding)
    assert listen(assistant)[-1]["response"] == "It says paid"
    assert offered(assistant).count("Orders___refund") == 1


def test_a_gateway_that_is_down_announces_nothing(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.stop()
    assistant = announcing(gateway, lambda _: "Hello")
    events = listen(assistant)
    gateway.start()
    assert codes(events) == ["tools_unavailable"]
    assert "Orders___refund" not in offered(assistant)


def test_an_expired_sign_in_has_a_code_of_its_own(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.expired.add(token("ann"))
    events = listen(process(gateway, lambda _: "Hello"))
    assert codes(events) == ["sign_in_expired"]
    assert events[-1]["response"] == "Hello"
    assert memory.said("ann", SESSION) == [("USER", "tea"), ("ASSISTANT", "Hello")]
