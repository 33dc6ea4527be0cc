"""Template processes: each version of a runtime has one after its first answer, and later sessions are forked from it.

The service starts its microVMs from snapshots. Here a process that has already imported the agent's dependencies stands
in for the snapshot: a session costs a fork and the agent's own code instead of a whole interpreter with its libraries,
and all sessions share the memory of what was imported.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench.local_cloud.agentcore.runtimes.code import InstalledCode

TEMPLATE = Path(__file__).with_name("_template.py")
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.02


class ForkedProcess:
    """A process that a template has forked; what AgentProcess needs of `asyncio.subprocess.Process`.

    Args:
        pid: Its process id, and that of its group.
        reader: Tells the exit code when it has ended.
        writer: Kept open while it runs.
    """

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._read_end(reader, writer))

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        return await asyncio.shield(self._ended)

    async def _read_end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        line = await reader.readline()
        writer.close()
        # A template that was killed says nothing more, and its children ended with it.
        self.returncode = int(json.loads(line)["exit"]) if line else -signal.SIGKILL
        return self.returncode


class Template:
    """A process that waits with an agent's dependencies imported.

    Args:
        process: The process.
        directory: Where it works and listens.
    """

    def __init__(self, process: asyncio.subprocess.Process, directory: Path) -> None:
        self._process = process
        self._directory = directory

    @property
    def _socket(self) -> Path:
        return self._directory / "socket"

    @property
    def alive(self) -> bool:
        """Whether sessions can be forked from it."""
        return self._process.returncode is None

    async def until_ready(self) -> None:
        """Wait until it listens.

        Raises:
            OSError: If it ends first.
            TimeoutError: If it does not listen in time.
        """
        await _until(lambda: self._socket.exists() or not self.alive)
        if not self.alive:
            raise ChildProcessError(f"ended with exit code {self._process.returncode}")

    async def fork(
        self, arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], log: Path
    ) -> ForkedProcess:
        """Start a session's process.

        Args:
            arguments: The agent's file and its arguments.
            directory: Where it runs.
            environment: All of its variables.
            log: File that receives its output.

        Raises:
            OSError: If the template is gone.
        """
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        request = {
            "arguments": list(arguments),
            "directory": str(directory),
            "environment": dict(environment),
            "log": str(log),
        }
        writer.write(json.dumps(request).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
        if not line:
            writer.close()
            raise ConnectionResetError("the template process has ended")
        return ForkedProcess(int(json.loads(line)["pid"]), reader, writer)

    def kill(self) -> None:
        """End it, and with it every process it has forked."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        shutil.rmtree(self._directory, ignore_errors=True)


class Templates:
    """The templates of all runtimes' versions."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str], Template | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, version: tuple[str, str]) -> Template | None:
        """The template of a runtime's version, if there is one already.

        Args:
            version: The runtime's ARN and its version.
        """
        found = self._templates.get(version)
        return found if found and found.alive else None

    def known(self, version: tuple[str, str]) -> bool:
        """Whether a runtime's version has a template, or one was begun.

        Args:
            version: The runtime's ARN and its version.
        """
        return version in self._templates

    def learn(
        self,
        version: tuple[str, str],
        code: InstalledCode,
        entry_point: Sequence[str],
        *,
        pid: int,
        modules: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Start a template in the background, after a session's first answer. Without one, sessions start as the first.

        Args:
            version: The runtime's ARN and its version.
            code: Its code.
            entry_point: Its entry point.
            pid: A process of it that has answered.
            modules: File into which that process writes the modules it has imported.
            environment: The variables that all sessions share.
        """
        if sys.platform != "linux" or version in self._templates:
            return
        self._templates[version] = None
        task = asyncio.create_task(self._start(version, code, entry_point, pid, modules, environment))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(
        self,
        version: tuple[str, str],
        code: InstalledCode,
        entry_point: Sequence[str],
        pid: int,
        modules: Path,
        environment: Mapping[str, str],
    ) -> None:
        # Not below the workspace: a socket's path has at most 107 characters.
        directory = Path(tempfile.mkdtemp(prefix="agentcore-template-"))
        template: Template | None = None
        try:
            os.kill(pid, signal.SIGRTMIN)
            await _until(modules.exists)
            names = shutil.copyfile(modules, directory / "modules")
            command = code.command([*entry_point[:-1], str(TEMPLATE)])
            with (directory / "log").open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    str(directory / "socket"),
                    str(names),
                    cwd=directory,
                    env={**environment, "LOCAL_CLOUD_PARENT": str(os.getpid())},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            template = Template(process, directory)
            await template.until_ready()
            self._templates[version] = template
        except (OSError, TimeoutError):
            # Sessions go on being started as the first one was.
            if template:
                template.kill()
            shutil.rmtree(directory, ignore_errors=True)

    def kill(self) -> None:
        """End every template, and with them their processes."""
        for task in self._tasks:
            task.cancel()
        for template in filter(None, self._templates.values()):
            template.kill()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_READY_SECONDS):
        while not condition():  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(_POLL_SECONDS)
