"""What of the agent's own events the person is shown while it works."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

Event = dict[str, object]

_ADDRESS = re.compile(r"https?://[^\s\"'<>\\{}|^`\])]+")
_MAX_SOURCES = 8
_TRAILING = ".,;:!?"


class TurnParts:
    """Turns the events of one turn into `text`, `tool` and `tool_result` events."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, event: Mapping[str, object]) -> Iterator[Event]:
        """The parts of one event of the agent.

        Args:
            event: As `Agent.stream_async` yields it.
        """
        text = event.get("data")
        if isinstance(text, str) and text:
            yield {"type": "text", "text": text}
        tool = event.get("current_tool_use")
        if isinstance(tool, Mapping) and tool.get("toolUseId") not in self._names:
            self._names[str(tool.get("toolUseId"))] = str(tool.get("name"))
            yield {"type": "tool", "name": tool.get("name"), "id": tool.get("toolUseId")}
        for result in _results(event.get("message")):
            use_id = str(result.get("toolUseId"))
            yield {
                "type": "tool_result",
                "id": use_id,
                "name": self._names.get(use_id, ""),
                "status": result.get("status", "success"),
                "sources": _addresses(_mappings(result.get("content"))),
            }


def _results(message: object) -> Iterator[Mapping[str, object]]:
    content = message.get("content") if isinstance(message, Mapping) else None
    for block in _mappings(content):
        result = block.get("toolResult")
        if isinstance(result, Mapping):
            yield result


def _addresses(content: Iterable[Mapping[str, object]]) -> list[str]:
    said = " ".join(str(block.get("text") or block.get("json") or "") for block in content)
    found = (address.rstrip(_TRAILING) for address in _ADDRESS.findall(said))
    return list(dict.fromkeys(found))[:_MAX_SOURCES]


def _mappings(value: object) -> Sequence[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
