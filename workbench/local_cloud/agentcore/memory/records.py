"""Long-term memory: records in namespaces.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/using-memory-long-term.html
"""

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from workbench.local_cloud.agentcore.memory.values import Clock, Document, matches
from workbench.local_cloud.agentcore.service import ServiceError, invalid, not_found


@dataclass(frozen=True)
class Record:
    """One stored memory record."""

    record_id: str
    text: str
    namespaces: tuple[str, ...]
    strategy_id: str
    created_at: dt.datetime
    timestamp: dt.datetime
    metadata: Document | None = None
    expiry_days: int | None = None
    expires_at: dt.datetime | None = None

    def summary(self, score: float | None = None) -> dict[str, object]:
        """The record as lists and searches show it."""
        return {
            "memoryRecordId": self.record_id,
            "content": {"text": self.text},
            "memoryStrategyId": self.strategy_id,
            "namespaces": list(self.namespaces),
            "createdAt": self.created_at,
            "timestamp": self.timestamp,
            "metadata": self.metadata or None,
            "score": score,
        }

    def output(self) -> dict[str, object]:
        """The record as GetMemoryRecord shows it."""
        shown = self.summary()
        del shown["score"]
        return {**shown, "expiresAt": self.expires_at}


class RecordStore:
    """The records of one memory.

    Args:
        clock: Tells the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._tokens: dict[str, dict[str, object]] = {}

    def put(self, record: Record) -> None:
        """Store a record, or replace the one with its id."""
        with self._lock:
            self._records[record.record_id] = record

    def new(
        self,
        text: str,
        namespaces: Sequence[str],
        strategy_id: str,
        timestamp: dt.datetime,
        metadata: Document | None = None,
        expiry_days: int | None = None,
    ) -> Record:
        """Store a new record and return it."""
        now = self._clock()
        record = Record(
            record_id=f"mem-{uuid.uuid4()}",
            text=text,
            namespaces=tuple(namespaces),
            strategy_id=strategy_id,
            created_at=now,
            timestamp=timestamp,
            metadata=metadata,
            expiry_days=expiry_days,
            expires_at=_expiry(now, expiry_days),
        )
        self.put(record)
        return record

    def get(self, record_id: str) -> Record:
        """One record.

        Raises:
            ServiceError: `ResourceNotFoundException`.
        """
        for record in self.alive():
            if record.record_id == record_id:
                return record
        raise not_found(f"Memory record {record_id} not found")

    def delete(self, record_id: str, namespace: object = None) -> str:
        """Remove one record; returns its id.

        Args:
            record_id: The record.
            namespace: Where the request says it is, which its permission was decided by. Default: it says nothing.

        Raises:
            ServiceError: `ResourceNotFoundException`, also if the record is in another namespace.
        """
        with self._lock:
            record = self.get(record_id)
            if namespace is not None and namespace not in record.namespaces:
                raise not_found(f"Memory record {record_id} not found")
            del self._records[record.record_id]
            return record_id

    def alive(self) -> list[Record]:
        """Every record that has not expired."""
        now = self._clock()
        with self._lock:
            return [r for r in self._records.values() if r.expires_at is None or r.expires_at > now]

    def select(self, params: Document, criteria: Document) -> list[Record]:
        """The records of a namespace that pass a request's filters, newest first.

        Args:
            params: The request, for `namespace` (exact) or `namespacePath` (that level and below).
            criteria: Holds `memoryStrategyId` and `metadataFilters`.

        Raises:
            ServiceError: `ValidationException`, unless exactly one of the two kinds of namespace is given.
        """
        namespace, path = params.get("namespace"), params.get("namespacePath")
        if (namespace is None) == (path is None):
            raise invalid("exactly one of 'namespace' and 'namespacePath' is required")
        strategy = criteria.get("memoryStrategyId")
        filters = cast("Sequence[Document]", criteria.get("metadataFilters") or ())
        found = [
            record
            for record in self.alive()
            if any(_in_namespace(n, cast("str | None", namespace), cast("str | None", path)) for n in record.namespaces)
            and strategy in {None, record.strategy_id}
            and matches(record.metadata or {}, filters)
        ]
        return sorted(found, key=lambda r: (r.created_at, r.record_id), reverse=True)

    def batch_create(self, params: Document) -> dict[str, object]:
        """Store up to 100 records; an equal client token answers as the first time."""
        token = str(params.get("clientToken") or "")
        with self._lock:
            if token not in self._tokens:
                expiry = cast("Document", params.get("recordExpirySpecification") or {})
                rows = [self._create(row, expiry) for row in cast("Sequence[Document]", params["records"])]
                self._tokens[token] = {"successfulRecords": rows, "failedRecords": []}
            answer = self._tokens[token]
            if not token:
                del self._tokens[token]
            return answer

    def _create(self, row: Document, expiry: Document) -> dict[str, object]:
        record = self.new(
            str(cast("Document", row["content"])["text"]),
            cast("Sequence[str]", row["namespaces"]),
            str(row.get("memoryStrategyId") or ""),
            cast("dt.datetime", row["timestamp"]),
            cast("Document | None", row.get("metadata")),
            cast("int | None", expiry.get("recordExpiryDurationDays")),
        )
        return _succeeded(record.record_id, row)

    def batch_update(self, params: Document) -> dict[str, object]:
        """Change up to 100 records; one that does not exist is reported as failed."""
        expiry = cast("Document", params.get("recordExpirySpecification") or {})
        return self._each(params, lambda row: self._update(row, expiry))

    def _update(self, row: Document, expiry: Document) -> None:
        with self._lock:
            old = self.get(str(row["memoryRecordId"]))
            days = None if expiry.get("action") == "REMOVE" else expiry.get("recordExpiryDurationDays", old.expiry_days)
            content = cast("Document | None", row.get("content"))
            self.put(
                replace(
                    old,
                    text=str(content["text"]) if content else old.text,
                    namespaces=tuple(cast("Sequence[str]", row.get("namespaces") or old.namespaces)),
                    strategy_id=str(row.get("memoryStrategyId") or old.strategy_id),
                    timestamp=cast("dt.datetime", row["timestamp"]),
                    metadata=cast("Document | None", row.get("metadata") or old.metadata),
                    expiry_days=cast("int | None", days),
                    expires_at=_expiry(self._clock(), cast("int | None", days)),
                )
            )

    def batch_delete(self, params: Document) -> dict[str, object]:
        """Remove up to 100 records; one that does not exist is reported as failed."""
        return self._each(params, lambda row: self.delete(str(row["memoryRecordId"]), row.get("namespace")))

    def _each(self, params: Document, action: Callable[[Document], object]) -> dict[str, object]:
        done: list[dict[str, object]] = []
        failed: list[dict[str, object]] = []
        for row in cast("Sequence[Document]", params["records"]):
            try:
                action(row)
                done.append(_succeeded(str(row["memoryRecordId"]), row))
            except ServiceError as error:
                failed.append(
                    {
                        "memoryRecordId": row["memoryRecordId"],
                        "status": "FAILED",
                        "errorCode": error.status,
                        "errorMessage": error.message,
                    }
                )
        return {"successfulRecords": done, "failedRecords": failed}


def _succeeded(record_id: str, row: Document) -> dict[str, object]:
    return {"memoryRecordId": record_id, "status": "SUCCEEDED", "requestIdentifier": row.get("requestIdentifier")}


def _expiry(now: dt.datetime, days: int | None) -> dt.datetime | None:
    return now + dt.timedelta(days=days) if days else None


def _in_namespace(stored: str, namespace: str | None, path: str | None) -> bool:
    if path is None:
        return stored == namespace
    # Below `/users/ann` lies `/users/ann/facts`, but not `/users/anna`.
    return (stored.rstrip("/") + "/").startswith(path.rstrip("/") + "/")
