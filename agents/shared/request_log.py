"""One log line at the end of every request: how it ended, how long it took, and what it used."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from agents.shared.telemetry import LogEvent

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a request ended. Metric filters count these: a change breaks alarms."""

    ANSWERED = "answered"
    """With an answer, however much of it was missing."""

    REFUSED = "refused"
    """With an error that the caller can mend, such as an empty prompt."""

    UNAUTHENTICATED = "unauthenticated"
    """Because nobody knows who asked."""

    THROTTLED = "throttled"
    """Because the model takes no more requests."""

    FAILED = "failed"
    """With an error of the agent, or of what it depends on."""

    ABANDONED = "abandoned"
    """Without a listener: the caller left before the end."""


_OUTCOMES = {401: Outcome.UNAUTHENTICATED, 429: Outcome.THROTTLED}
_FIRST_SERVER_ERROR = 500


class RequestEntry:
    """What the line of a request will say."""

    def __init__(self, session_id: str | None) -> None:
        self._session_id = session_id
        self._started = time.monotonic()
        self._error: tuple[int, str] | None = None
        self._complete = False
        self.actor_id: str | None = None

    def saw(self, event: Mapping[str, object]) -> None:
        """An event of the answer is handed over.

        Args:
            event: The event, or the error that ends the request.
        """
        error = event.get("error")
        if isinstance(error, Mapping):
            self._error = (int(error["status"]), str(error["code"]))

    def complete(self) -> None:
        """The caller has taken the whole answer."""
        self._complete = True

    def write(self) -> None:
        """Write the line."""
        logger.info(
            f"session_id=<%s>, actor_id=<%s>, outcome=<%s>, code=<%s>, duration_ms=<%d> | {LogEvent.REQUEST_ENDED}",
            self._session_id,
            self.actor_id,
            self._outcome,
            self._error[1] if self._error else "none",
            (time.monotonic() - self._started) * 1000,
        )

    @property
    def _outcome(self) -> Outcome:
        if self._error is None:
            return Outcome.ANSWERED if self._complete else Outcome.ABANDONED
        status, _ = self._error
        of_agent = Outcome.FAILED if status >= _FIRST_SERVER_ERROR else Outcome.REFUSED
        return _OUTCOMES.get(status, of_agent)


@contextmanager
def request_entry(session_id: str | None) -> Iterator[RequestEntry]:
    """Write the line of a request when it has ended, in whatever way.

    Args:
        session_id: Runtime's session id.
    """
    entry = RequestEntry(session_id)
    try:
        yield entry
    finally:
        entry.write()
