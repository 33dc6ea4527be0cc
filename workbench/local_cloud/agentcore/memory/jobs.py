"""Runs extraction in the background after an event, one event at a time, and keeps the jobs that failed."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import cast

from workbench.local_cloud.agentcore.memory.events import Event
from workbench.local_cloud.agentcore.memory.extraction import (
    METADATA,
    Finding,
    SentenceExtraction,
    Turn,
    strategy_kind,
    turns,
)
from workbench.local_cloud.agentcore.memory.records import RecordStore
from workbench.local_cloud.agentcore.memory.values import Document
from workbench.local_cloud.agentcore.service import not_found


@dataclass(frozen=True)
class Job:
    """One event to extract from, for one strategy.

    Args:
        strategy: The memory's strategy.
        event: The new event.
        session: Every message of the event's session so far.
        variables: Values of the namespace templates' placeholders.
        records: Where findings are stored.
        on_stored: Told how many records the job has stored. Default: nobody is.
    """

    strategy: Document
    event: Event
    session: Sequence[Turn]
    variables: Mapping[str, str]
    records: RecordStore
    job_id: str = ""
    failure: str = ""
    on_stored: Callable[[int], None] = field(default=lambda _: None, compare=False)

    def output(self) -> dict[str, object]:
        """The job as ListMemoryExtractionJobs shows it."""
        messages = [{"eventId": self.event.event_id, "messageIndex": n} for n in range(len(self.event.payload))]
        return {
            "jobID": self.job_id,
            "messages": {"messagesList": messages},
            "status": "FAILED",
            "failureReason": self.failure,
            "strategyId": self.strategy["strategyId"],
            "sessionId": self.event.session_id,
            "actorId": self.event.actor_id,
        }


class ExtractionJobs:
    """The background worker of all memories.

    Args:
        extraction: Finds records in conversations.
    """

    def __init__(self, extraction: SentenceExtraction) -> None:
        self._extraction = extraction
        # One worker keeps the order of events, so the same conversations always give the same records.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="extraction")
        self._lock = threading.Lock()
        self._pending: set[Future[None]] = set()
        self._failed: dict[str, dict[str, Job]] = {}

    @property
    def pending(self) -> int:
        """How many jobs wait or run."""
        with self._lock:
            return len(self._pending)

    def submit(self, memory_id: str, job: Job) -> None:
        """Run a job in the background."""
        with self._lock:
            future = self._worker.submit(self._run, memory_id, job)
            self._pending.add(future)
        future.add_done_callback(self._done)

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until nothing is pending; False if that took too long."""
        with self._lock:
            pending = set(self._pending)
        return not wait(pending, timeout_seconds).not_done

    def failed(self, memory_id: str, wanted: Document) -> list[Job]:
        """The failed jobs of a memory that pass a request's filter."""
        with self._lock:
            jobs = list(self._failed.get(memory_id, {}).values())
        shown = ((job, job.output()) for job in jobs)
        return [job for job, row in shown if all(row.get(name) == value for name, value in wanted.items())]

    def restart(self, memory_id: str, job_id: str) -> str:
        """Run a failed job again.

        Raises:
            ServiceError: `ResourceNotFoundException`.
        """
        with self._lock:
            job = self._failed.get(memory_id, {}).pop(job_id, None)
        if job is None:
            raise not_found(f"Extraction job {job_id} not found among the failed jobs of memory {memory_id}")
        self.submit(memory_id, job)
        return job_id

    def close(self) -> None:
        """Finish nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: "Future[None]") -> None:
        with self._lock:
            self._pending.discard(future)

    def _run(self, memory_id: str, job: Job) -> None:
        try:
            self._extract(job)
        except Exception as error:  # noqa: BLE001  whatever went wrong belongs into the job's record
            failed = replace(job, job_id=job.job_id or uuid.uuid4().hex, failure=str(error))
            with self._lock:
                self._failed.setdefault(memory_id, {})[failed.job_id] = failed

    def _extract(self, job: Job) -> None:
        templates = cast(
            "Sequence[str]", job.strategy.get("namespaceTemplates") or job.strategy.get("namespaces") or ()
        )
        for template in templates:
            namespace = _fill(template, {**job.variables, "memoryStrategyId": str(job.strategy["strategyId"])})
            findings = self._extraction.find(strategy_kind(job.strategy), turns(job.event.payload), job.session)
            for finding in findings:
                _store(job, namespace, finding)
            if findings:
                job.on_stored(len(findings))


def _fill(template: str, variables: Mapping[str, str]) -> str:
    try:
        return template.format_map(variables)
    except KeyError as error:
        raise ValueError(
            f"namespace template '{template}' uses {error}, which the event does not set in extractionConfig"
        ) from error


def _store(job: Job, namespace: str, finding: Finding) -> None:
    strategy_id = str(job.strategy["strategyId"])
    earlier = [r for r in job.records.alive() if r.strategy_id == strategy_id and r.namespaces == (namespace,)]
    same = [r for r in earlier if finding.replaces or _normal(r.text) == _normal(finding.text)]
    timestamp: dt.datetime = job.event.timestamp
    if same:
        job.records.put(replace(same[0], text=finding.text, timestamp=timestamp))
        return
    expiry = cast("int | None", job.strategy.get("recordExpiryDurationDays"))
    job.records.new(finding.text, [namespace], strategy_id, timestamp, METADATA, expiry)


def _normal(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".! ")
