"""Ends what nobody has used for a while."""

import threading
from collections.abc import Callable

IDLE_SECONDS = 600.0
"""How long a session waits for its next call.

Less than the 15 minutes after which Runtime ends an idle agent by default: it says nowhere that a process hears of its
end, and a session that is left behind costs until its own time is over.
"""


class Idle:
    """Calls back once nothing has happened for a while.

    Args:
        close: Ends what is idle; called from a thread of its own.
        seconds: How long to wait.
    """

    def __init__(self, close: Callable[[], None], seconds: float = IDLE_SECONDS) -> None:
        self._close = close
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """Start to wait, from now on."""
        self.end()
        self._timer = threading.Timer(self._seconds, self._close)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
