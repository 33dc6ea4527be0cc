"""Waits for long-term memory, because the service extracts records some time after an event and does not say when."""

import time
from typing import TYPE_CHECKING

from workbench.conversations.answers import AgentError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

_ACTOR = "{actorId}"
_STABLE_POLLS = 3


class LongTermMemory:
    """The records a memory extracts from what an actor says.

    Args:
        client: A `bedrock-agentcore` client of boto3.
        memory_id: The memory.
        namespaces: Namespace templates of its strategies; those without `{actorId}` are not looked at.
        timeout: Seconds to wait for records. Default: 90, because the service takes up to a minute.
        poll: Seconds between two looks.
    """

    def __init__(
        self,
        client: "BedrockAgentCoreClient",
        memory_id: str,
        namespaces: tuple[str, ...],
        *,
        timeout: float = 90.0,
        poll: float = 0.2,
    ) -> None:
        self._client = client
        self._memory_id = memory_id
        self._namespaces = namespaces
        self._timeout = timeout
        self._poll = poll

    def wait_for_records(self, actor: str) -> None:
        """Wait until the actor has records and their number stays the same for some looks.

        Args:
            actor: Whose records.

        Raises:
            AgentError: If there is none in time.
        """
        deadline = time.monotonic() + self._timeout
        known, unchanged = 0, 0
        while unchanged < _STABLE_POLLS:
            found = self._count(actor)
            unchanged = unchanged + 1 if found and found == known else 0
            known = found
            if time.monotonic() > deadline:
                raise AgentError(
                    "nothing_extracted",
                    f"memory {self._memory_id} has no settled records of {actor!r} after {self._timeout:.0f} s",
                    "see the memory's log, and ListMemoryExtractionJobs for failures",
                )
            time.sleep(self._poll)

    def _count(self, actor: str) -> int:
        # Up to the next placeholder, because a session's id is not known here.
        paths = {
            namespace.replace(_ACTOR, actor).partition("{")[0] for namespace in self._namespaces if _ACTOR in namespace
        }
        pages = self._client.get_paginator("list_memory_records")
        return sum(
            len(page["memoryRecordSummaries"])
            for path in paths
            for page in pages.paginate(memoryId=self._memory_id, namespacePath=path)
        )
