"""Runs one command and guarantees that its whole process tree ends when the workbench does.

The workbench starts `python _guard.py COMMAND...` and holds the other end of the guard's standard input. When that end
closes, be it by a request to stop or because the workbench was killed, the guard ends the command and every descendant.
On Linux two further nets hold: processes whose parent is gone become the guard's own children (PR_SET_CHILD_SUBREAPER),
and when the guard itself is killed the command receives SIGTERM (PR_SET_PDEATHSIG).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence

import psutil

GRACE_SECONDS = 5.0
"""How long a command may take to end its own children after SIGTERM."""

_SWEEP_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGNAL_EXIT_BASE = 128


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _signal_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _end_command(pid: int) -> None:
    """End the command politely first, so that it can end its own children, then sweep whatever is left."""
    guard = psutil.Process()
    # Without a subreaper (macOS) a child of the command is out of reach once the command has ended, so look first.
    known = guard.children(recursive=True)
    _signal_all((process for process in known if process.pid == pid), signal.SIGTERM)
    psutil.wait_procs([process for process in known if process.pid == pid], timeout=GRACE_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        alive = [process for process in {*known, *guard.children(recursive=True)} if process.is_running()]
        _signal_all(alive, number)
        psutil.wait_procs(alive, timeout=_SWEEP_SECONDS)


def main(command: Sequence[str]) -> int:
    """Run the command until it ends or the workbench lets go of it.

    Args:
        command: Program and arguments.

    Returns:
        The command's exit code, 128 + N after signal N.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # The signal at a parent's death is tied to the thread that forked; at this point there is only the main thread.
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    )
    signal.signal(signal.SIGTERM, lambda *_: _end_command(child.pid))

    def end_when_let_go() -> None:
        os.read(0, 1)
        _end_command(child.pid)

    watch = threading.Thread(target=end_when_let_go, daemon=True)
    watch.start()
    code = child.wait()
    _end_command(child.pid)
    return code if code >= 0 else _SIGNAL_EXIT_BASE - code


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    # Not sys.exit(): the watching thread may be reading still.
    os._exit(exit_code)
