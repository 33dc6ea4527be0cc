import gzip
import json
from pathlib import Path

import pytest

from constructs_lib.gateway.descriptions import ToolDescription, tools_from_json
from tests.constructs_lib.gateway.descriptions.support import write

FIND = {
    "name": "find_order",
    "description": "Finds an order.",
    "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    "outputSchema": {"type": "object"},
}


def test_reads_the_services_form_and_mcps(tmp_path: Path) -> None:
    expected = (
        ToolDescription(
            "find_order",
            "Finds an order.",
            {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            {"type": "object"},
        ),
    )
    assert tools_from_json(write(tmp_path, "list.json", [FIND])) == expected
    assert tools_from_json(write(tmp_path, "mcp.json", {"tools": [{**FIND, "title": "Find"}]})) == expected


def test_reads_yaml_and_gzip(tmp_path: Path) -> None:
    file = tmp_path / "tools.yaml"
    file.write_text("- name: switch\n  description: on\n  inputSchema: {type: object}\n")
    assert tools_from_json(file)[0].description == "on"
    packed = tmp_path / "tools.json.gz"
    packed.write_bytes(gzip.compress(json.dumps([FIND]).encode()))
    assert tools_from_json(packed)[0].name == "find_order"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "find_order"}, r"a tool schema is a list of tools, or an object with one in 'tools'"),
        ([{**FIND, "name": ""}], r"tool 1 has no 'name'"),
        ([FIND, {"name": "b", "description": "B."}], r"tool 2 \(b\) has no 'inputSchema'"),
        ([{**FIND, "input_schema": {}}], r"tool 1 \(find_order\) has a field 'input_schema'"),
        ([FIND, FIND], r"two tools are called 'find_order'"),
        ([{**FIND, "description": ""}], r"has no description"),
        ([], r"at least one tool"),
        (["find_order"], r"tool 1 is an object, got 'find_order'"),
    ],
)
def test_fails_with_the_file_and_the_tool(tmp_path: Path, content: object, message: str) -> None:
    file = write(tmp_path, "tools.json", content)
    with pytest.raises(ValueError, match=rf"{file}.*{message}"):
        tools_from_json(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[{]", r"is not valid JSON: .* line 1"),
        (b"", r"is empty"),
        (b"a: [b", r"neither JSON nor valid YAML"),
        (b"\x1f\x8b not gzip", r"begins like gzip but cannot be unpacked"),
    ],
)
def test_fails_for_content_that_cannot_be_read(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "tools.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        tools_from_json(file)


def test_fails_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone.json', which is none; check the path"):
        tools_from_json(tmp_path / "gone.json")
