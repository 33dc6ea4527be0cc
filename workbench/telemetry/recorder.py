"""Values on their way into a store: who measures them does not wait until they are kept."""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable

from workbench.telemetry.store import Datum

_LOG = logging.getLogger(__name__)
_WAITING = 10_000
_AT_ONCE = 500


class Recorder:
    """Keeps values in a thread of its own. Safe to use from several threads and from an event loop.

    Args:
        record: Keeps values, for example `MetricStore.record`.
    """

    def __init__(self, record: Callable[[Iterable[Datum]], None]) -> None:
        self._record = record
        self._waiting: queue.Queue[tuple[Datum, ...] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def add(self, data: Iterable[Datum]) -> None:
        """Keep values soon. Where more wait than can be kept, these are dropped, and the log says so."""
        try:
            self._waiting.put_nowait(tuple(data))
        except queue.Full:
            _LOG.warning("metrics are dropped: %d batches wait to be written", _WAITING)

    def flush(self) -> None:
        """Wait until everything that was added is kept."""
        self._waiting.join()

    def close(self) -> None:
        """Keep what waits, and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._waiting.get()) is not None:
            batches = [batch]
            while len(batches) < _AT_ONCE and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    self._waiting.put(None)
                    self._waiting.task_done()
                    break
                batches.append(more)
            self._keep([datum for one in batches for datum in one])
            for _ in batches:
                self._waiting.task_done()
        self._waiting.task_done()

    def _keep(self, data: list[Datum]) -> None:
        try:
            self._record(data)
        except sqlite3.Error:
            _LOG.exception("%d values of metrics are lost", len(data))
