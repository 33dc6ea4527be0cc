"""The parts of a streamed answer: server-sent events, as the agents write them."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .errors import BROKEN_OFF, ChatError, of_agent

_DATA = "data:"
_MAX_FILE_NAME = 100
# Without the signs that end an address in Markdown: what follows would be shown as the agent's own words.
_ADDRESS = re.compile(r"https?://[^\s<>\\\x00-\x1f\x7f]{1,2000}")


@dataclass(frozen=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True)
class ToolStarted:
    """The agent uses a tool."""

    id: str
    name: str


@dataclass(frozen=True)
class ToolFinished:
    """A tool has answered.

    Args:
        id: Which use of a tool.
        name: The tool.
        failed: Whether it could not do what it was asked.
        sources: Addresses that its answer names.
    """

    id: str
    name: str
    failed: bool
    sources: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file that comes with the answer: a diagram, a chart, a report."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Notice:
    """Something the person should know, such as that a guardrail has acted."""

    message: str
    code: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class End:
    """The answer is complete."""

    response: str


Event = Text | ToolStarted | ToolFinished | File | Notice | End


def parse_stream(lines: Iterable[str]) -> Iterator[Event]:
    """The events of an answer as they arrive; kinds that are not known yet are left out.

    Args:
        lines: The lines of the body.

    Raises:
        ChatError: The agent's structured error; or the stream ends without its end event.
    """
    for line in lines:
        if not line.startswith(_DATA):
            continue
        event = _event(_json(line.removeprefix(_DATA)))
        if event is not None:
            yield event
        if isinstance(event, End):
            return
    raise ChatError(BROKEN_OFF)


def parse_answer(body: str) -> Iterator[Event]:
    """The events of an answer that was not streamed, as agents of other makers give.

    Args:
        body: JSON with `response`, or anything else, which is the answer itself.

    Raises:
        ChatError: The agent's structured error.
    """
    answer = _json(body)
    if answer.get("error"):
        raise of_agent(answer["error"])
    text = str(answer["response"]) if "response" in answer else _plain(body)
    yield Text(text)
    yield End(text)


def _event(event: Mapping[str, object]) -> Event | None:
    if event.get("error"):
        raise of_agent(event["error"])
    text = {name: str(value) for name, value in event.items() if isinstance(value, str)}
    match event.get("type"):
        case "text":
            return Text(text.get("text", ""))
        case "tool":
            return ToolStarted(text.get("id", ""), text.get("name", ""))
        case "tool_result":
            failed = event.get("status") == "error"
            return ToolFinished(text.get("id", ""), text.get("name", ""), failed, _addresses(event.get("sources")))
        case "artifact":
            return _file(text)
        case "notice":
            return Notice(text.get("message", ""), text.get("code", ""), text.get("remedy", ""))
        case "end":
            return End(text.get("response", ""))
        case _:
            return None


def _file(text: Mapping[str, str]) -> File | None:
    try:
        content = base64.b64decode(text.get("data", ""), validate=True)
    except binascii.Error:
        return None
    # A name becomes a file name in the browser: the last part of a path is enough, and marks that turn the direction of
    # writing would show one ending as another.
    shown = "".join(sign for sign in text.get("name", "") if sign.isprintable())
    name = shown.replace("\\", "/").rpartition("/")[2][:_MAX_FILE_NAME] or "file"
    return File(name, text.get("media_type", "application/octet-stream"), content)


def _addresses(sources: object) -> tuple[str, ...]:
    listed = sources if isinstance(sources, list) else []
    return tuple(str(each) for each in listed if _ADDRESS.fullmatch(str(each)))


def _json(text: str) -> Mapping[str, object]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _plain(body: str) -> str:
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    return parsed if isinstance(parsed, str) else body
