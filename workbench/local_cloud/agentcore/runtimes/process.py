"""One agent process: started in a directory of its own, watched until it answers, invoked, ended."""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil

from workbench.local_cloud.agentcore.runtimes.code import InstalledCode
from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.protocols import HTTP
from workbench.local_cloud.agentcore.runtimes.templates import ForkedProcess, Template
from workbench.local_cloud.agentcore.service import ServiceError

START_SECONDS = 120.0
"""How long an agent may take until it is ready, from its own start."""

_POLL_SECONDS = 0.01
_LOG_TAIL_BYTES = 3000
_FLUSH_SECONDS = 1.5


class AgentProcess:
    """The process of one session.

    Args:
        runtime: The version of the runtime it runs.
        directory: Directory of the session: working copy of the source, home and log.
        client: HTTP client for calls to agents.
    """

    def __init__(self, runtime: RuntimeDefinition, directory: Path, client: httpx.AsyncClient) -> None:
        self.runtime = runtime
        self.started_at = dt.datetime.now(dt.UTC)
        self.last_used = time.monotonic()
        self.busy = 0
        self._used = False
        self.answered = 0
        self.start_seconds = 0.0
        self._directory = directory
        self._client = client
        self._process: asyncio.subprocess.Process | ForkedProcess | None = None
        self._url = ""

    @property
    def log(self) -> Path:
        """The file that receives the agent's standard output and error."""
        return self._directory / "agent.log"

    @property
    def telemetry_log(self) -> Path:
        """The file that receives its OpenTelemetry log records."""
        return self._directory / "otel-logs.jsonl"

    @property
    def modules(self) -> Path:
        """The file into which the agent writes, when asked by a signal, what it has imported."""
        return self._directory / "port.modules"

    @property
    def pid(self) -> int:
        """Process id, 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether the process runs; asked of the system, because the event loop hears of an end a moment later."""
        return self._process is not None and self._process.returncode is None and _runs(self._process.pid)

    @property
    def started(self) -> bool:
        """Whether it has answered its first ping."""
        return self.start_seconds > 0

    @property
    def ready(self) -> bool:
        """Whether it runs and may be invoked."""
        return self.alive and self.started

    @property
    def age_seconds(self) -> float:
        """How long ago it was started."""
        return (dt.datetime.now(dt.UTC) - self.started_at).total_seconds()

    @property
    def last_used_at(self) -> dt.datetime:
        """When its last invocation began or ended."""
        return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=time.monotonic() - self.last_used)

    def memory_bytes(self) -> int:
        """Resident memory, 0 once it has ended."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.alive else 0
        except psutil.Error:
            return 0

    def log_tail(self) -> str:
        """The end of the log."""
        if not self.log.exists():
            return ""
        return self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()

    async def start(
        self,
        code: InstalledCode,
        *,
        environment: Mapping[str, str],
        credentials: Mapping[str, str],
        limit_seconds: float,
        template: Template | None = None,
    ) -> None:
        """Start the agent and wait until it answers.

        Args:
            code: Its code.
            environment: The variables that all sessions of the runtime share.
            credentials: The variables by which the SDKs find the execution role's credentials.
            limit_seconds: How long it may take.
            template: Process to fork it from. Default: it starts from scratch.

        Raises:
            ServiceError: `RuntimeClientError` with the end of the log, if it ends or does not answer in time.
        """
        began = time.monotonic()
        work, port_file = self._directory / "work", self._directory / "port"
        await asyncio.to_thread(self._prepare, code.source, work, port_file)
        variables = {
            **environment,
            **credentials,
            "HOME": str(self._directory),
            "LOCAL_CLOUD_PORT_FILE": str(port_file),
            "PATH": os.pathsep.join([str(code.python.parent), environment.get("PATH", os.defpath)]),
        }
        self._process = await self._launched(code, work, variables, template)
        try:
            await asyncio.wait_for(self._answers(port_file), limit_seconds)
        except TimeoutError:
            await self.stop()
            raise self._failure(
                f"did not {self.runtime.contract.readiness} within {limit_seconds:g} s. It must serve the"
                f" {self.runtime.contract.protocol} contract there"
                + (" (BedrockAgentCoreApp.run() does)" if self.runtime.contract == HTTP else "")
            ) from None
        self.start_seconds = time.monotonic() - began
        self.last_used = time.monotonic()

    async def _launched(
        self, code: InstalledCode, work: Path, variables: Mapping[str, str], template: Template | None
    ) -> asyncio.subprocess.Process | ForkedProcess:
        entry_point = self.runtime.code.entry_point
        if template:
            # A template that has just ended is found dead next time; this session starts without it.
            with contextlib.suppress(OSError):
                return await template.fork(entry_point[-1:], directory=work, environment=variables, log=self.log)
        with self.log.open("ab") as log:
            # Started from the event loop's thread, which lives as long as the server: on Linux the signal at a
            # parent's death comes when the thread ends that started the process.
            return await asyncio.create_subprocess_exec(
                *code.command(entry_point),
                cwd=work,
                env=variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _prepare(self, source: Path, work: Path, port_file: Path) -> None:
        # What a session writes must not be seen by another, so each runs in its own copy.
        shutil.rmtree(work, ignore_errors=True)
        port_file.unlink(missing_ok=True)
        shutil.copytree(source, work)

    async def _answers(self, port_file: Path) -> None:
        while not (address := _bound_address(port_file)):
            await self._check_alive()
            await asyncio.sleep(_POLL_SECONDS)
        self._url = address
        while await self._ping() is None:
            await self._check_alive()
            await asyncio.sleep(_POLL_SECONDS)

    async def _check_alive(self) -> None:
        if not self.alive:
            code = await self._process.wait() if self._process else None
            raise self._failure(f"ended with exit code {code} before it could {self.runtime.contract.readiness}")

    def _failure(self, what: str) -> ServiceError:
        message = f"the agent of {self.runtime.arn} {what}. Its log ({self.log}) ends:\n{self.log_tail() or '(empty)'}"
        return ServiceError("RuntimeClientError", message, 424)

    async def _ping(self) -> str | None:
        contract = self.runtime.contract
        try:
            # An MCP server may answer GET with a stream that never ends, so only a health check's body is read.
            async with self._client.stream(
                "GET", f"{self._url}{contract.health_path or contract.path}", timeout=5
            ) as response:
                if not contract.health_path:
                    return "Healthy"
                await response.aread()
                return str(response.json().get("status")) if response.is_success else None
        except (httpx.HTTPError, ValueError):
            return None

    def first_use(self) -> bool:
        """Whether nobody asked this before: its session has just begun."""
        first, self._used = not self._used, True
        return first

    async def idle_for(self) -> float:
        """Seconds since it was last used; 0 while it answers a call or says it is busy."""
        idle = time.monotonic() - self.last_used
        if self.busy:
            return 0.0
        if idle > self.runtime.idle_seconds and await self._ping() == "HealthyBusy":
            return 0.0
        return idle

    @asynccontextmanager
    async def invoke(self, body: bytes, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Send one invocation and hand out the answer as it comes.

        Raises:
            ServiceError: `RuntimeClientError`, if the process ends before it answers.
        """
        self.busy += 1
        try:
            request = self._client.build_request(
                "POST", f"{self._url}{self.runtime.contract.path}", content=body, headers=dict(headers), timeout=None
            )
            response = await self._send(request)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            self.busy -= 1
            self.answered += 1
            self.last_used = time.monotonic()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._failure(f"broke off the invocation ({error!r})") from error

    async def stop(self) -> None:
        """End the process and everything it started, once it has exported the telemetry it holds."""
        if self._process is None:
            return
        if self.ready:
            await self._flush()
        self.kill()
        await self._process.wait()
        await asyncio.to_thread(shutil.rmtree, self._directory / "work", ignore_errors=True)

    async def _flush(self) -> None:
        flushed = self._directory / "port.flushed"
        flushed.unlink(missing_ok=True)
        if sys.platform != "linux":
            return
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            os.kill(self.pid, signal.SIGRTMIN + 1)
            async with asyncio.timeout(_FLUSH_SECONDS):
                while self.alive and not flushed.exists():  # noqa: ASYNC110  another process makes it
                    await asyncio.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        """End the process group at once, without waiting."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _bound_address(port_file: Path) -> str | None:
    """Where the agent listens, once its shim has written it down."""
    if not port_file.exists():
        return None
    family, port = port_file.read_text().split()
    return f"http://{'127.0.0.1' if family == 'v4' else '[::1]'}:{port}"
