"""A model that says what a test has written down, in the stream format of Bedrock."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar, cast

from strands.models import Model
from strands.types.content import Message, Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

T = TypeVar("T")


@dataclass(frozen=True)
class UseTool:
    """Ask for a tool."""

    name: str
    arguments: dict[str, object]


Step = str | UseTool | Exception
Script = Callable[[Messages], Step]


@dataclass
class ScriptedModel(Model):
    """Answers by a function of the conversation, and keeps what it was shown."""

    script: Script
    gate: asyncio.Event | None = None
    heard: list[Messages] = field(default_factory=list)
    offered: list[list[str]] = field(default_factory=list)

    def update_config(self, **model_config: Any) -> None:
        """Nothing to configure."""

    def get_config(self) -> dict[str, object]:
        return {}

    def structured_output(
        self, output_model: type[T], prompt: Messages, system_prompt: str | None = None, **kwargs: Any
    ) -> AsyncGenerator[dict[str, T | Any], None]:
        raise NotImplementedError

    async def stream(
        self, messages: Messages, tool_specs: list[ToolSpec] | None = None, *args: Any, **kwargs: Any
    ) -> AsyncIterable[StreamEvent]:
        self.heard.append(deepcopy(messages))
        self.offered.append([spec["name"] for spec in tool_specs or []])
        _refuse_what_bedrock_refuses(messages)
        step = self.script(messages)
        if isinstance(step, Exception):
            raise step
        yield {"messageStart": {"role": "assistant"}}
        if isinstance(step, UseTool):
            use = {"name": step.name, "toolUseId": f"use-{uuid.uuid4().hex[:8]}"}
            yield cast("StreamEvent", {"contentBlockStart": {"start": {"toolUse": use}}})
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(step.arguments)}}}}
        else:
            yield {"contentBlockStart": {"start": {}}}
            for index, word in enumerate(step.split(" ")):
                if index and self.gate is not None:
                    await self.gate.wait()
                yield {"contentBlockDelta": {"delta": {"text": word if index == 0 else f" {word}"}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "tool_use" if isinstance(step, UseTool) else "end_turn"}}


def _refuse_what_bedrock_refuses(messages: Messages) -> None:
    roles = [message["role"] for message in messages]
    if roles[0] != "user" or any(a == b for a, b in pairwise(roles)):
        raise ValueError(f"roles must alternate and begin with user, got {roles}")


def texts(message: Message) -> str:
    """What a message says, tool results included."""
    parts = [block["text"] for block in message["content"] if "text" in block]
    for block in message["content"]:
        if "toolResult" in block:
            parts += [part["text"] for part in block["toolResult"]["content"] if "text" in part]
    return "\n".join(parts)


def transcript(messages: Messages) -> str:
    """Everything that was said, one message a line."""
    return "\n".join(f"{message['role']}: {texts(message)}" for message in messages)
