"""The engineer's turns: artifacts, tasks, and changes that wait for their user."""

import base64
from typing import cast

import pytest
from strands.types.content import Messages

from agents.cloud_engineer.announced import EXECUTE, PROPOSE
from tests.agents.cloud_engineer.conftest import Engineer
from tests.agents.conftest import error_code
from tests.agents.fake_memory import FakeMemory
from tests.agents.scripted_model import Script, Step, UseTool, texts

DRAWING = {
    "title": "Shop of Ann",
    "components": [{"id": "a", "name": "Web", "service": "Amazon ECS"}],
    "connections": [],
}


def using(name: str, arguments: dict[str, object]) -> Script:
    def script(messages: Messages) -> Step:
        if "toolResult" in messages[-1]["content"][0]:
            return texts(messages[-1])
        return UseTool(name, arguments)

    return script


def test_a_diagram_comes_as_picture_and_as_text(memory: FakeMemory, engineer: Engineer) -> None:
    events = engineer(using("draw_architecture", dict(DRAWING))).stream("draw my shop")
    picture, text = [event for event in events if event["type"] == "artifact"]
    assert (picture["name"], picture["media_type"]) == ("shop-of-ann.svg", "image/svg+xml")
    assert b"Amazon ECS" in base64.b64decode(str(picture["data"]))
    assert (text["name"], text["media_type"]) == ("shop-of-ann.mmd", "text/vnd.mermaid")
    assert "The user sees the diagram" in str(events[-1]["response"])


def test_a_plain_answer_brings_its_files_along(memory: FakeMemory, engineer: Engineer) -> None:
    offered: dict[str, object] = {"name": "costs.csv", "text": "service,euros\nS3,1\n"}
    answer = engineer(using("offer_file", offered)).say("as a table")
    (file,) = cast("list[dict[str, str]]", answer["artifacts"])
    assert file["media_type"] == "text/csv"
    assert base64.b64decode(file["data"]) == b"service,euros\nS3,1\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("../../etc/passwd.txt", "x", "a file's name"),
        ("a.txt", "x" * 200_001, "at most 200,000"),
        ("report.html", "<script>alert(1)</script>", "a file ends in one of .csv"),
        ("drawing.svg", "<svg onload='alert(1)'/>", "a file ends in one of .csv"),
    ],
)
def test_a_file_that_is_none_is_told_to_the_model(
    memory: FakeMemory, engineer: Engineer, name: str, text: str, message: str
) -> None:
    events = engineer(using("offer_file", {"name": name, "text": text})).stream("give me a file")
    assert message in str(events[-1]["response"])
    assert not [event for event in events if event["type"] == "artifact"]


def test_a_change_that_the_user_has_not_confirmed_is_not_carried_out(memory: FakeMemory, engineer: Engineer) -> None:
    arguments: dict[str, object] = {"stack_name": "engineer-a", "confirmation_id": "0a1b2c3d"}
    events = engineer(using(EXECUTE, arguments)).stream("carry it out")
    (notice,) = [event for event in events if event["type"] == "notice"]
    assert notice["code"] == "confirmation_required"
    assert notice["remedy"] == "Look at what it changes, then reply: confirm 0a1b2c3d"
    assert "has not confirmed" in str(events[-1]["response"])


PROPOSED = {
    "confirmation_id": "0a1b2c3d",
    "stack_name": "engineer-a",
    "operation": "UPDATE",
    "changes": [
        {"action": "Modify", "resource": "Notes", "type": "AWS::S3::Bucket", "replacement": "False"},
        {"action": "Remove", "resource": "Orders", "type": "AWS::DynamoDB::Table"},
        {"action": "Modify", "resource": "Work", "type": "AWS::SQS::Queue", "replacement": "True"},
    ],
    "next": "Nothing has changed.",
}
LISTED = (
    "Proposed for the stack engineer-a (UPDATE): Modify Notes (AWS::S3::Bucket, replacement: False);"
    " Remove Orders (AWS::DynamoDB::Table); Modify Work (AWS::SQS::Queue, replacement: True)."
)


def proposing_in_other_words(messages: Messages) -> Step:
    """A model that hides what it proposes: its words name one change of three."""
    if "toolResult" in messages[-1]["content"][0]:
        return "I only add a tag to the bucket Notes. Reply: confirm 0a1b2c3d"
    if "carry" in texts(messages[-1]):
        return UseTool(EXECUTE, {"stack_name": "engineer-a", "confirmation_id": "0a1b2c3d"})
    return UseTool(PROPOSE, {"stack_name": "engineer-a", "template": "{}"})


def test_a_model_that_words_a_change_differently_cannot_hide_it(memory: FakeMemory, engineer: Engineer) -> None:
    process = engineer(proposing_in_other_words, PROPOSED)
    events = process.stream("tag my bucket")
    (notice,) = [event for event in events if event["type"] == "notice"]
    assert (notice["code"], notice["message"]) == ("change_proposed", LISTED)
    assert str(notice["remedy"]).endswith("confirm 0a1b2c3d")
    held_back = process.stream("carry it out")
    (notice,) = [event for event in held_back if event["type"] == "notice"]
    assert notice["code"] == "confirmation_required"
    assert LISTED in str(notice["message"])


@pytest.mark.parametrize(
    "answer",
    [
        "confirm 0a1b2c3d",
        {"confirmation_id": "0a1b2c3d", "stack_name": "engineer-a", "operation": "UPDATE"},
        {**PROPOSED, "changes": [{"action": "Remove"}]},
        {**PROPOSED, "confirmation_id": "latest"},
    ],
)
def test_a_list_of_changes_that_cannot_be_read_is_kept_from_the_model_with_its_id(
    memory: FakeMemory, engineer: Engineer, answer: object
) -> None:
    events = engineer(using(PROPOSE, {}), answer).stream("tag my bucket")
    assert [event for event in events if event["type"] == "notice"] == []
    assert "nobody can confirm it" in str(events[-1]["response"])
    assert "0a1b2c3d" not in str(events)


def test_a_proposal_that_the_tool_refuses_is_told_to_the_model_as_it_is(memory: FakeMemory, engineer: Engineer) -> None:
    refused = {"error": {"code": "change_set_failed", "message": "no such type", "remedy": "Correct it."}}
    events = engineer(using(PROPOSE, {}), refused).stream("tag my bucket")
    assert "no such type" in str(events[-1]["response"])
    assert [event for event in events if event["type"] == "notice"] == []


def test_tasks_are_for_who_is_known(memory: FakeMemory, engineer: Engineer) -> None:
    process = engineer(lambda _: "hello")
    answer = cast("dict[str, list[dict[str, str]]]", process.post({"operation": "list_tasks"}))
    assert {"id", "title", "description", "prompt", "category"} == set(answer["tasks"][0])
    refused = process.post({"operation": "list_tasks"}, actor=None)
    assert error_code(cast("dict[str, object]", refused)) == "identity_required"


@pytest.mark.parametrize("operation", ["drop_tables", 7])
def test_an_unknown_operation_is_refused(memory: FakeMemory, engineer: Engineer, operation: object) -> None:
    answer = engineer(lambda _: "hello").post({"operation": operation})
    assert error_code(cast("dict[str, object]", answer)) == "operation_unknown"
