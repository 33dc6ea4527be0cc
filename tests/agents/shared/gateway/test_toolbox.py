"""The assistant with a gateway: whose tools, which of them, and what the user is told when one does not work."""

import base64
import json
import logging
import threading
import time
from collections.abc import Mapping

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError
from strands.types.content import Messages

from agents.shared.gateway import toolbox
from agents.shared.gateway.connection import SEARCH_TOOL
from tests.agents.conftest import SESSION, Process, variables
from tests.agents.fake_gateway import FakeGateway, Seen, token
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Script, Step, UseTool, texts, transcript

OTHER_SESSION = "session-of-bob-0123456789-0123456789"


def ordering(messages: Messages) -> Step:
    if "toolResult" in messages[-1]["content"][0]:
        return f"It says {texts(messages[-1])}"
    return UseTool("Orders___get", {"text": texts(messages[-1])})


def process(gateway: FakeGateway, script: Script = ordering, **changed: str) -> Process:
    environ = {"AGENT_INBOUND_AUTH": "JWT", "AGENT_GATEWAY_AUTH": "JWT", "AGENT_GATEWAY_URL": gateway.url, **changed}
    return Process(script, variables(**environ))


def say(to: Process, prompt: str, sub: str = "ann", session: str = SESSION, **claims: object) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token(sub, **claims)}"}
    return to.say(prompt, actor="mallory", session=session, headers=headers)


def offered(to: Process) -> list[str]:
    """Names of the tools the model was told of when it last spoke."""
    return to.model.offered[-1]


def test_a_tool_receives_the_user_who_asked(gateway: FakeGateway, memory: FakeMemory) -> None:
    answer = say(process(gateway), "tea")
    assert answer["response"] == "It says ann has tea"
    assert answer["notices"] == []
    assert memory.said("ann", SESSION)[0] == ("USER", "tea")


def test_each_request_brings_its_own_token(gateway: FakeGateway, memory: FakeMemory) -> None:
    assistant = process(gateway)
    say(assistant, "one", call=1)
    gateway.expired.add(token("ann", call=1))
    assert say(assistant, "two", call=2)["response"] == "It says ann has two"


def test_sessions_at_once_in_one_process_do_not_share_tokens(gateway: FakeGateway, memory: FakeMemory) -> None:
    bob_is_done = threading.Event()

    def get(arguments: Mapping[str, object], seen: Seen) -> str:
        if seen.caller == "ann":
            bob_is_done.wait(10)
        return f"{seen.caller} has {arguments['text']}"

    def asking_twice(messages: Messages) -> Step:
        said = transcript(messages)
        if said.count(" has ") < 2:
            return UseTool("Orders___get", {"text": f"order {said.count(' has ')}"})
        return said

    gateway.tools["Orders___get"] = get
    assistant = process(gateway, asking_twice)
    answers: dict[str, object] = {}
    ann = threading.Thread(target=lambda: answers.update(ann=say(assistant, "go", "ann")["response"]))
    ann.start()
    while "tools/call" not in gateway.methods():
        time.sleep(0.01)
    answers["bob"] = say(assistant, "go", "bob", OTHER_SESSION)["response"]
    bob_is_done.set()
    ann.join(20)
    assert "bob has order 0" in str(answers["bob"])
    assert "ann" not in str(answers["bob"])
    assert "ann has order 1" in str(answers["ann"])
    assert "bob" not in str(answers["ann"])


def test_an_expired_sign_in_is_told_and_the_answer_comes(gateway: FakeGateway, memory: FakeMemory) -> None:
    assistant = process(gateway)
    say(assistant, "one", call=1)
    gateway.expired.add(token("ann", call=1))
    answer = say(assistant, "two", call=1)
    assert "refused the caller" in str(answer["response"])
    assert answer["notices"] == ["The tools refused your sign-in; sign in again (HTTP 401)."]


