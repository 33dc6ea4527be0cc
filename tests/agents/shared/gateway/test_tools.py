"""A gateway's tools and answers in Bedrock's words."""

import base64
import json
import re

import mcp_types as types
import pytest

from agents.shared.gateway.tools import found_tools, model_name, result_content

TOOL = {"name": "Orders___get", "description": "Gets an order", "inputSchema": {"type": "object", "properties": {}}}


def text(said: str) -> types.TextContent:
    return types.TextContent(type="text", text=said)


@pytest.mark.parametrize("name", ["Orders___get", "x_amz_bedrock_agentcore_search", "a" * 64])
def test_a_name_that_a_model_may_be_told_stays(name: str) -> None:
    assert model_name(name) == name


def test_other_names_are_replaced_by_different_ones() -> None:
    names = ["Orders___get.all", "Orders___get/all", f"{'a' * 65}", f"{'a' * 64}b"]
    replaced = [model_name(name) for name in names]
    assert len(set(replaced)) == len(names)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in replaced)
    assert model_name(names[0]) == replaced[0]


def test_text_and_images_are_passed_on() -> None:
    image = types.ImageContent(type="image", data=base64.b64encode(b"png").decode(), mime_type="image/png")
    content = result_content(types.CallToolResult(content=[text("one"), image]))
    assert content == [{"text": "one"}, {"image": {"format": "png", "source": {"bytes": b"png"}}}]


def test_a_resource_is_read_or_named() -> None:
    read = types.TextResourceContents(uri="orders://1", text="an order")
    link = types.ResourceLink(type="resource_link", name="order 2", uri="orders://2")
    sound = types.AudioContent(type="audio", data="", mime_type="audio/wav")
    content = result_content(
        types.CallToolResult(content=[types.EmbeddedResource(type="resource", resource=read), link, sound])
    )
    assert [part["text"] for part in content[:2]] == ["an order", "order 2: orders://2"]
    assert "type audio" in content[2]["text"]


def test_structured_answers_without_text_are_told_as_json() -> None:
    (part,) = result_content(types.CallToolResult(content=[], structured_content={"total": 3}))
    assert json.loads(part["text"]) == {"total": 3}


def test_an_empty_answer_is_told_in_words() -> None:
    assert result_content(types.CallToolResult(content=[])) == [{"text": "The tool returned nothing."}]


@pytest.mark.parametrize(
    "result",
    [
        types.CallToolResult(content=[], structured_content={"tools": [TOOL]}),
        types.CallToolResult(content=[text("Found:"), text(json.dumps({"tools": [TOOL]}))]),
    ],
)
def test_a_search_answers_with_tools(result: types.CallToolResult) -> None:
    assert [tool.name for tool in found_tools(result)] == ["Orders___get"]


@pytest.mark.parametrize(
    "result",
    [
        types.CallToolResult(content=[text("nothing")]),
        types.CallToolResult(content=[], structured_content={"tools": None}),
        types.CallToolResult(content=[text("failed")], structured_content={"tools": [TOOL]}, is_error=True),
    ],
)
def test_a_search_may_find_nothing(result: types.CallToolResult) -> None:
    assert found_tools(result) == []
