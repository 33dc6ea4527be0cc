"""One's own conversations and data: listed, found, named, exported and deleted, and nobody else's touched."""

import json
import re
from collections.abc import Iterator

import pytest
from strands.types.content import Messages

from tests.agents.conftest import SESSION, Json, Process, error_code, variables
from tests.agents.fake_memory import FakeMemory
from tests.agents.fake_sessions import FakeSessions, serve_sessions
from tests.agents.scripted_model import Step, UseTool, texts

SECOND, THIRD = (f"session-{name}-0123456789-0123456789-xyz" for name in ("second", "third"))
NONE_OF_MINE = "session-nobody-0123456789-0123456789-xyz"


def echo(messages: Messages) -> Step:
    question = texts(messages[-1])
    if "toolResult" in messages[-1]["content"][0]:
        return f"It is {question}"
    if found := re.fullmatch(r"calculate (.*)", question):
        return UseTool("calculator", {"expression": found[1]})
    return f"You said {question}"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSessions]:
    with serve_sessions() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", fake.url)
        yield fake


def run(process: Process, operation: str, *, actor: str = "ann", session: str = NONE_OF_MINE, **given: object) -> Json:
    answer = process.post({"operation": operation, **given}, actor=actor, session=session)
    assert isinstance(answer, dict)
    return answer


def export(process: Process) -> tuple[list[Json], object]:
    answer = run(process, "export_my_data")
    exported = conversations(answer)
    while answer["next"] is not None:
        assert "records" not in answer
        answer = run(process, "export_my_data", next=answer["next"])
        exported += conversations(answer)
    return exported, answer["records"]


def conversations(answer: Json) -> list[Json]:
    listed = answer["conversations"]
    assert isinstance(listed, list)
    return listed


@pytest.fixture
def process(memory: FakeMemory) -> Process:
    """Ann has talked in three sessions, Bob in one."""
    made = Process(echo)
    for session, prompt in ((SESSION, "What is S3?"), (SECOND, "calculate 6 * 7"), (THIRD, "Größe der Kiste?")):
        made.say(prompt, session=session)
    made.say("Bob's secret", actor="bob", session="session-of-bob-0123456789-0123456789-x")
    return made


def test_lists_ones_own_last_used_first_in_pages(process: Process) -> None:
    first = run(process, "list_conversations", limit=2)
    rest = run(process, "list_conversations", limit=2, next=first["next"])
    listed = conversations(first) + conversations(rest)
    assert {each["name"] for each in listed} == {"What is S3?", "calculate 6 * 7", "Größe der Kiste?"}
    assert {each["id"] for each in listed} == {SESSION, SECOND, THIRD}
    assert rest["next"] is None
    used = [str(each["last_used_at"]) for each in conversations(first)]
    assert used == sorted(used, reverse=True)


def test_asks_memory_in_the_name_of_the_actor_only(process: Process, memory: FakeMemory) -> None:
    memory.calls.clear()
    run(process, "list_conversations")
    run(process, "search_conversations", query="secret")
    export(process)
    actors = {call.path[3] for call in memory.calls if "actor" in call.path}
    paths = {str(call.body["namespacePath"]) for call in memory.calls if call.operation == "ListMemoryRecords"}
    assert actors == {"ann"}
    assert paths == {"/users/ann/"}


def test_searches_names_and_what_was_said(process: Process) -> None:
    by_name = conversations(run(process, "search_conversations", query="größe"))
    by_answer = conversations(run(process, "search_conversations", query="it IS 42"))
    assert [(each["id"], each["found"]) for each in by_name] == [(THIRD, "")]
    assert [(each["id"], each["found"]) for each in by_answer] == [(SECOND, "It is 42")]
    assert conversations(run(process, "search_conversations", query="secret")) == []


def test_shows_what_was_said_with_the_tools_that_were_used(process: Process) -> None:
    answer = run(process, "get_conversation", conversation=SECOND)
    messages = answer["messages"]
    assert isinstance(messages, list)
    assert [(each["role"], each["text"], each["tools"]) for each in messages] == [
        ("user", "calculate 6 * 7", []),
        ("assistant", "It is 42", ["calculator"]),
    ]


