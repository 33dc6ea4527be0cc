import datetime as dt
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from tests.workbench.local_cloud.agentcore.conftest import MEMORY, FakeControl, Server
from workbench.local_cloud.agentcore.memory.extraction import SentenceExtraction, Turn
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.service import Caller, Scope, ServiceError

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
ME = Caller(Scope("000000000000", "us-east-1"))
TEA = (
    "Remember that I absolutely love hot tea, especially Earl Grey, and I prefer it with a splash of milk and one sugar"
)
QUESTION = "What kind of hot drinks do I like and how do I prefer them prepared?"
Row = Mapping[str, Any]


class Memory:
    """The memory plane with short forms of its calls, and a clock to turn."""

    def __init__(self, extraction: SentenceExtraction | None = None) -> None:
        self.now = NOW
        self.control = FakeControl()
        self.plane = MemoryDataPlane(self.control, extraction=extraction, clock=lambda: self.now)

    def call(self, operation: str, caller: Caller = ME, **params: Any) -> dict[str, Any]:
        return self.plane.call(operation, {"memoryId": MEMORY, **params}, caller)

    def say(self, text: str = "hello", *, at: int = 0, actor: str = "ann", session: str = "s", **more: Any) -> str:
        payload = [{"conversational": {"role": "USER", "content": {"text": text}}}]
        params = {"payload": payload, **more, "actorId": actor, "sessionId": session}
        event = self.call("CreateEvent", eventTimestamp=NOW + dt.timedelta(seconds=at), **params)["event"]
        return str(event["eventId"])

    def events(self, **params: Any) -> list[Row]:
        return cast("list[Row]", self.call("ListEvents", **{"actorId": "ann", "sessionId": "s", **params})["events"])

    def texts(self, **params: Any) -> list[str]:
        return [e["payload"][0]["conversational"]["content"]["text"] for e in self.events(**params)]

    def search(self, query: str, **params: Any) -> list[Row]:
        assert self.plane.jobs.wait(5)
        criteria = {"searchQuery": query, **cast("dict[str, object]", params.pop("criteria", {}))}
        answer = self.call("RetrieveMemoryRecords", searchCriteria=criteria, **params)
        return cast("list[Row]", answer["memoryRecordSummaries"])


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_events_come_newest_first_by_their_time(memory: Memory) -> None:
    memory.say("second", at=2)
    memory.say("first", at=1)
    memory.say("third", at=2)

    assert memory.texts() == ["third", "second", "first"]


def test_an_equal_client_token_stores_once(memory: Memory) -> None:
    assert memory.say("a", clientToken="t") == memory.say("b", clientToken="t")
    assert memory.texts() == ["a"]


def test_pages_follow_one_another(memory: Memory) -> None:
    for number in range(25):
        memory.say(str(number), at=number)

    first = memory.call("ListEvents", actorId="ann", sessionId="s")
    rest = memory.call("ListEvents", actorId="ann", sessionId="s", nextToken=first["nextToken"])

    assert (len(first["events"]), len(rest["events"])) == (20, 5)
    assert "nextToken" not in rest


def test_a_foreign_token_is_refused(memory: Memory) -> None:
    with pytest.raises(ServiceError, match="nextToken"):
        memory.events(nextToken="elsewhere")


def test_payloads_are_left_out_on_request(memory: Memory) -> None:
    memory.say()

    assert [event["payload"] for event in memory.events(includePayloads=False)] == [None]


def test_sessions_and_actors_do_not_see_each_other(memory: Memory) -> None:
    event = memory.say("ann's", actor="ann")
    memory.say("bob's", actor="bob", session="s")

    assert memory.texts(actorId="bob") == ["bob's"]
    assert memory.texts(actorId="ann", sessionId="other") == []
    with pytest.raises(ServiceError, match="Unable to find event"):
        memory.call("GetEvent", actorId="bob", sessionId="s", eventId=event)


def test_scopes_do_not_see_each_other(memory: Memory) -> None:
    memory.say()

    elsewhere = Caller(Scope("000000000000", "eu-west-1"))
    assert memory.call("ListActors", elsewhere)["actorSummaries"] == []
    assert memory.call("ListActors")["actorSummaries"] == [{"actorId": "ann"}]


def test_an_unbranched_event_is_on_main(memory: Memory) -> None:
    memory.say()

    assert memory.events()[0]["branch"] == {"name": "main"}


