"""What every kind of target has in common: its tools, a call of one, and what went wrong with it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

SEPARATOR = "___"
"""Stands between a target's name and a tool's name in it."""


@dataclass(frozen=True)
class Tool:
    """One tool of a target.

    Args:
        name: Its name in the target.
        description: What it does.
        input_schema: JSON Schema of its arguments.
        output_schema: JSON Schema of its result, or None.
    """

    name: str
    description: str
    input_schema: Mapping[str, object]
    output_schema: Mapping[str, object] | None = None


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool.

    Args:
        tool: Its name in the target.
        arguments: Its arguments.
        request_id: The service's id of the request.
        message_id: The JSON-RPC id of the request.
        headers: The caller's headers that the target may see, by their names as allowed.
        query: The caller's query parameters that the target may see.
        token: The caller's bearer token; empty without.
    """

    tool: str
    arguments: Mapping[str, object]
    request_id: str = ""
    message_id: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True)
class ToolResult:
    """What a tool answered.

    Args:
        content: MCP content blocks.
        structured: The same as a JSON object, or None.
        is_error: Whether the tool says that it failed.
        headers: Headers of the target's answer.
    """

    content: Sequence[Mapping[str, object]]
    structured: Mapping[str, object] | None = None
    is_error: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class TargetError(Exception):
    """A target could not be asked, or what it answered is no answer.

    Args:
        name: Name of the exception, as the service's messages begin with it.
        detail: What went wrong; callers see it only while the gateway's exception level is DEBUG.
    """

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name} - {detail}")
        self.name = name
        self.detail = detail


class Source(Protocol):
    """One target."""

    async def tools(self) -> tuple[Tool, ...]:
        """Its tools, read anew.

        Raises:
            TargetError: If they cannot be read.
        """

    async def call(self, call: ToolCall) -> ToolResult:
        """Call one of its tools.

        Raises:
            TargetError: If it cannot be called.
        """


def text_result(text: str, **more: object) -> ToolResult:
    """An answer of one text."""
    return ToolResult([{"type": "text", "text": text}], **more)  # type: ignore[arg-type]


def json_result(value: object, tool: Tool | None = None, *, is_error: bool = False) -> ToolResult:
    """An answer that is a JSON value: as text, and as structured content where the tool describes its result."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    structured = value if tool is not None and tool.output_schema and isinstance(value, Mapping) else None
    return text_result(text, structured=structured, is_error=is_error)


def find_tool(tools: Sequence[Tool], name: str) -> Tool:
    """A tool by its name in the target.

    Raises:
        TargetError: If the target has none of that name.
    """
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        raise TargetError("UnknownToolException", f"the target has no tool {name!r}")
    return tool
