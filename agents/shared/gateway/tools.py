"""A gateway's tools as an agent uses them: their specification, and their results in Bedrock's words."""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import cast

import mcp_types as types
from strands.types._events import ToolResultEvent
from strands.types.media import ImageFormat
from strands.types.tools import (
    AgentTool,
    ToolGenerator,
    ToolResult,
    ToolResultContent,
    ToolResultStatus,
    ToolSpec,
    ToolUse,
)
from typing_extensions import override

Use = Callable[[ToolUse], Awaitable[ToolResult]]

# `toolSpec.name` of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
_MAX_NAME = 64
MAX_TEXT = 40_000
"""Characters of a result's text that a model is shown; a list of resources can fill its context by itself."""
_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_-]")

_IMAGES: dict[str, ImageFormat] = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
}


class GatewayTool(AgentTool):
    """A tool of a gateway.

    Args:
        tool: The tool as the gateway describes it.
        use: Calls it.
    """

    def __init__(self, tool: types.Tool, use: Use) -> None:
        super().__init__()
        self.gateway_name = tool.name
        self._spec: ToolSpec = {
            "name": model_name(tool.name),
            "description": tool.description or tool.title or tool.name,
            "inputSchema": {"json": tool.input_schema},
        }
        self._use = use

    @property
    @override
    def tool_name(self) -> str:
        return self._spec["name"]

    @property
    @override
    def tool_spec(self) -> ToolSpec:
        return self._spec

    @property
    @override
    def tool_type(self) -> str:
        return "gateway"

    @override
    async def stream(self, tool_use: ToolUse, invocation_state: dict[str, object], **kwargs: object) -> ToolGenerator:
        yield ToolResultEvent(await self._use(tool_use))


def model_name(name: str) -> str:
    """A tool's name as a model may be told it: `Target___tool`, or if Bedrock refuses that, a name derived from it.

    Args:
        name: The name at the gateway.
    """
    if len(name) <= _MAX_NAME and not _FORBIDDEN.search(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{_FORBIDDEN.sub('_', name)[: _MAX_NAME - 9]}_{digest}"


def tool_result(tool_use: ToolUse, status: ToolResultStatus, *content: ToolResultContent) -> ToolResult:
    """What the model is told of a call.

    Args:
        tool_use: The call.
        status: Whether it succeeded.
        content: What came back, at least one part.
    """
    return {"toolUseId": tool_use["toolUseId"], "status": status, "content": list(content)}


def result_content(result: types.CallToolResult) -> list[ToolResultContent]:
    """A gateway's answer in Bedrock's words; never empty.

    Args:
        result: The answer.
    """
    parts = [part for block in result.content for part in _parts(block)]
    if not parts and result.structured_content is not None:
        parts = [{"text": json.dumps(result.structured_content, ensure_ascii=False)}]
    for part in parts:
        if len(part.get("text", "")) > MAX_TEXT:
            left_out = len(part["text"]) - MAX_TEXT
            part["text"] = f"{part['text'][:MAX_TEXT]}\n[… {left_out:,} characters left out: ask for less …]"
    return parts or [{"text": "The tool returned nothing."}]


def result_text(result: types.CallToolResult) -> str:
    """What an answer says in words.

    Args:
        result: The answer.
    """
    return "\n".join(part["text"] for part in result_content(result) if "text" in part)


def found_tools(result: types.CallToolResult) -> list[types.Tool]:
    """The tools that a search answered with; nothing where the answer holds none.

    Args:
        result: The answer of the gateway's search tool.
    """
    if result.is_error:
        return []
    for candidate in _documents(result):
        listed = candidate.get("tools") if isinstance(candidate, dict) else None
        if isinstance(listed, list):
            return [types.Tool.model_validate(each) for each in listed]
    return []


def _documents(result: types.CallToolResult) -> Iterable[object]:
    yield result.structured_content
    for block in result.content:
        if isinstance(block, types.TextContent):
            try:
                yield json.loads(block.text)
            except ValueError:
                continue


def _parts(block: types.ContentBlock) -> list[ToolResultContent]:
    match block:
        case types.TextContent():
            return [{"text": block.text}]
        case types.ImageContent() if block.mime_type in _IMAGES:
            image = {"format": _IMAGES[block.mime_type], "source": {"bytes": base64.b64decode(block.data)}}
            return [cast("ToolResultContent", {"image": image})]
        case types.EmbeddedResource(resource=types.TextResourceContents() as resource):
            return [{"text": resource.text}]
        case types.ResourceLink():
            return [{"text": f"{block.name}: {block.uri}"}]
        case _:
            return [{"text": f"(A part of type {block.type}, which cannot be shown.)"}]
