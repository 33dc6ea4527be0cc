"""The sessions of all runtimes: which process serves which, started on demand and ended when their time is up."""

import asyncio
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import httpx

from workbench.local_cloud.agentcore.runtimes.code import CodeStore, InstalledCode
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.environment import runtime_environment
from workbench.local_cloud.agentcore.runtimes.output import TELEMETRY_STREAM, AgentOutput
from workbench.local_cloud.agentcore.runtimes.process import START_SECONDS, AgentProcess
from workbench.local_cloud.agentcore.runtimes.running_session import Key, RunningSession, SessionRow
from workbench.local_cloud.agentcore.runtimes.templates import Templates
from workbench.local_cloud.agentcore.service import Caller, Operations, ServiceError
from workbench.telemetry.otlp import Source
from workbench.telemetry.receiver import Exporter, Exporters

_SWEEP_SECONDS = 1.0
_NOT_FOUND = 404
# A template costs about as much as a start, so it is made for the fourth session of a version and those after it.
_STARTS_BEFORE_TEMPLATE = 3


class Sessions:
    """Starts and ends agent processes, one for each runtime, version and session id.

    Args:
        control: The control plane, asked whether runtimes still exist.
        code: The runtimes' code.
        credentials: The execution roles' credentials.
        directory: Where sessions have their directories.
        emulator_url: Where the agents' AWS calls go.
        server_url: This server's own address, for the container credentials.
        start_seconds: How long an agent may take to start.
        exporters: Where processes are let export telemetry. Default: none exports.
    """

    def __init__(
        self,
        control: Operations,
        code: CodeStore,
        credentials: RoleCredentials,
        *,
        directory: Path,
        emulator_url: str,
        server_url: str,
        start_seconds: float = START_SECONDS,
        exporters: Exporters | None = None,
    ) -> None:
        self._exporters = exporters
        self._control = control
        self._code = code
        self._credentials = credentials
        self._directory = directory
        self._emulator_url = emulator_url
        self._server_url = server_url
        self._start_seconds = start_seconds
        self._running: dict[Key, RunningSession] = {}
        self._locks: dict[Key, asyncio.Lock] = {}
        self._templates = Templates()
        self._starts: Counter[tuple[str, str]] = Counter()
        # Starting is all CPU: more starts at once than cores only make each of them slower.
        self._starting = asyncio.Semaphore(os.cpu_count() or 1)
        # Uvicorn closes idle connections after 5 s; letting go earlier avoids sending into a closing one.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=2.0)
        self._client = httpx.AsyncClient(limits=limits, trust_env=False, verify=False)  # noqa: S501  loopback, no TLS

    async def process(self, runtime: RuntimeDefinition, session_id: str) -> AgentProcess:
        """The process of a session; started first where none runs, for example after a crash.

        Raises:
            ServiceError: If the agent cannot be started.
        """
        key = (runtime.arn, runtime.version, session_id)
        running = self._running.get(key)
        if running and running.serves:
            return running.process
        async with self._locks.setdefault(key, asyncio.Lock()):
            running = self._running.get(key)
            if running and running.serves:
                return running.process
            if running:
                await self._end(key)
            return await self._start(key, runtime)

    async def _start(self, key: Key, runtime: RuntimeDefinition) -> AgentProcess:
        token = self._credentials.token(
            role_arn=runtime.role_arn,
            source_arn=runtime.arn,
            account=runtime.scope.account,
            region=runtime.scope.region,
        )
        process = AgentProcess(runtime, self._session_directory(runtime, key[2]), self._client)
        exporter = self._exporter(key, process)
        session = RunningSession(key, process, token, exporter, self._outputs_of(key, process))
        try:
            code = await asyncio.to_thread(self._installed, runtime, token)
            async with self._starting:
                # Known from here on, so that the server's end finds it even while it starts.
                self._running[key] = session
                await process.start(
                    code,
                    environment=self._shared_environment(runtime),
                    credentials=session.credential_variables(self._server_url),
                    limit_seconds=self._start_seconds,
                    template=self._templates.find((runtime.arn, runtime.version)),
                )
        except BaseException:
            self._running.pop(key, None)
            process.kill()
            await asyncio.to_thread(self._let_go, session)
            raise
        self._starts[key[:2]] += 1
        return process

    def _shared_environment(self, runtime: RuntimeDefinition) -> dict[str, str]:
        receiver = self._server_url if self._exporters else ""
        return runtime_environment(runtime, emulator_url=self._emulator_url, receiver_url=receiver)

    def _exporter(self, key: Key, process: AgentProcess) -> str:
        if self._exporters is None:
            return ""
        return self._exporters.admit(Exporter(Source(process.runtime.arn, key[2]), process.telemetry_log))

    def _outputs_of(self, key: Key, process: AgentProcess) -> tuple[AgentOutput, ...]:
        printed = AgentOutput(process.runtime, key[2], process.log, self._emulator_url)
        told = AgentOutput(process.runtime, key[2], process.telemetry_log, self._emulator_url, stream=TELEMETRY_STREAM)
        return printed, told

    def _session_directory(self, runtime: RuntimeDefinition, session_id: str) -> Path:
        # A session id may hold any character; the digest keeps ids apart that look alike as file names.
        digest = hashlib.sha256(session_id.encode()).hexdigest()[:8]
        name = f"{re.sub(r'[^A-Za-z0-9-]', '_', session_id)[:80]}-{digest}"
        directory = self._directory / "sessions" / f"{runtime.runtime_id}-v{runtime.version}" / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _installed(self, runtime: RuntimeDefinition, token: str) -> InstalledCode:
        credentials = self._credentials.by_token(token)
        if credentials is None:
            raise ServiceError("InternalServerException", f"no credentials for {runtime.role_arn}", 500)
        return self._code.get(runtime, credentials)

    async def stop(self, runtime_arn: str, session_id: str) -> bool:
        """End a session, whichever version runs it; False if there is none."""
        found = [(key, s) for key, s in self._running.items() if key[0] == runtime_arn and key[2] == session_id]
        for key, session in found:
            await self._put_away(key, session)
        return bool(found)

    async def _put_away(self, key: Key, session: RunningSession) -> None:
        """End a process; the session's next one waits for it, as they share a directory, a log and a place here."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            if self._running.get(key) is session:
                await self._end(key)

    async def _end(self, key: Key, *, output: bool = True) -> None:
        session = self._running.pop(key, None)
        if session:
            await session.process.stop()
            await asyncio.to_thread(self._let_go, session, output=output)

    def _let_go(self, session: RunningSession, *, output: bool = True) -> None:
        if self._exporters:
            self._exporters.dismiss(session.exporter)
        if output:
            self._deliver_output(session)
        self._credentials.revoke(session.token)

    async def sweep_forever(self) -> None:
        """End idle, aged and orphaned sessions, again and again."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            await self.sweep()
            self.learn_templates()

    async def sweep(self) -> None:
        """End the sessions whose time is up: idle, too old, ended by themselves, or of a deleted runtime."""
        gone = await asyncio.to_thread(self._deleted, self._runtimes())
        for key, session in list(self._running.items()):
            process = session.process
            if process.started and (process.runtime.arn in gone or await session.is_over()):
                await self._put_away(key, session)

    def learn_templates(self) -> None:
        """Begin a template for each version that has been started often enough and has a session that answered."""
        for key, session in self._running.items():
            process = session.process
            often = self._starts[key[:2]] >= _STARTS_BEFORE_TEMPLATE and not self._templates.known(key[:2])
            if often and process.answered and process.alive:
                self._templates.learn(
                    key[:2],
                    self._code.installed(process.runtime),
                    process.runtime.code.entry_point,
                    pid=process.pid,
                    modules=process.modules,
                    environment=self._shared_environment(process.runtime),
                )

    async def deliver_output_forever(self) -> None:
        """Bring what agents print into their log groups, again and again."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for session in list(self._running.values()):
                await asyncio.to_thread(self._deliver_output, session)

    def _deliver_output(self, session: RunningSession) -> None:
        try:
            credentials = self._credentials.by_token(session.token)
        except ServiceError:
            # A role that AgentCore may not take on writes no logs.
            return
        if credentials is not None:
            for output in session.outputs:
                output.deliver(credentials)

    def _runtimes(self) -> list[RuntimeDefinition]:
        return [session.process.runtime for session in self._running.values()]

    def _deleted(self, runtimes: Iterable[RuntimeDefinition]) -> set[str]:
        return {runtime.arn for runtime in {r.arn: r for r in runtimes}.values() if not self._exists(runtime)}

    def _exists(self, runtime: RuntimeDefinition) -> bool:
        try:
            self._control.call("GetAgentRuntime", {"agentRuntimeId": runtime.runtime_id}, Caller(runtime.scope))
        except ServiceError as error:
            return error.status != _NOT_FOUND
        return True

    def rows(self) -> list[SessionRow]:
        """Every running session."""
        return [s.row() for s in list(self._running.values()) if s.process.alive]

    async def close(self) -> None:
        """End every process."""
        self.kill()
        # The emulator ends at the same time, and nobody could read there what is printed now.
        await asyncio.gather(*(self._end(key, output=False) for key in list(self._running)))
        await self._client.aclose()

    def kill(self) -> None:
        """End every process at once, without waiting; for the server's own end."""
        self._templates.kill()
        for session in list(self._running.values()):
            session.process.kill()