def test_a_dead_gateway_costs_a_notice_and_a_log_line_not_the_answer(
    gateway: FakeGateway, memory: FakeMemory, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.stop()
    assistant = process(gateway, lambda messages: f"You said {texts(messages[-1])}")
    with caplog.at_level(logging.WARNING, "agents"):
        answer = say(assistant, "hello")
    gateway.start()
    assert answer["response"] == "You said hello"
    assert answer["notices"] == ["The tools could not be reached (ConnectError)."]
    assert "operation=<tools/list>, reason=<ConnectError> | gateway unavailable" in caplog.text
    assert memory.said("ann", SESSION) == [("USER", "hello"), ("ASSISTANT", "You said hello")]


def test_a_gateway_that_is_back_is_used_by_the_next_turn(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.stop()
    assistant = process(gateway, lambda messages: "Hello")
    say(assistant, "hello")
    assert offered(assistant) == ["calculator"]
    gateway.start()
    assert say(assistant, "hello")["notices"] == []
    assert offered(assistant) == ["calculator", "Orders___get"]


def test_a_gateway_that_dies_between_list_and_call_tells_the_model(gateway: FakeGateway, memory: FakeMemory) -> None:
    assistant = process(gateway)
    say(assistant, "one")
    gateway.stop()
    answer = say(assistant, "two")
    gateway.start()
    assert "did not answer (ConnectError)" in str(answer["response"])
    assert answer["notices"] == ["The tools could not be reached (ConnectError)."]


def test_a_gateway_that_answers_nonsense_costs_a_notice(
    gateway: FakeGateway, memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("boom")

    monkeypatch.setattr(FakeGateway, "_caller", broken)
    answer = say(process(gateway, lambda messages: "Hello"), "hello")
    assert answer["response"] == "Hello"
    assert len(answer["notices"]) == 1  # type: ignore[arg-type]


def test_a_denied_tool_is_told_to_the_model_and_the_user(
    gateway: FakeGateway, memory: FakeMemory, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.denied.add(("ann", "Orders___get"))
    answer = say(process(gateway), "tea")
    assert "this user may not use the tool Orders___get" in str(answer["response"])
    assert answer["notices"] == ["The tool Orders___get is not allowed for you with what it was asked."]
    assert "tool=<Orders___get>, reason=<Tool Execution Denied" in caplog.text
    assert say(process(gateway), "tea", "bob", OTHER_SESSION)["response"] == "It says bob has tea"


def test_a_denial_may_come_as_a_result(gateway: FakeGateway, memory: FakeMemory) -> None:
    said = "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement"
    gateway.tools["Orders___get"] = lambda *_: types.CallToolResult(
        content=[types.TextContent(type="text", text=said)], is_error=True
    )
    assert "is not allowed for you" in str(say(process(gateway), "tea")["notices"])


def test_a_tool_with_a_policy_of_its_own_denies_nothing(gateway: FakeGateway, memory: FakeMemory) -> None:
    said = types.TextContent(type="text", text="The refund was rejected due to policy 7.")
    gateway.tools["Orders___get"] = lambda *_: types.CallToolResult(content=[said], is_error=True)
    answer = say(process(gateway), "tea")
    assert answer["response"] == "It says The refund was rejected due to policy 7."
    assert answer["notices"] == []


def test_a_tool_that_needs_consent_shows_the_user_where_to_give_it(gateway: FakeGateway, memory: FakeMemory) -> None:
    data = {"elicitations": [{"mode": "url", "elicitationId": "1", "url": "https://github.example/consent?x=1"}]}

    def asks(_: Mapping[str, object], __: Seen) -> str:
        raise MCPError(types.URL_ELICITATION_REQUIRED, "This request requires more information.", data)

    gateway.tools["Orders___get"] = asks
    answer = say(process(gateway), "tea")
    assert answer["notices"] == [
        "The tool Orders___get needs your permission: open https://github.example/consent?x=1 and ask again."
    ]
    assert "needs the user's permission" in str(answer["response"])
    assert "github.example" not in str(answer["response"])


@pytest.mark.parametrize("data", [None, {}, {"elicitations": "x"}, {"elicitations": [{"url": "javascript:alert(1)"}]}])
def test_consent_without_an_address_shows_none(gateway: FakeGateway, memory: FakeMemory, data: object) -> None:
    def asks(_: Mapping[str, object], __: Seen) -> str:
        raise MCPError(types.URL_ELICITATION_REQUIRED, "This request requires more information.", data)

    gateway.tools["Orders___get"] = asks
    assert say(process(gateway), "tea")["notices"] == []


def test_a_tool_that_fails_tells_the_model_only(gateway: FakeGateway, memory: FakeMemory) -> None:
    def fails(_: Mapping[str, object], __: Seen) -> str:
        raise MCPError(-32603, "the order book is closed")

    gateway.tools["Orders___get"] = fails
    answer = say(process(gateway), "tea")
    assert "failed: the order book is closed" in str(answer["response"])
    assert answer["notices"] == []


def test_an_image_is_kept_with_the_conversation(gateway: FakeGateway, memory: FakeMemory) -> None:
    image = types.ImageContent(type="image", data=base64.b64encode(b"a chart").decode(), mime_type="image/png")
    gateway.tools["Orders___get"] = lambda *_: types.CallToolResult(content=[image])
    assert say(process(gateway), "chart")["notices"] == []
    restarted = process(gateway, lambda messages: "Hello")
    assert say(restarted, "again")["response"] == "Hello"
    assert b"a chart" in [
        part["image"]["source"]["bytes"]
        for message in restarted.model.heard[0]
        for block in message["content"]
        if "toolResult" in block
        for part in block["toolResult"]["content"]
        if "image" in part
    ]


def test_a_streamed_answer_tells_what_went_wrong_as_it_happens(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.denied.add(("ann", "Orders___get"))
    events = process(gateway).stream("tea", headers={"Authorization": f"Bearer {token('ann')}"})
    kinds = [event["type"] for event in events]
    assert kinds[0] == "tool"
    assert kinds.index("notice") < kinds.index("text")
    assert events[-1]["notices"] == ["The tool Orders___get is not allowed for you with what it was asked."]


def test_a_tool_the_user_may_not_use_is_not_offered(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.hidden.add(("ann", "Orders___get"))
    assistant = process(gateway, lambda messages: "Hello")
    say(assistant, "hello")
    assert offered(assistant) == ["calculator"]


def test_a_list_of_tools_is_asked_for_once_in_a_while(
    gateway: FakeGateway, memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "LISTED_SECONDS", 1)
    assistant = process(gateway, lambda messages: "Hello")
    say(assistant, "one")
    say(assistant, "two")
    assert gateway.methods().count("tools/list") == 1
    gateway.tools = {"Stock___count": gateway.tools["Orders___get"]}
    time.sleep(1)
    say(assistant, "three")
    assert offered(assistant) == ["calculator", "Stock___count"]


def test_a_tool_of_the_agents_own_is_not_replaced(
    gateway: FakeGateway, memory: FakeMemory, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.tools["calculator"] = lambda *_: "43"

    def calculating(messages: Messages) -> Step:
        result = "toolResult" in messages[-1]["content"][0]
        return f"It is {texts(messages[-1])}" if result else UseTool("calculator", {"expression": "6 * 7"})

    assistant = process(gateway, calculating)
    for prompt in ("one", "two"):
        assert say(assistant, prompt)["response"] == "It is 42"
    assert "tool=<calculator>" in caplog.text
    assert gateway.callers() == []


class TestManyTools:
    @pytest.fixture
    def many(self, gateway: FakeGateway, memory: FakeMemory) -> FakeGateway:
        get = gateway.tools["Orders___get"]
        gateway.tools |= {f"Crm___customer_{number}": get for number in range(toolbox.MAX_OFFERED)}
        gateway.tools |= {f"Stock___shelf_{number}": get for number in range(toolbox.MAX_OFFERED)}
        gateway.searchable = True
        return gateway

    def test_a_turn_is_offered_what_its_question_finds(self, many: FakeGateway) -> None:
        assistant = process(many)
        assert say(assistant, "orders please")["response"] == "It says ann has orders please"
        assert offered(assistant) == ["calculator", "Orders___get", SEARCH_TOOL]

    def test_what_was_found_stays_while_there_is_room(self, many: FakeGateway) -> None:
        assistant = process(many, lambda messages: "Hello")
        say(assistant, "orders please")
        say(assistant, "shelf_1")
        shelves = [name for name in many.tools if "shelf_1" in name]
        assert offered(assistant) == ["calculator", "Orders___get", *shelves, SEARCH_TOOL]
        say(assistant, "customer")
        assert len(offered(assistant)) == toolbox.MAX_OFFERED + 2
        assert "Orders___get" not in offered(assistant)

    def test_the_model_can_search_by_itself_and_use_what_it_finds(self, many: FakeGateway) -> None:
        def searching(messages: Messages) -> Step:
            said = transcript(messages)
            if "ann has" in said:
                return "Done"
            if "The tool Orders___get" in said:
                return UseTool("Orders___get", {"text": "tea"})
            return UseTool(SEARCH_TOOL, {"query": "orders"})

        assistant = process(many, searching)
        assert say(assistant, "What did I buy?")["response"] == "Done"
        assert many.callers().count("ann") == 3

    def test_a_search_that_finds_nothing_leaves_the_search(self, many: FakeGateway) -> None:
        assistant = process(many, lambda messages: "Hello")
        say(assistant, "xyzzy")
        assert offered(assistant) == ["calculator", SEARCH_TOOL]

    def test_without_a_search_all_are_offered(self, many: FakeGateway) -> None:
        many.searchable = False
        many.page_size = 7
        assistant = process(many, lambda messages: "Hello")
        say(assistant, "hello")
        assert offered(assistant) == ["calculator", *many.tools]


def test_a_gateway_is_asked_as_the_agent_where_it_knows_roles(
    gateway: FakeGateway, memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.auth, gateway.secrets = "IAM", {"test": "test"}
    assistant = process(gateway, AGENT_INBOUND_AUTH="IAM", AGENT_GATEWAY_AUTH="IAM")
    assert assistant.say("tea", actor="ann")["response"] == "It says test has tea"
    assert not any("bearer" in json.dumps(dict(each.headers)).lower() for each in gateway.seen)


def test_a_users_token_does_not_leave_for_a_gateway_that_knows_roles(gateway: FakeGateway, memory: FakeMemory) -> None:
    gateway.auth, gateway.secrets = "IAM", {"test": "test"}
    assert say(process(gateway, AGENT_GATEWAY_AUTH="IAM"), "tea")["response"] == "It says test has tea"
    assert not any(each.headers["authorization"].startswith("Bearer") for each in gateway.seen)
