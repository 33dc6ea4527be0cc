"""Ends a server with the process that started it."""

import os
import signal
import threading
import time

KEEP_ALIVE_SECONDS = 75
"""How long a server keeps an idle connection: longer than any client here, which would send into one being closed."""

_POLL_SECONDS = 0.5


def end_with_parent() -> None:
    """Watch the parent process from a thread, and end this one politely (SIGTERM) when it is gone.

    Watched rather than asked of the kernel (PR_SET_PDEATHSIG): that signal comes when the parent's starting *thread*
    ends, and a workbench may well start its servers from short-lived ones.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
