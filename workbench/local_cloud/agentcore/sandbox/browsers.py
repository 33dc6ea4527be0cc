"""The browsers that run behind sessions, where this machine has a Chromium."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from workbench.local_cloud.agentcore.sandbox.chromium import MOST_BROWSERS, Chromium, NotStartedError, RunningBrowser
from workbench.local_cloud.agentcore.service import JsonValue, ServiceError


@dataclass(frozen=True)
class StreamAddress:
    """Where a running browser is reached, on loopback.

    Args:
        port: Its port.
        path: Its path, which nobody can guess.
    """

    port: int
    path: str


class LocalBrowsers:
    """Starts and ends browsers. Safe to call from many threads.

    Args:
        chromium: What runs.
        public_url: Where the local cloud's front door is.
        most: Browsers at a time.
    """

    def __init__(self, chromium: Chromium, public_url: str, *, most: int = MOST_BROWSERS) -> None:
        self.chromium = chromium
        # http becomes ws, https wss.
        self._stream_url = "ws" + public_url.rstrip("/").removeprefix("http")
        self._most = most
        self._running: dict[str, RunningBrowser | None] = {}
        self._lock = threading.Lock()

    def start(self, session_id: str, directory: Path, settings: Mapping[str, JsonValue]) -> None:
        """Start the browser of a session.

        Args:
            session_id: The session.
            directory: Where it keeps its files.
            settings: The session's; of these the size of the window counts.

        Raises:
            ServiceError: `ServiceQuotaExceededException` where too many run, or as the service fails where it does not
                start.
        """
        with self._lock:
            if len(self._running) >= self._most:
                message = f"at most {self._most} browsers run at a time here; stop one first"
                raise ServiceError("ServiceQuotaExceededException", message, 402)
            self._running[session_id] = None
        browser = None
        try:
            browser = RunningBrowser(self.chromium, directory, _size(settings))
        except (NotStartedError, OSError) as error:
            raise ServiceError("InternalServerException", f"no browser could be started: {error}", 500) from error
        finally:
            with self._lock:
                if browser is None:
                    del self._running[session_id]
                else:
                    self._running[session_id] = browser

    def end(self, session_id: str) -> None:
        """End the browser of a session, if it has one."""
        with self._lock:
            browser = self._running.pop(session_id, None)
        if browser is not None:
            browser.close()

    def address(self, session_id: str) -> StreamAddress | None:
        """Where the browser of a session is reached; None if none runs."""
        with self._lock:
            browser = self._running.get(session_id)
        return StreamAddress(browser.port, browser.path) if browser else None

    def pids(self, session_id: str) -> list[int]:
        """Processes of a session."""
        with self._lock:
            browser = self._running.get(session_id)
        return browser.pids() if browser else []

    def streams(self, identifier: str, session_id: str) -> dict[str, JsonValue]:
        """What a session's answers say of its streams."""
        endpoint = f"{self._stream_url}/browser-streams/{identifier}/sessions/{session_id}/automation"
        return {"automationStream": {"streamEndpoint": endpoint, "streamStatus": "ENABLED"}}


def _size(settings: Mapping[str, JsonValue]) -> tuple[int, int] | None:
    port = settings.get("viewPort")
    if not isinstance(port, Mapping):
        return None
    return int(cast("int", port["width"])), int(cast("int", port["height"]))