def test_the_latest_name_wins_and_stays_when_the_conversation_goes_on(process: Process, memory: FakeMemory) -> None:
    run(process, "rename_conversation", conversation=SESSION, name="Storage ☁")
    Process(echo).say("and EBS?", session=SESSION)
    listed = {each["id"]: each["name"] for each in conversations(run(process, "list_conversations", limit=50))}
    listed |= {
        each["id"]: each["name"]
        for each in conversations(run(process, "list_conversations", next=run(process, "list_conversations")["next"]))
    }
    assert listed[SESSION] == "Storage ☁"
    restored = Process(echo)
    restored.say("go on", session=SESSION)
    assert len(restored.model.heard[0]) == 5


def test_a_name_far_back_is_found(process: Process, memory: FakeMemory) -> None:
    for number in range(4):
        process.say(f"more {number}", session=SECOND)
    found = [each for each in conversations(run(process, "list_conversations")) if each["id"] == SECOND]
    assert [each["name"] for each in found] == ["calculate 6 * 7"]


def test_deletes_one_conversation_with_its_summary_and_its_binding(memory: FakeMemory, table: FakeSessions) -> None:
    process = Process(echo, variables(AGENT_SESSIONS_TABLE=table.table))
    process.say("one")
    process.say("two", session=SECOND)
    memory.records = [(f"/users/ann/{SESSION}/", "about one", 0.9), ("/users/ann/facts/", "likes tea", 0.9)]
    answer = run(process, "delete_conversation", conversation=SESSION)
    assert answer == {"deleted": {"events": 1, "records": 1}}
    assert {event["sessionId"] for event in memory.events} == {SECOND}
    assert [text for _, text, _ in memory.records] == ["likes tea"]
    assert set(table.items) == {SECOND}
    process.say("what did I say?")
    assert len(process.model.heard[-1]) == 1
    assert set(table.items) == {SECOND, SESSION}


def test_deletes_everything_of_one_actor(process: Process, memory: FakeMemory) -> None:
    memory.records = [
        ("/users/ann/facts/", "likes tea", 0.9),
        ("/users/ann/preferences/", "short answers", 0.9),
        ("/users/anna/facts/", "Anna's", 0.9),
        ("/handbook/", "everybody's", 0.9),
    ]
    answer = run(process, "delete_my_data", confirm=True)
    assert answer["deleted"] == {"conversations": 3, "events": 3, "records": 2}
    assert answer["complete"] is True
    assert {event["actorId"] for event in memory.events} == {"bob"}
    assert [text for _, text, _ in memory.records] == ["Anna's", "everybody's"]
    assert conversations(run(process, "list_conversations")) == []
    assert process.say("what did I say?", session=SESSION)["response"] == "You said what did I say?"
    assert len(process.model.heard[-1]) == 1


def test_a_binding_of_another_actor_stays(memory: FakeMemory, table: FakeSessions) -> None:
    process = Process(echo, variables(AGENT_SESSIONS_TABLE=table.table))
    process.say("one")
    table.items[SESSION]["actor_id"] = {"S": "bob"}
    assert run(process, "delete_my_data", confirm=True)["complete"] is True
    assert set(table.items) == {SESSION}