def test_a_branch_is_read_alone_or_with_its_ancestry(memory: Memory) -> None:
    memory.say("one", at=1)
    fork = memory.say("two", at=2)
    memory.say("main goes on", at=3)
    inner = memory.say("branch", at=4, branch={"name": "b", "rootEventId": fork})
    memory.say("branch goes on", at=5, branch={"name": "b"})
    memory.say("nested", at=6, branch={"name": "c", "rootEventId": inner})

    def read(name: str, *, parents: bool = False) -> list[str]:
        return memory.texts(filter={"branch": {"name": name, "includeParentBranches": parents}})

    assert read("b") == ["branch goes on", "branch"]
    assert read("main") == ["main goes on", "two", "one"]
    assert read("b", parents=True) == ["branch goes on", "branch", "two", "one"]
    assert read("c", parents=True) == ["nested", "branch", "two", "one"]
    assert read("unknown") == []


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        ({"name": "b"}, "name the 'rootEventId'"),
        ({"name": "b", "rootEventId": "0#0"}, "is no event of this actor's session"),
    ],
)
def test_a_new_branch_needs_a_root_in_its_session(memory: Memory, branch: object, message: str) -> None:
    memory.say()

    with pytest.raises(ServiceError, match=message):
        memory.say(branch=branch)


def test_a_branch_keeps_its_root(memory: Memory) -> None:
    first, second = memory.say(at=1), memory.say(at=2)
    memory.say(at=3, branch={"name": "b", "rootEventId": first})

    with pytest.raises(ServiceError, match="use another branch name"):
        memory.say(at=4, branch={"name": "b", "rootEventId": second})


def test_events_are_filtered_by_metadata(memory: Memory) -> None:
    memory.say("state", metadata={"stateType": {"stringValue": "AGENT"}})
    memory.say("other", at=1, metadata={"stateType": {"stringValue": "SESSION"}})
    memory.say("plain", at=2)

    def where(operator: str, value: str | None = None) -> list[str]:
        right = {"right": {"metadataValue": {"stringValue": value}}} if value else {}
        return memory.texts(
            filter={"eventMetadata": [{"left": {"metadataKey": "stateType"}, "operator": operator, **right}]}
        )

    assert where("EQUALS_TO", "AGENT") == ["state"]
    assert where("EXISTS") == ["other", "state"]
    assert where("NOT_EXISTS") == ["plain"]
    with pytest.raises(ServiceError, match=r"needs 'right\.metadataValue'"):
        where("EQUALS_TO")


def test_events_expire(memory: Memory) -> None:
    event = memory.say()
    memory.now = NOW + dt.timedelta(days=30)

    assert memory.events() == []
    with pytest.raises(ServiceError, match="Unable to find event"):
        memory.call("GetEvent", actorId="ann", sessionId="s", eventId=event)


def test_a_deleted_event_is_gone_but_its_session_stays(memory: Memory) -> None:
    event = memory.say()

    assert memory.call("DeleteEvent", actorId="ann", sessionId="s", eventId=event) == {"eventId": event}
    assert memory.events() == []
    assert [s["sessionId"] for s in memory.call("ListSessions", actorId="ann")["sessionSummaries"]] == ["s"]
    assert memory.call("ListSessions", actorId="ann", filter={"eventFilter": "HAS_EVENTS"})["sessionSummaries"] == []


def test_an_oversized_json_item_is_refused(memory: Memory) -> None:
    with pytest.raises(ServiceError, match="at most 100000"):
        memory.say(payload=[{"json": {"content": "x" * 100_001}}])


def test_an_unknown_memory_is_not_found(memory: Memory) -> None:
    with pytest.raises(ServiceError) as caught:
        memory.plane.call("ListActors", {"memoryId": "other-0123456789"}, ME)

    assert caught.value.code == "ResourceNotFoundException"


