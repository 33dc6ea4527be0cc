from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest

from workbench.conversations.answers import AgentError
from workbench.conversations.extraction import LongTermMemory

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

NAMESPACES = ("/users/{actorId}/facts/", "/users/{actorId}/sessions/{sessionId}/", "/shared/")


class Memory:
    """Has as many records at each look as it is told; the last number stays."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.paths: list[str] = []

    def get_paginator(self, _: str) -> "Memory":
        return self

    def paginate(self, *, memoryId: str, namespacePath: str) -> Iterator[dict[str, list[str]]]:  # noqa: N803
        self.paths.append(namespacePath)
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        yield {"memoryRecordSummaries": [memoryId] * count}


def _memory(fake: Memory, *, namespaces: tuple[str, ...] = NAMESPACES[:1], timeout: float = 5.0) -> LongTermMemory:
    client = cast("BedrockAgentCoreClient", fake)
    return LongTermMemory(client, "memory-1", namespaces, timeout=timeout, poll=0.001)


def test_waits_until_the_number_of_records_is_settled() -> None:
    fake = Memory(0, 0, 1, 2, 2, 2, 2, 9)
    _memory(fake).wait_for_records("ann")
    assert fake.counts == [9], "it looked again after the number had settled, or not long enough"


def test_looks_at_the_actors_namespaces_only() -> None:
    fake = Memory(1)
    _memory(fake, namespaces=NAMESPACES).wait_for_records("ann")
    assert set(fake.paths) == {"/users/ann/facts/", "/users/ann/sessions/"}


def test_fails_when_nothing_is_extracted_in_time() -> None:
    with pytest.raises(AgentError, match="memory memory-1 has no settled records of 'ann'"):
        _memory(Memory(0), timeout=0.05).wait_for_records("ann")
