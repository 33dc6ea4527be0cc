"""A Chromium of this machine, one process tree for each session of a browser.

It is NOT a security boundary. AgentCore runs each session in a virtual machine of its own; here pages run in a browser
of this machine, on its network, which whoever is on this machine can also steer. Open only pages here that you would
also open yourself.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

NOT_A_BOUNDARY = "stand-in: a headless Chromium of this machine, NOT a security boundary"
"""What every answer about a running browser says in its header `x-local-sandbox`."""

MOST_BROWSERS = 8
"""Browsers at a time: each takes a few hundred megabytes."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES = (
    "--headless",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    # Its reporter of crashes would leave the group of processes that ends with the session.
    "--disable-breakpad",
    "--disable-crash-reporter",
    # Where containers give too little shared memory, tabs crash otherwise.
    "--disable-dev-shm-usage",
    "--remote-debugging-address=127.0.0.1",
    "--remote-debugging-port=0",
)
_GUARD = Path(__file__).with_name("_guard.py")
_START_SECONDS = 30.0
_END_SECONDS = 5.0
_POLL_SECONDS = 0.02


class NotStartedError(Exception):
    """The browser did not start; the message says why."""


@dataclass(frozen=True)
class Chromium:
    """A Chromium that can be started.

    Args:
        program: Where it is.
        switches: Arguments in addition to those that every session gets. Default: none.
    """

    program: Path
    switches: tuple[str, ...] = ()

    def command(self, profile: Path, size: tuple[int, int] | None) -> list[str]:
        """What starts it.

        Args:
            profile: Its directory.
            size: Width and height of its window. None: its default.
        """
        window = [f"--window-size={size[0]},{size[1]}"] if size else []
        # Its own sandbox does not work for root.
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        return [str(self.program), *_SWITCHES, *as_root, f"--user-data-dir={profile}", *window, *self.switches]

    def measures(self) -> list[str]:
        """What a session is kept from, in words."""
        held = [
            f"program {self.program}",
            "own profile, deleted with the session",
            "environment without credentials",
            "ends with its session and with the server",
        ]
        own = "Chromium's own sandbox (it does not work for root)" if os.geteuid() == 0 else ""
        missing = ["network of this machine", "files of this machine", "who on this machine steers it", own]
        return [*held, "NOT held: " + ", ".join(filter(None, missing))]


def find_chromium(names: Sequence[str] = _NAMES) -> Chromium | None:
    """The first Chromium on the path, if there is one.

    Args:
        names: Programs to look for.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    return Chromium(Path(found)) if found else None


class RunningBrowser:
    """A Chromium that has started.

    Args:
        chromium: What runs.
        directory: Where it keeps its files; deleted with it.
        size: Width and height of its window. Default: its own.

    Raises:
        NotStartedError: If it ended at once or took too long.
    """

    def __init__(self, chromium: Chromium, directory: Path, size: tuple[int, int] | None = None) -> None:
        self._directory = directory
        self._closing = threading.Lock()
        self._closed = False
        profile = directory / "profile"
        profile.mkdir(parents=True)
        log = directory / "chromium.log"
        # A short name: Chromium makes a socket there, whose path may have 107 characters.
        self._temporary = Path(tempfile.mkdtemp(prefix="browser-"))
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", str(_GUARD), *chromium.command(profile, size)],
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=_environment(directory, self._temporary),
                cwd=directory,
                start_new_session=True,
            )
        try:
            self.port, self.path = self._address(profile / "DevToolsActivePort")
        except NotStartedError as error:
            said = log.read_text(errors="replace").strip()[-500:]
            self.close()
            raise NotStartedError(f"{chromium.program} {error}: {said}") from None

    def pids(self) -> list[int]:
        """Its processes."""
        return [each.pid for each in self._family()]

    def close(self) -> None:
        """End it with everything it started, and delete its files. May be called again."""
        with self._closing:
            if self._closed:
                return
            # The guard may have ended with its browser.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            # What has left the group, or was being started.
            deadline = time.monotonic() + _END_SECONDS
            while left := [each for each in self._family() if each.pid != self._process.pid]:
                for each in left:
                    with contextlib.suppress(psutil.Error):
                        each.kill()
                if time.monotonic() > deadline:
                    break
                time.sleep(_POLL_SECONDS)
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.wait()
            self._closed = True
        for directory in (self._directory, self._temporary):
            shutil.rmtree(directory, ignore_errors=True)

    def _family(self) -> list[psutil.Process]:
        # What its parent has left behind is still in the session that the guard leads.
        mine = [] if self._closed else [each for each in _processes() if _session_of(each.pid) == self._process.pid]
        return [each for each in mine if _alive(each)]

    def _address(self, file: Path) -> tuple[int, str]:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise NotStartedError("ended at once")
            with contextlib.suppress(OSError, ValueError):
                port, path = file.read_text().split()
                return int(port), path
            time.sleep(_POLL_SECONDS)
        raise NotStartedError(f"was not ready within {_START_SECONDS:.0f} seconds")


def _environment(directory: Path, temporary: Path) -> dict[str, str]:
    # Nothing of the server's own, where credentials may be.
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(directory), "TMPDIR": str(temporary), "LANG": "C.UTF-8"}


def _processes() -> Iterable[psutil.Process]:
    return psutil.process_iter()


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
