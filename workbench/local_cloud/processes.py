"""Child processes of the local cloud: started under a guard, logged to files, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.local_cloud import _guard

_POLL_SECONDS = 0.05
_TAIL_LINES = 20
_LOOPBACK = ("127.0.0.1", "localhost")


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The variables a server of the local cloud starts with.

    The user's AWS settings stay out, so that nothing local can reach an account by accident, and so does what would
    make another environment's Python load foreign modules. Loopback never goes through a proxy.

    Args:
        extra: Variables of this server; they win.

    Returns:
        The complete environment of the process.
    """
    dropped = ("AWS_", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    exempt = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), *_LOOPBACK)))
    return {**kept, "NO_PROXY": exempt, "no_proxy": exempt, **extra}


class ChildProcess:
    """One server of the local cloud, with its process tree.

    The command runs below a guard in a session of its own: a Ctrl-C in the terminal reaches the workbench only, and the
    tree ends when `stop` is called, when this object's process ends, or when it is killed.

    Args:
        name: What the server is called in messages.
        command: Program and arguments.
        environment: The complete environment of the process.
        log: File that receives standard output and error; emptied first.
        directory: Where the program runs. Default: where this process does.

    Raises:
        WorkbenchError: If the program cannot be started.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        directory: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._guard = subprocess.Popen(
                [sys.executable, "-P", _guard.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id of the guard, the top of the tree."""
        return self._guard.pid

    @property
    def running(self) -> bool:
        """Whether the server has not ended."""
        return self._guard.poll() is None

    def log_tail(self, lines: int = _TAIL_LINES) -> str:
        """The end of the server's log.

        Args:
            lines: How many lines at most.

        Returns:
            The lines, joined; empty if nothing was written.
        """
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(self, ready: Callable[[], bool], *, timeout: float) -> None:
        """Wait until the server answers.

        Args:
            ready: Asked repeatedly; true when the server answers.
            timeout: Seconds to wait at most.

        Raises:
            WorkbenchError: If the server ends or stays silent; carries the end of its log.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise WorkbenchError(
                    f"the {self.name} did not answer within {timeout:.0f} s; see {self.log}", detail=self.log_tail()
                )
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Make sure that the server is running.

        Raises:
            WorkbenchError: If it has ended; carries the end of its log.
        """
        code = self._guard.poll()
        if code is not None:
            raise WorkbenchError(f"the {self.name} ended with exit code {code}; see {self.log}", detail=self.log_tail())

    def let_go(self) -> None:
        """Ask the process tree to end, without waiting."""
        if self._guard.stdin and not self._guard.stdin.closed:
            self._guard.stdin.close()

    def stop(self) -> None:
        """End the process tree and wait until it is gone."""
        self.let_go()
        try:
            self._guard.wait(timeout=_guard.GRACE_SECONDS * 2)
        except subprocess.TimeoutExpired:
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()


def stop_all(children: Iterable[ChildProcess]) -> None:
    """End several process trees at once.

    Args:
        children: The processes; those that have ended already are skipped.
    """
    listed = list(children)
    for child in listed:
        child.let_go()
    for child in listed:
        child.stop()