def test_deletion_goes_on_where_time_ran_out(
    process: Process, memory: FakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.records = [("/users/ann/facts/", "likes tea", 0.9)]
    monkeypatch.setattr("agents.shared.conversations.operations._DELETING_SECONDS", 0.0)
    first = run(process, "delete_my_data", confirm=True)
    assert (first["complete"], len(memory.records)) == (False, 1)
    monkeypatch.undo()
    monkeypatch.setenv("AWS_ENDPOINT_URL", memory.url)
    assert run(process, "delete_my_data", confirm=True)["complete"] is True
    assert memory.records == []


def test_a_deletion_that_broke_off_goes_on_when_it_is_asked_for_again(memory: FakeMemory, table: FakeSessions) -> None:
    process = Process(echo, variables(AGENT_SESSIONS_TABLE=table.table))
    process.say("one")
    memory.records = [(f"/users/ann/{SESSION}/", "about one", 0.9)]
    memory.fail("DeleteMemoryRecord")
    assert error_code(run(process, "delete_conversation", conversation=SESSION)) == "memory_unavailable"
    assert memory.events == []
    memory.recover()
    deleted = run(process, "delete_conversation", conversation=SESSION)["deleted"]
    assert (deleted, memory.records, table.items) == ({"events": 0, "records": 1}, [], {})
    assert error_code(run(process, "delete_conversation", conversation=SESSION)) == "conversation_not_found"


@pytest.mark.parametrize("failing", ["DeleteEvent", "DeleteMemoryRecord"])
def test_no_binding_is_left_where_the_deletion_of_everything_broke_off(
    memory: FakeMemory, table: FakeSessions, failing: str
) -> None:
    process = Process(echo, variables(AGENT_SESSIONS_TABLE=table.table))
    process.say("one")
    process.say("two", session=SECOND)
    memory.records = [("/users/ann/facts/", "likes tea", 0.9)]
    memory.fail(failing)
    assert error_code(run(process, "delete_my_data", confirm=True)) == "memory_unavailable"
    memory.recover()
    assert run(process, "delete_my_data", confirm=True)["complete"] is True
    assert (memory.events, memory.records, table.items) == ([], [], {})


def test_what_is_deleted_is_not_remembered_where_the_deletion_broke_off(process: Process, memory: FakeMemory) -> None:
    memory.records = [("/users/ann/facts/", "likes tea", 0.9)]
    memory.fail("DeleteMemoryRecord")
    assert error_code(run(process, "delete_my_data", confirm=True)) == "memory_unavailable"
    memory.recover()
    process.say("what did I say?", session=SESSION)
    assert len(process.model.heard[-1]) == 1


def test_exports_everything_in_pages(process: Process, memory: FakeMemory) -> None:
    memory.records = [("/users/ann/facts/", "likes tea", 0.9)]
    exported, records = export(process)
    assert {each["id"] for each in exported} == {SESSION, SECOND, THIRD}
    assert "It is 42" in json.dumps(exported)
    assert isinstance(records, list)
    assert [each["text"] for each in records] == ["likes tea"]


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("list_conversations", {"limit": 0}, "argument_invalid"),
        ("list_conversations", {"limit": True}, "argument_invalid"),
        ("list_conversations", {"next": 7}, "argument_invalid"),
        ("search_conversations", {}, "argument_invalid"),
        ("search_conversations", {"query": "x" * 201}, "argument_invalid"),
        ("get_conversation", {}, "argument_invalid"),
        ("get_conversation", {"conversation": "../bob"}, "argument_invalid"),
        ("get_conversation", {"conversation": NONE_OF_MINE}, "conversation_not_found"),
        ("get_conversation", {"conversation": "session-of-bob-0123456789-0123456789-x"}, "conversation_not_found"),
        ("rename_conversation", {"conversation": SESSION, "name": ""}, "argument_invalid"),
        ("rename_conversation", {"conversation": NONE_OF_MINE, "name": "mine"}, "conversation_not_found"),
        ("delete_conversation", {"conversation": "session-of-bob-0123456789-0123456789-x"}, "conversation_not_found"),
        ("delete_my_data", {}, "confirmation_missing"),
        ("delete_my_data", {"confirm": "true"}, "confirmation_missing"),
        ("drop_table", {}, "operation_unknown"),
    ],
)
def test_refuses(process: Process, memory: FakeMemory, operation: str, given: Json, code: str) -> None:
    before = list(memory.events)
    answer = process.post({"operation": operation, **given})
    assert isinstance(answer, dict)
    assert error_code(answer) == code
    assert memory.events == before


@pytest.mark.parametrize("operation", ["list_conversations", "delete_my_data"])
def test_an_agent_without_memory_keeps_nothing(operation: str) -> None:
    process = Process(echo, variables(BEDROCK_AGENTCORE_MEMORY_ID=""))
    assert error_code(run(process, operation, confirm=True)) == "operation_unavailable"


def test_says_that_memory_cannot_be_reached(process: Process, memory: FakeMemory) -> None:
    memory.fail("ListSessions")
    assert error_code(run(process, "list_conversations")) == "memory_unavailable"


def test_who_does_not_say_who_they_are_learns_nothing(process: Process, memory: FakeMemory) -> None:
    memory.calls.clear()
    answer = process.post({"operation": "list_conversations"}, actor=None)
    assert isinstance(answer, dict)
    assert error_code(answer) == "identity_required"
    assert memory.calls == []
