"""The operations of AgentCore Memory's data plane."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from workbench.local_cloud.agentcore.api_calls import memory_arn
from workbench.local_cloud.agentcore.memory.events import Event, EventStore
from workbench.local_cloud.agentcore.memory.extraction import SentenceExtraction, turns
from workbench.local_cloud.agentcore.memory.jobs import ExtractionJobs, Job
from workbench.local_cloud.agentcore.memory.records import RecordStore
from workbench.local_cloud.agentcore.memory.retrieval import relevance
from workbench.local_cloud.agentcore.memory.values import Clock, Document, memory_id, page, utc_now
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, ServiceError, not_found
from workbench.telemetry.services.agentcore import memory_items
from workbench.telemetry.services.outcome import Emit, nowhere

DEFAULT_TOP_K = 10
"""`topK` where a search names none."""

_DEFAULT_EXPIRY_DAYS = 90

Result = dict[str, JsonValue]


@dataclass(frozen=True)
class _Memory:
    """One memory's settings, as the control plane holds them, and what it stores."""

    memory_id: str
    arn: str
    settings: Document
    events: EventStore
    records: RecordStore


class MemoryDataPlane(Operations):
    """Events, sessions, actors and memory records, per account, region and memory.

    Args:
        control: The control plane, asked for the memory at every call.
        extraction: Finds long-term records in events. Default: the sentence stand-in.
        clock: Tells the time, for expiry. Default: the machine's clock.
        emit: Takes metrics. Default: none are kept.
    """

    def __init__(
        self,
        control: Operations,
        *,
        extraction: SentenceExtraction | None = None,
        clock: Clock = utc_now,
        emit: Emit = nowhere,
    ) -> None:
        self._emit = emit
        self._control = control
        self._clock = clock
        self._lock = threading.Lock()
        self._stores: dict[tuple[object, str], tuple[EventStore, RecordStore]] = {}
        self.jobs = ExtractionJobs(extraction or SentenceExtraction())
        self._operations: Mapping[str, Callable[[_Memory, Document], Result]] = {
            "CreateEvent": self._create_event,
            "GetEvent": lambda m, p: {"event": m.events.get(p).output(m.memory_id)},
            "DeleteEvent": lambda m, p: {"eventId": m.events.delete(p)},
            "ListEvents": _list_events,
            "ListSessions": _list_sessions,
            "ListActors": _list_actors,
            "ListMemoryRecords": _list_records,
            "RetrieveMemoryRecords": _retrieve_records,
            "GetMemoryRecord": lambda m, p: {"memoryRecord": m.records.get(str(p["memoryRecordId"])).output()},
            "DeleteMemoryRecord": lambda m, p: {
                "memoryRecordId": m.records.delete(str(p["memoryRecordId"]), p.get("namespace"))
            },
            "BatchCreateMemoryRecords": lambda m, p: m.records.batch_create(p),
            "BatchUpdateMemoryRecords": lambda m, p: m.records.batch_update(p),
            "BatchDeleteMemoryRecords": lambda m, p: m.records.batch_delete(p),
            "ListMemoryExtractionJobs": self._list_jobs,
            "StartMemoryExtractionJob": self._start_job,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The API names of the operations served here."""
        return frozenset(self._operations)

    def call(self, operation: str, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, JsonValue]:
        """Run one operation on the memory that the parameters name.

        Raises:
            ServiceError: As the service would answer; `ResourceNotFoundException` if the memory does not exist.
        """
        return self._operations[operation](self._memory(params, caller), params)

    def close(self) -> None:
        """Stop extracting."""
        self.jobs.close()

    def _memory(self, params: Document, caller: Caller) -> _Memory:
        name = memory_id(params)
        key = (caller.scope, name)
        try:
            settings = cast("Document", self._control.call("GetMemory", {"memoryId": name}, caller)["memory"])
        except ServiceError as error:
            if error.status == not_found("").status:
                self._stores.pop(key, None)
            raise
        with self._lock:
            stores = self._stores.get(key) or (EventStore(name, self._clock), RecordStore(self._clock))
            self._stores[key] = stores
        return _Memory(name, memory_arn(params, caller.scope), settings, *stores)

    def _create_event(self, memory: _Memory, params: Document) -> Result:
        days = int(cast("int", memory.settings.get("eventExpiryDuration", _DEFAULT_EXPIRY_DAYS)))
        event, new = memory.events.create(params, expiry_days=days)
        if new and params.get("extractionMode") != "SKIP" and turns(event.payload):
            self._extract(memory, event, params)
        return {"event": event.output(memory.memory_id)}

    def _extract(self, memory: _Memory, event: Event, params: Document) -> None:
        strategies = cast("Sequence[Document]", memory.settings.get("strategies") or ())
        if not strategies:
            return
        extra = cast("Document", params.get("extractionConfig") or {}).get("namespaceVariables") or {}
        variables = {**cast("Mapping[str, str]", extra), "actorId": event.actor_id, "sessionId": event.session_id}
        earlier = memory.events.find({"actorId": event.actor_id, "sessionId": event.session_id})
        session = [turn for one in reversed(earlier) for turn in turns(one.payload)]
        for strategy in strategies:
            job = Job(strategy, event, session, variables, memory.records, on_stored=partial(self._stored, memory))
            self.jobs.submit(memory.memory_id, job)

    def _stored(self, memory: _Memory, number: int) -> None:
        when = self._clock().timestamp()
        self._emit(memory_items(arn=memory.arn, kind="MemoryRecordsExtracted", number=number, when=when))

    def _list_jobs(self, memory: _Memory, params: Document) -> Result:
        failed = self.jobs.failed(memory.memory_id, cast("Document", params.get("filter") or {}))
        rows, token = page(failed, params)
        return {"jobs": [job.output() for job in rows], **token}

    def _start_job(self, memory: _Memory, params: Document) -> Result:
        job_id = str(cast("Document", params["extractionJob"])["jobId"])
        return {"jobId": self.jobs.restart(memory.memory_id, job_id)}


def _list_events(memory: _Memory, params: Document) -> Result:
    rows, token = page(memory.events.find(params), params)
    payloads = params.get("includePayloads") is not False
    return {"events": [event.output(memory.memory_id, payloads=payloads) for event in rows], **token}


def _list_sessions(memory: _Memory, params: Document) -> Result:
    actor = str(params["actorId"])
    wanted = cast("Document", params.get("filter") or {}).get("eventFilter")
    rows, token = page(memory.events.sessions(actor, with_events=wanted == "HAS_EVENTS"), params)
    shown = [{"sessionId": session, "actorId": actor, "createdAt": created} for session, created in rows]
    return {"sessionSummaries": shown, **token}


def _list_actors(memory: _Memory, params: Document) -> Result:
    rows, token = page(memory.events.actors(), params)
    return {"actorSummaries": [{"actorId": actor} for actor in rows], **token}


def _list_records(memory: _Memory, params: Document) -> Result:
    rows, token = page(memory.records.select(params, params), params)
    return {"memoryRecordSummaries": [record.summary() for record in rows], **token}


def _retrieve_records(memory: _Memory, params: Document) -> Result:
    criteria = cast("Document", params["searchCriteria"])
    records = memory.records.select(params, criteria)
    scores = relevance(str(criteria["searchQuery"]), [record.text for record in records])
    # sorted() is stable, so records of equal relevance stay newest first.
    found = sorted(((s, r) for s, r in zip(scores, records, strict=True) if s > 0), key=lambda row: -row[0])
    rows, token = page(found, params, limit=int(cast("int", criteria.get("topK", DEFAULT_TOP_K))))
    return {"memoryRecordSummaries": [record.summary(score) for score, record in rows], **token}
