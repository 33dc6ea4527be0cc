"""What an agent answers: the events of a streamed answer, and the answer as a whole."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workbench.errors import WorkbenchError

_DATA = b"data:"


@dataclass(frozen=True)
class TextPart:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class ToolUse:
    """The agent uses a tool."""

    name: str


@dataclass(frozen=True)
class Notice:
    """The agent says that its answer is degraded, and why."""

    message: str


@dataclass(frozen=True)
class Answer:
    """A complete answer.

    Args:
        text: What the agent said.
        notices: Why the answer is degraded; empty where it is not.
        tools: Tools it used, in order; empty for an answer that was not streamed.
    """

    text: str
    notices: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


AnswerEvent = TextPart | ToolUse | Notice | Answer


class AgentError(WorkbenchError):
    """The agent, or the service in front of it, answered with an error.

    Args:
        code: The error's code, for example `prompt_missing` or `AccessDeniedException`.
        message: What is wrong.
        remedy: What to do; empty where the error does not say.
    """

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        what = ": ".join(filter(None, (code, message)))
        super().__init__("; ".join(filter(None, (what.removesuffix("."), remedy))) if remedy else what)
        self.code = code


def plain_answer(body: bytes) -> Answer:
    """Parse an answer that was not streamed.

    Args:
        body: JSON with `response` and `notices`. Any other JSON or text is the answer itself, so that agents of other
            projects can be talked to.

    Returns:
        The answer.

    Raises:
        AgentError: If the body is the agent's structured error.
    """
    try:
        parsed = json.loads(body)
    except ValueError:
        return Answer(body.decode(errors="replace"))
    if not isinstance(parsed, dict):
        return Answer(parsed if isinstance(parsed, str) else json.dumps(parsed, ensure_ascii=False))
    _refuse_error(parsed)
    if not isinstance(parsed.get("response"), str):
        return Answer(json.dumps(parsed, ensure_ascii=False))
    return Answer(parsed["response"], _texts(parsed.get("notices")))


def streamed_answer(lines: Iterable[bytes]) -> Iterator[AnswerEvent]:
    """Parse a streamed answer (server-sent events) as it arrives.

    Args:
        lines: The lines of the body.

    Yields:
        The parts, and the whole `Answer` last.

    Raises:
        AgentError: If an event is the agent's structured error, or the stream breaks off before its end.
    """
    tools: list[str] = []
    for line in lines:
        if not line.startswith(_DATA):
            continue
        event = _event(line[len(_DATA) :].strip())
        match event.get("type"):
            case "text":
                yield TextPart(str(event.get("text", "")))
            case "tool":
                tools.append(str(event.get("name", "")))
                yield ToolUse(tools[-1])
            case "notice":
                yield Notice(str(event.get("message", "")))
            case "end":
                yield Answer(str(event.get("response", "")), _texts(event.get("notices")), tuple(tools))
                return
            case _:
                _refuse_error(event)
    raise AgentError("stream_broken_off", "the answer ended without its end event", "see the agent's log")


def _event(data: bytes) -> Mapping[str, object]:
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise AgentError("stream_not_understood", f"an event is no JSON object: {data[:200]!r}")
    return event


def _refuse_error(parsed: Mapping[str, object]) -> None:
    error = parsed.get("error")
    if isinstance(error, dict):
        code, message, remedy = (str(error.get(key) or "") for key in ("code", "message", "remedy"))
        raise AgentError(code, message, remedy)
    if error:
        raise AgentError("agent_error", str(error))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(entry) for entry in value) if isinstance(value, list) else ()
