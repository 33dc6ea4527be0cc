"""One process inside a sandbox: started, fed, read within limits, ended with all that it started."""

import contextlib
import json
import os
import selectors
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from workbench.local_cloud.agentcore.sandbox.isolation import ENTER, WORKER, Isolation, Limits

_CHUNK = 65_536
_MOST_ANSWER = 400_000_000
"""Bytes of one answer over the control channel: base64 of what one call may read, and room."""


@dataclass(frozen=True)
class Place:
    """Where the processes of one session run.

    Args:
        isolation: What holds on this machine.
        limits: What a process may use.
        directory: Directory of the session, on this machine.
        user: The user id inside, where the server is root and may choose.
    """

    isolation: Isolation
    limits: Limits
    directory: Path
    user: int

    @property
    def files(self) -> Path:
        """The session's own files. Never opened by the server: what is in there, and where it leads, is not its say."""
        return self.directory / "files"

    @property
    def worker(self) -> str:
        """Where the worker's source is inside."""
        return "/worker.py" if self.isolation.isolated else str(WORKER)

    def create(self) -> None:
        """Make the directories, empty."""
        self.remove()
        self.files.mkdir(parents=True, mode=0o700)
        (self.directory / "root").mkdir()
        if self.isolation.isolated and os.geteuid() == 0:
            os.chown(self.files, self.user, self.user)

    def remove(self) -> None:
        """Delete the session's files."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Every variable a process has."""
        home = "/workspace" if self.isolation.isolated else str(self.files)
        temporary = "/tmp" if self.isolation.isolated else str(self.files)  # noqa: S108
        path = os.pathsep.join([str(self.isolation.python.parent), "/usr/local/bin", "/usr/bin", "/bin"])
        return {"PATH": path, "HOME": home, "TMPDIR": temporary, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


@dataclass
class Output:
    """What a process wrote, cut at the limit.

    Args:
        limit: Most bytes that are kept.
    """

    limit: int
    kept: bytearray = field(default_factory=bytearray)
    total: int = 0

    def add(self, chunk: bytes) -> None:
        """Take what was read."""
        self.total += len(chunk)
        self.kept += chunk[: max(self.limit - len(self.kept), 0)]

    def text(self) -> str:
        """What is kept, with a note where something is not."""
        text = self.kept.decode(errors="replace")
        cut = self.total - len(self.kept)
        return f"{text}\n[cut after {self.limit:,} bytes; {cut:,} more were not kept]" if cut else text


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    Args:
        stdout: Standard output.
        stderr: Standard error.
        answer: What came over the control channel, if something did.
        exit_code: Of the process, if it ended; 128 and the signal's number if a signal ended it.
        timed_out: Whether time ran out; the process has been ended then.
        seconds: How long it took.
    """

    stdout: str
    stderr: str
    answer: Mapping[str, object] | None
    exit_code: int | None
    timed_out: bool
    seconds: float


class SandboxProcess:
    """A process inside a sandbox.

    Args:
        place: Where it runs.
        argv: Program, as seen inside, and arguments.
        controlled: Whether a control descriptor is added to the arguments. Default: no.
    """

    def __init__(self, place: Place, argv: Sequence[str], *, controlled: bool = False) -> None:
        life, self._life = os.pipe()
        ours, theirs = socket.socketpair()
        self._control = ours
        self._limits = place.limits
        self._killing = threading.Lock()
        passed = [theirs.fileno()] if controlled else []
        settings = {
            "isolated": place.isolation.isolated,
            "root": str(place.directory / "root"),
            "directory": str(place.files),
            "visible": place.isolation.visible,
            "worker": str(WORKER),
            "life": life,
            "passed": passed,
            "limits": place.limits.of_process(isolated=place.isolation.isolated),
            "user": place.user if os.geteuid() == 0 else 0,
            "argv": [*argv, *map(str, passed)],
            "environment": place.environment(),
        }
        enter = [str(place.isolation.python), "-I", "-B", str(ENTER), json.dumps(settings)]
        try:
            self._process = subprocess.Popen(
                [*place.isolation.command, *enter],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=place.environment(),
                cwd="/",
                pass_fds=(life, *passed),
                start_new_session=True,
            )
        except OSError:
            os.close(self._life)
            ours.close()
            raise
        finally:
            os.close(life)
            theirs.close()

    @property
    def pid(self) -> int:
        """Id of the process that holds all others of it."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, request: Mapping[str, object]) -> None:
        """Send a request to the worker; one that has ended already is noticed when its answer is read."""
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(request).encode() + b"\n")

    def collect(self, seconds: float | None, *, answer: bool = False) -> Ended:
        """Read what it writes until it is done or time runs out, in which case it is ended.

        Args:
            seconds: How long to wait. None: as long as it takes.
            answer: Whether an answer of the worker is the end. Default: the end of the process is.
        """
        began = time.monotonic()
        reading = _Reading(self._process, self._control, self._limits.output_bytes)
        done = reading.until(None if seconds is None else began + seconds, answer=answer)
        if not done:
            self.kill()
            reading.rest()
        reading.close()
        ended = reading.message is None
        code = self._process.wait() if ended or not done else None
        return Ended(
            stdout=reading.stdout.text(),
            stderr=reading.stderr.text(),
            answer=reading.message,
            exit_code=code if code is None or code >= 0 else 128 - code,
            timed_out=not done,
            seconds=time.monotonic() - began,
        )

    def kill(self) -> None:
        """End it and everything it started, at once. May be called from any thread, and again."""
        with self._killing:
            if self._life < 0:
                return
            for each in _family(self.pid):
                with contextlib.suppress(psutil.Error):
                    each.kill()
            self._process.kill()
            os.close(self._life)
            self._life = -1
            self._process.wait()
            # Wakes whoever waits for an answer.
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it and let go of its pipes; nobody may be reading them any more."""
        self.kill()
        self._control.close()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


class _Reading:
    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket, limit: int) -> None:
        self.stdout, self.stderr = Output(limit), Output(limit)
        self.message: Mapping[str, object] | None = None
        self._answer = bytearray()
        self._control = control
        self._selector = selectors.DefaultSelector()
        for pipe, output in ((process.stdout, self.stdout), (process.stderr, self.stderr)):
            if pipe is not None and not pipe.closed:
                os.set_blocking(pipe.fileno(), False)
                self._selector.register(pipe.fileno(), selectors.EVENT_READ, output)

    def until(self, deadline: float | None, *, answer: bool) -> bool:
        """Whether it was done before the deadline."""
        if answer:
            self._selector.register(self._control, selectors.EVENT_READ)
        while self._selector.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in self._selector.select(left):
                if isinstance(key.data, Output):
                    self._read(key.fd, key.data)
                elif self._answered():
                    self.rest()
                    return True
        return True

    def rest(self) -> None:
        """Read what is in the pipes already."""
        for key in list(self._selector.get_map().values()):
            while isinstance(key.data, Output) and self._read(key.fd, key.data):
                pass

    def close(self) -> None:
        """Let go of the selector."""
        self._selector.close()

    def _read(self, fd: int, output: Output) -> bool:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(fd)
        output.add(chunk)
        return bool(chunk)

    def _answered(self) -> bool:
        try:
            chunk = self._control.recv(_CHUNK)
        except ConnectionResetError:
            # It ended before it had read the request.
            chunk = b""
        self._answer += chunk
        if not chunk or len(self._answer) > _MOST_ANSWER:
            self._selector.unregister(self._control)
            return False
        *lines, rest = self._answer.split(b"\n") if chunk.endswith(b"\n") else [self._answer]
        self._answer = bytearray(rest)
        # Code inside can write here too: what is no answer counts as none.
        for line in lines:
            with contextlib.suppress(ValueError):
                parsed = json.loads(line)
                self.message = parsed if isinstance(parsed, dict) else None
        return self.message is not None


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