def test_many_threads_lose_no_event(memory: Memory) -> None:
    threads = [threading.Thread(target=lambda n=n: [memory.say(f"{n}-{i}") for i in range(50)]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = [e["eventId"] for token in range(4) for e in memory.events(maxResults=100, nextToken=str(token * 100))]
    assert len(set(ids)) == 400


def test_what_was_told_is_recalled_in_another_session_by_the_same_actor_alone(memory: Memory) -> None:
    memory.say("My favorite number is 42.", session="a")
    memory.say(TEA, session="a", at=1)
    memory.say("I live in a small village by the sea.", session="a", at=2)

    for namespace in ("/users/ann/preferences", "/users/ann/facts"):
        found = [r for r in memory.search(QUESTION, namespacePath=namespace) if r["score"] >= 0.5]
        assert [r["content"]["text"] for r in found] == [TEA.removeprefix("Remember that ")]
    assert memory.search(QUESTION, namespacePath="/users/bob") == []


def test_every_extracted_record_names_the_stand_in(memory: Memory) -> None:
    memory.say(TEA)

    records = memory.search(QUESTION, namespacePath="/users")

    assert len(records) == 2
    assert {r["metadata"]["extractedBy"]["stringValue"] for r in records} == {"SentenceExtraction stand-in"}


def test_the_same_statement_is_stored_once(memory: Memory) -> None:
    memory.say("I love green tea.")
    memory.say("I love  GREEN tea", at=1)

    assert len(memory.search("green tea", namespace="/users/ann/facts/")) == 1


def test_questions_context_and_tool_talk_are_not_remembered(memory: Memory) -> None:
    memory.say("What do I like? <user_context>I like spam.</user_context>")
    assistant = [{"conversational": {"role": "ASSISTANT", "content": {"text": "I like helping."}}}]
    memory.say(payload=assistant, at=1)
    state = json.dumps({"message": {"role": "user", "content": [{"toolResult": {"content": [{"text": "my 5"}]}}]}})
    memory.say(state, at=2)

    assert memory.search("like spam helping 5", namespacePath="/users/ann") == []


def test_the_message_inside_strands_json_is_what_counts(memory: Memory) -> None:
    memory.say(json.dumps({"message": {"role": "user", "content": [{"text": "I love jazz."}]}, "message_id": 0}))

    assert [r["content"]["text"] for r in memory.search("jazz", namespace="/users/ann/facts/")] == ["I love jazz."]


def test_an_event_may_skip_extraction(memory: Memory) -> None:
    memory.say("I love jazz.", extractionMode="SKIP")

    assert memory.search("jazz", namespacePath="/users/ann") == []


def _strategy(memory: Memory, **strategy: object) -> None:
    memory.control.memory["strategies"] = [{"strategyId": "own-0123456789", **strategy}]


def test_a_summary_is_kept_up_to_date(memory: Memory) -> None:
    _strategy(memory, type="SUMMARIZATION", namespaceTemplates=["/summaries/{actorId}/{sessionId}/"])
    memory.say("We plan a trip.")
    memory.say("It goes to Lisbon.", at=1)

    records = memory.search("trip Lisbon", namespace="/summaries/ann/s/")
    assert [r["content"]["text"] for r in records] == ["The user said: We plan a trip. It goes to Lisbon."]


def test_an_episode_joins_question_and_answer(memory: Memory) -> None:
    _strategy(memory, type="EPISODIC", namespaceTemplates=["/episodes/{actorId}/{memoryStrategyId}/"])
    memory.say("The printer is jammed.")
    memory.say(payload=[{"conversational": {"role": "ASSISTANT", "content": {"text": "Open tray two."}}}], at=1)

    (record,) = memory.search("printer", namespace="/episodes/ann/own-0123456789/")
    assert record["content"]["text"] == "Situation: The printer is jammed. Outcome: Open tray two."


@pytest.mark.parametrize(("override", "count"), [("SEMANTIC_OVERRIDE", 1), ("SELF_MANAGED", 0)])
def test_custom_strategies_extract_as_what_they_change(memory: Memory, override: str, count: int) -> None:
    _strategy(memory, type="CUSTOM", configuration={"type": override}, namespaceTemplates=["/x/{actorId}/"])
    memory.say("I love jazz.")

    assert len(memory.search("jazz", namespace="/x/ann/")) == count


class FailsOnce(SentenceExtraction):
    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    def find(self, kind: str, new: Sequence[Turn], session: Sequence[Turn]) -> list[Any]:
        if not self.failed:
            self.failed = True
            raise RuntimeError("the model was away")
        return super().find(kind, new, session)


def test_a_failed_extraction_is_listed_and_can_be_started_again() -> None:
    memory = Memory(FailsOnce())
    _strategy(memory, type="SEMANTIC", namespaceTemplates=["/x/{actorId}/"])
    memory.say("I love jazz.")
    assert memory.search("jazz", namespace="/x/ann/") == []

    (job,) = memory.call("ListMemoryExtractionJobs", filter={"actorId": "ann"})["jobs"]
    assert (job["status"], job["failureReason"]) == ("FAILED", "the model was away")
    assert memory.call("ListMemoryExtractionJobs", filter={"actorId": "bob"})["jobs"] == []
    assert memory.call("StartMemoryExtractionJob", extractionJob={"jobId": job["jobID"]}) == {"jobId": job["jobID"]}

    assert len(memory.search("jazz", namespace="/x/ann/")) == 1
    assert memory.call("ListMemoryExtractionJobs")["jobs"] == []


def test_a_namespace_variable_comes_from_the_event(memory: Memory) -> None:
    _strategy(memory, type="SEMANTIC", namespaceTemplates=["/{tenant}/{actorId}/"])
    memory.say("I love jazz.", extractionConfig={"namespaceVariables": {"tenant": "acme"}})
    memory.say("I love blues.", at=1)

    assert len(memory.search("jazz", namespace="/acme/ann/")) == 1
    (job,) = memory.call("ListMemoryExtractionJobs")["jobs"]
    assert "'tenant'" in job["failureReason"]


def _create(memory: Memory, *rows: tuple[str, str], **more: object) -> list[str]:
    records = [
        {"requestIdentifier": str(n), "namespaces": [namespace], "content": {"text": text}, "timestamp": NOW, **more}
        for n, (namespace, text) in enumerate(rows)
    ]
    answer = memory.call("BatchCreateMemoryRecords", records=records)
    return [row["memoryRecordId"] for row in answer["successfulRecords"]]


def test_namespace_is_exact_and_path_is_a_hierarchy(memory: Memory) -> None:
    _create(memory, ("/users/ann/", "tea a"), ("/users/ann/facts/", "tea b"), ("/users/anna/", "tea c"))

    def found(**where: object) -> list[str]:
        return sorted(r["content"]["text"] for r in memory.search("tea", **where))

    assert found(namespace="/users/ann/") == ["tea a"]
    assert found(namespacePath="/users/ann") == ["tea a", "tea b"]
    assert found(namespacePath="/users/ann/") == ["tea a", "tea b"]
    with pytest.raises(ServiceError, match="exactly one"):
        found()


def test_a_deletion_finds_a_record_only_in_the_namespace_it_was_allowed_for(memory: Memory) -> None:
    anns, bobs = _create(memory, ("/users/ann/facts/", "tea"), ("/users/bob/facts/", "tea"))
    with pytest.raises(ServiceError, match="not found"):
        memory.call("DeleteMemoryRecord", memoryRecordId=bobs, namespace="/users/ann/facts/")
    memory.call("DeleteMemoryRecord", memoryRecordId=anns, namespace="/users/ann/facts/")
    answer = memory.call(
        "BatchDeleteMemoryRecords", records=[{"memoryRecordId": bobs, "namespace": "/users/ann/facts/"}]
    )
    assert [row["memoryRecordId"] for row in answer["failedRecords"]] == [bobs]
    assert [r["content"]["text"] for r in memory.search("tea", namespacePath="/users/")] == ["tea"]


def test_records_are_filtered_by_metadata(memory: Memory) -> None:
    early = {"rank": {"numberValue": 1.0}, "day": {"dateTimeValue": NOW}, "tags": {"stringListValue": ["a", "b"]}}
    late = {"rank": {"numberValue": 2.0}, "day": {"dateTimeValue": NOW + dt.timedelta(days=1)}}
    _create(memory, ("/n/", "tea early"), metadata=early)
    _create(memory, ("/n/", "tea late"), metadata=late)

    def where(key: str, operator: str, value: object) -> list[str]:
        expression = {"left": {"metadataKey": key}, "operator": operator, "right": {"metadataValue": value}}
        rows = memory.search("tea", namespace="/n/", criteria={"metadataFilters": [expression]})
        listed = memory.call("ListMemoryRecords", namespace="/n/", metadataFilters=[expression])
        assert len(listed["memoryRecordSummaries"]) == len(rows)
        return sorted(r["content"]["text"] for r in rows)

    assert where("rank", "GREATER_THAN", {"numberValue": 1}) == ["tea late"]
    assert where("rank", "GREATER_THAN_OR_EQUALS", {"numberValue": 1}) == ["tea early", "tea late"]
    assert where("rank", "LESS_THAN", {"numberValue": 2}) == ["tea early"]
    assert where("rank", "LESS_THAN_OR_EQUALS", {"numberValue": 0}) == []
    assert where("day", "BEFORE", {"dateTimeValue": NOW + dt.timedelta(hours=1)}) == ["tea early"]
    assert where("day", "AFTER", {"dateTimeValue": NOW}) == ["tea late"]
    assert where("tags", "CONTAINS", {"stringValue": "b"}) == ["tea early"]
    assert where("tags", "EQUALS_TO", {"stringListValue": ["a"]}) == []


def test_top_k_limits_and_orders_a_search(memory: Memory) -> None:
    _create(memory, ("/n/", "green tea"), ("/n/", "green green tea and cake"), ("/n/", "a green door"), ("/n/", "milk"))

    rows = memory.search("green tea", namespace="/n/", criteria={"topK": 2})

    assert [r["content"]["text"] for r in rows] == ["green tea", "green green tea and cake"] or len(rows) == 2
    assert rows[0]["score"] >= rows[1]["score"] > 0
    assert all(r["content"]["text"] != "milk" for r in memory.search("green tea", namespace="/n/"))


def test_records_are_changed_and_deleted(memory: Memory) -> None:
    first, second = _create(memory, ("/n/", "green tea"), ("/n/", "black tea"))
    missing = "mem-" + "0" * 36

    changed = memory.call(
        "BatchUpdateMemoryRecords",
        records=[{"memoryRecordId": i, "timestamp": NOW, "content": {"text": "white tea"}} for i in (first, missing)],
    )
    assert [r["memoryRecordId"] for r in changed["successfulRecords"]] == [first]
    assert [(r["memoryRecordId"], r["status"]) for r in changed["failedRecords"]] == [(missing, "FAILED")]
    assert memory.call("GetMemoryRecord", memoryRecordId=first)["memoryRecord"]["content"] == {"text": "white tea"}

    memory.call("DeleteMemoryRecord", memoryRecordId=first)
    gone = memory.call("BatchDeleteMemoryRecords", records=[{"memoryRecordId": first}, {"memoryRecordId": second}])
    assert [r["memoryRecordId"] for r in gone["successfulRecords"]] == [second]
    assert memory.call("ListMemoryRecords", namespace="/n/")["memoryRecordSummaries"] == []


def test_records_expire_when_told_to(memory: Memory) -> None:
    record = {"requestIdentifier": "r", "namespaces": ["/n/"], "content": {"text": "tea"}, "timestamp": NOW}
    expiry = {"recordExpiryDurationDays": 31}
    memory.call("BatchCreateMemoryRecords", records=[record], recordExpirySpecification=expiry)
    _create(memory, ("/n/", "coffee"))
    memory.now = NOW + dt.timedelta(days=31)

    records = memory.call("ListMemoryRecords", namespace="/n/")["memoryRecordSummaries"]
    assert [r["content"]["text"] for r in records] == ["coffee"]


def test_boto3_sees_the_same(server: Server) -> None:
    client = server.client()
    for number, text in enumerate(["hello", TEA]):
        client.create_event(
            memoryId=MEMORY,
            actorId="ann",
            sessionId="s",
            eventTimestamp=NOW + dt.timedelta(milliseconds=number),
            payload=[{"conversational": {"role": "USER", "content": {"text": text}}}, {"blob": {"state": [1, None]}}],
        )
    events = client.list_events(memoryId=MEMORY, actorId="ann", sessionId="s")["events"]
    assert [e["payload"][0]["conversational"]["content"]["text"] for e in events] == [TEA, "hello"]
    assert events[0]["payload"][1] == {"blob": {"state": [1, None]}}
    bare = client.list_events(memoryId=MEMORY, actorId="ann", sessionId="s", includePayloads=False)["events"]
    assert "payload" not in bare[0]

    assert server.memory.jobs.wait(5)
    found = client.retrieve_memory_records(
        memoryId=MEMORY, namespacePath="/users/ann", searchCriteria={"searchQuery": QUESTION, "topK": 3}
    )["memoryRecordSummaries"]
    assert len(found) == 2
    assert all(0.5 <= record["score"] < 1 for record in found)
