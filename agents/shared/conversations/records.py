"""One actor's long-term memory records: what was extracted from conversations about them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/using-memory-long-term.html
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from agents.shared.conversations.store import PAGE, at_once, is_missing, utc

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import MemoryRecordSummaryTypeDef


class RecordStore:
    """The long-term records of one actor.

    Args:
        client: AgentCore's data plane.
        memory_id: The memory.
        paths: Paths below which strategies keep records, up to the actor's part, such as `/users/{actorId}/`.
        actor_id: Whose records.
    """

    def __init__(self, client: "BedrockAgentCoreClient", memory_id: str, paths: Iterable[str], actor_id: str) -> None:
        self._client = client
        self._memory_id = memory_id
        self._paths = tuple(dict.fromkeys(path.format(actorId=actor_id) for path in paths))

    def all(self) -> Iterator["MemoryRecordSummaryTypeDef"]:
        """Every record of the actor."""
        for path in self._paths:
            pages = self._client.get_paginator("list_memory_records").paginate(
                memoryId=self._memory_id, namespacePath=path, PaginationConfig={"PageSize": PAGE}
            )
            for page in pages:
                yield from page["memoryRecordSummaries"]

    def shown(self) -> list[dict[str, object]]:
        """Every record as an export holds it."""
        return [
            {
                "text": record["content"].get("text", ""),
                "namespace": "".join(record["namespaces"][:1]),
                "created_at": utc(record["createdAt"]),
            }
            for record in self.all()
        ]

    def delete_all(self) -> int:
        """Delete every record of the actor; returns how many."""
        return self._delete(list(self.all()))

    def delete_of_session(self, session_id: str) -> int:
        """Delete what was kept of one session, such as its summary; returns how many.

        Args:
            session_id: The session.
        """
        return self._delete(
            [
                record
                for record in self.all()
                if any(session_id in namespace.split("/") for namespace in record["namespaces"])
            ]
        )

    def _delete(self, records: list["MemoryRecordSummaryTypeDef"]) -> int:
        return sum(at_once(self._delete_one, records))

    def _delete_one(self, record: "MemoryRecordSummaryTypeDef") -> int:
        try:
            # IAM allows the deletion for the namespace that is named here.
            self._client.delete_memory_record(
                memoryId=self._memory_id,
                memoryRecordId=record["memoryRecordId"],
                namespace="".join(record["namespaces"][:1]),
            )
        except ClientError as error:
            if not is_missing(error):
                raise
            return 0
        return 1
