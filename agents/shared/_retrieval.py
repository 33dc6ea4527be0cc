"""One search for all namespaces of an actor, and what of it is worth telling the model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.shared.settings import MAX_RETRIEVED_RECORDS, Settings

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import MemoryRecordSummaryTypeDef

MAX_QUERY = 10_000
"""Longest `searchQuery` of RetrieveMemoryRecords, in characters."""

# One ranked list serves several namespaces, so ask for more than the sum: a talkative one must not starve the rest.
_OVERSAMPLING = 4


@dataclass(frozen=True)
class Search:
    """One RetrieveMemoryRecords call: every namespace below one path.

    Args:
        path: `namespacePath` to search below; never above the actor's own segment.
        namespaces: The namespaces wanted of what is found.
    """

    path: str
    namespaces: tuple[str, ...]

    def run(self, client: "BedrockAgentCoreClient", settings: Settings, query: str) -> list[str]:
        """The texts relevant to a query, best first within each namespace.

        Args:
            client: AgentCore's data plane.
            settings: Names the memory, how many records each namespace gives and how relevant they must be.
            query: What the actor said; cut at the service's limit.
        """
        oversampling = _OVERSAMPLING if len(self.namespaces) > 1 else 1
        top_k = min(settings.memory_top_k * len(self.namespaces) * oversampling, MAX_RETRIEVED_RECORDS)
        found = client.retrieve_memory_records(
            memoryId=settings.memory_id or "",
            namespacePath=self.path,
            searchCriteria={"searchQuery": query[:MAX_QUERY], "topK": top_k},
            maxResults=top_k,
        )["memoryRecordSummaries"]
        relevant = sorted(
            (record for record in found if record.get("score", 0.0) >= settings.memory_relevance),
            key=lambda record: -record.get("score", 0.0),
        )
        wanted = (record for name in self.namespaces for record in _within(name, relevant)[: settings.memory_top_k])
        return _texts(wanted)


def plan_searches(templates: Iterable[str], placeholders: Mapping[str, str]) -> tuple[Search, ...]:
    """The fewest searches that cover all namespaces without looking at another actor's records.

    Namespaces that share the path up to and including the actor, such as `/users/{actorId}/facts/` and
    `/users/{actorId}/preferences/`, are found by one search below `/users/{actorId}/`.

    Args:
        templates: Namespace templates, each ending in `/`.
        placeholders: Values of `actorId` and `sessionId`.
    """
    groups: dict[str, list[str]] = {}
    for template in templates:
        groups.setdefault(_actor_path(template), []).append(template.format(**placeholders))
    return tuple(
        Search(path=names[0] if len(names) == 1 else path.format(**placeholders), namespaces=tuple(names))
        for path, names in groups.items()
    )


def _actor_path(template: str) -> str:
    head, actor, rest = template.partition("{actorId}")
    return head + actor + rest[: rest.index("/") + 1] if actor else template


def _within(namespace: str, records: Sequence["MemoryRecordSummaryTypeDef"]) -> list["MemoryRecordSummaryTypeDef"]:
    return [
        record
        for record in records
        if any(f"{name.rstrip('/')}/".startswith(namespace) for name in record["namespaces"])
    ]


def _texts(records: Iterable["MemoryRecordSummaryTypeDef"]) -> list[str]:
    texts = (record["content"].get("text", "").strip() for record in records)
    return list(dict.fromkeys(text for text in texts if text))
