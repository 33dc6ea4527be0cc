"""The operations of code interpreters' and browsers' sessions.

Code sessions run (see `isolation` for what holds them). Browser sessions run where the machine has a Chromium (see
`chromium`); elsewhere they are recorded only, and no browser runs.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html
"""

import atexit
import datetime as dt
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from workbench.local_cloud.agentcore.api_calls import tool_arn
from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.memory.values import page
from workbench.local_cloud.agentcore.runtimes.definition import not_simulated
from workbench.local_cloud.agentcore.sandbox import chromium
from workbench.local_cloud.agentcore.sandbox.browsers import LocalBrowsers, StreamAddress
from workbench.local_cloud.agentcore.sandbox.isolation import FIRST_USER, NOT_A_BOUNDARY, Isolation, Limits
from workbench.local_cloud.agentcore.sandbox.machine import isolation_of_this_machine
from workbench.local_cloud.agentcore.sandbox.process import Place
from workbench.local_cloud.agentcore.sandbox.records import BROWSER, CODE, Answer, Params, SessionRecord, Tool
from workbench.local_cloud.agentcore.sandbox.results import Result
from workbench.local_cloud.agentcore.sandbox.session import CodeSession, stopped
from workbench.local_cloud.agentcore.service import Caller, Operations, Scope, ServiceError, not_found
from workbench.telemetry.services.agentcore import tool_session_ended
from workbench.telemetry.services.outcome import Emit, nowhere
from workbench.telemetry.store import Datum

RECORD_ONLY = "record only: no browser runs"
"""What every answer about a browser session says in its header `x-local-sandbox` where there is no Chromium."""

_KEPT_ENDED = 200


class Tools(Protocol):
    """Knows the code interpreters and browsers of an account."""

    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        """A resource.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        ...


class SandboxDataPlane(Operations):
    """Sessions of code interpreters and browsers. Safe to call from many threads.

    Args:
        tools: Knows which interpreters and browsers exist.
        directory: Where sessions have their files.
        limits: What one process of a session may use. Default: those of `Limits`.
        isolation: What holds sessions. Default: found out by trying, at the first session.
        browsers: Runs browsers. Default: their sessions are recorded only.
        emit: Takes metrics. Default: none are kept.
    """

    def __init__(
        self,
        tools: Tools,
        directory: Path,
        *,
        limits: Limits | None = None,
        isolation: Isolation | None = None,
        browsers: LocalBrowsers | None = None,
        emit: Emit = nowhere,
    ) -> None:
        self._emit = emit
        self._tools = tools
        self._directory = directory
        # What a server left that was killed.
        shutil.rmtree(directory, ignore_errors=True)
        self._limits = limits or Limits()
        self._isolation = isolation
        self._browsers = browsers
        self._sessions: dict[str, SessionRecord] = {}
        self._lock = threading.RLock()
        of_tool: dict[str, Callable[[Tool, Params, Caller], Answer]] = {
            "Start{}Session": self._start,
            "Get{}Session": self._get,
            "List{}Sessions": self._list,
            "Stop{}Session": self._stop,
        }
        self._operations: dict[str, Callable[[Params, Caller], Answer]] = {
            name.format(tool.noun): partial(answer, tool)
            for tool in (CODE, BROWSER)
            for name, answer in of_tool.items()
        }
        self._operations["InvokeCodeInterpreter"] = self._invoke
        self._operations["UpdateBrowserStream"] = self._no_stream
        atexit.register(self.close)

    @property
    def operations(self) -> frozenset[str]:
        """What it answers."""
        return frozenset(self._operations)

    def call(self, operation: str, params: Params, caller: Caller) -> Answer:
        """Run one operation. `InvokeCodeInterpreter` answers `{"sessionId", "stream": [{"result": …}]}`.

        Raises:
            ServiceError: As the service would answer.
        """
        return self._operations[operation](params, caller)

    def truth(self, operation: str) -> str:
        """What the tool of an operation is here, for the header of its answer."""
        if "Browser" not in operation:
            return NOT_A_BOUNDARY
        return chromium.NOT_A_BOUNDARY if self._browsers else RECORD_ONLY

    def stream_address(self, identifier: str, session_id: str, caller: Caller) -> StreamAddress | None:
        """Where the browser of a session is reached; None if none runs.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is no such session.
        """
        session = self._session(BROWSER, {BROWSER.member: identifier, "sessionId": session_id}, caller)
        return self._browsers.address(session.session_id) if self._browsers and session.ready else None

    def rows(self) -> list[dict[str, object]]:
        """Every session, with what it is and what holds it."""
        with self._lock:
            return [self._row(session) for session in self._sessions.values()]

    def close(self) -> None:
        """End every session."""
        atexit.unregister(self.close)
        with self._lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            self._end(session)

    def _row(self, session: SessionRecord) -> dict[str, object]:
        code = session.code if session.ready else None
        pids = code.pids() if code else []
        held = self._isolation.measures() if session.tool is CODE and self._isolation else []
        if session.tool is BROWSER and self._browsers:
            pids, held = self._browsers.pids(session.session_id), self._browsers.chromium.measures()
        return {
            "tool": session.identifier,
            "sessionId": session.session_id,
            "status": "READY" if session.ready else "TERMINATED",
            "startedAt": session.created_at.isoformat(),
            "pids": pids,
            "what": self.truth(session.tool.noun),
            "securityBoundary": False,
            "measures": held,
        }

    def _start(self, tool: Tool, params: Params, caller: Caller) -> Answer:
        identifier = self._identifier(tool, params, caller)
        now = dt.datetime.now(dt.UTC)
        # The service's ids are 26 upper-case letters and digits.
        session_id = secrets.token_hex(13).upper()
        session = SessionRecord(tool, caller.scope, identifier, session_id, dict(params), now, now)
        if tool is BROWSER and self._browsers:
            self._browsers.start(session_id, self._directory / session_id, params)
        with self._lock:
            if tool is CODE:
                self._run(session)
            self._sessions[session_id] = session
            self._forget_oldest()
        session.timer = threading.Timer(session.seconds, self._end, (session,))
        session.timer.daemon = True
        session.timer.start()
        return {tool.member: identifier, "sessionId": session_id, "createdAt": now, **self._streams(session)}

    def _streams(self, session: SessionRecord) -> Answer:
        if session.tool is CODE or not self._browsers or not session.ready:
            return {}
        return {"streams": self._browsers.streams(session.identifier, session.session_id)}

    def _run(self, session: SessionRecord) -> None:
        live = {each.user for each in self._sessions.values() if each.ready and each.code}
        if len(live) >= self._limits.sessions:
            message = f"at most {self._limits.sessions} code sessions run at a time here; stop one first"
            raise ServiceError("ServiceQuotaExceededException", message, 402)
        session.user = next(user for user in range(FIRST_USER + 1, FIRST_USER + 2 + len(live)) if user not in live)
        if self._isolation is None:
            self._isolation = isolation_of_this_machine(self._directory)
        place = Place(self._isolation, self._limits, self._directory / session.session_id, session.user)
        session.code = CodeSession(session.session_id, place)

    def _forget_oldest(self) -> None:
        ended = [key for key, session in self._sessions.items() if not session.ready]
        for key in ended[:-_KEPT_ENDED]:
            del self._sessions[key]

    def _get(self, tool: Tool, params: Params, caller: Caller) -> Answer:
        session = self._session(tool, params, caller)
        configured = {
            name: value
            for name, value in session.settings.items()
            if name not in {"clientToken", "traceId", "traceParent", tool.member}
        }
        seconds = {"sessionTimeoutSeconds": session.seconds}
        return {**configured, **session.summary(), **seconds, **self._streams(session)}

    def _list(self, tool: Tool, params: Params, caller: Caller) -> Answer:
        identifier = self._identifier(tool, params, caller)
        with self._lock:
            found = [
                session.summary()
                for session in reversed(self._sessions.values())
                if (session.tool, session.identifier, session.scope) == (tool, identifier, caller.scope)
            ]
        wanted = [row for row in found if row["status"] == params.get("status", row["status"])]
        rows, token = page(wanted, params)
        return {"items": rows, **token}

    def _stop(self, tool: Tool, params: Params, caller: Caller) -> Answer:
        session = self._session(tool, params, caller)
        self._end(session)
        return {
            tool.member: session.identifier,
            "sessionId": session.session_id,
            "lastUpdatedAt": session.updated_at,
        }

    def _end(self, session: SessionRecord) -> None:
        with self._lock:
            if not session.ready:
                return
            session.ready = False
            session.updated_at = dt.datetime.now(dt.UTC)
        self._emit(_lived(session))
        if session.timer is not None:
            session.timer.cancel()
        if session.code is not None:
            session.code.close()
        if self._browsers:
            self._browsers.end(session.session_id)

    def _invoke(self, params: Params, caller: Caller) -> Answer:
        session = self._session(CODE, params, caller)
        if not session.ready or session.code is None:
            raise stopped(session.session_id)
        session.updated_at = dt.datetime.now(dt.UTC)
        arguments = cast("Mapping[str, object]", params.get("arguments") or {})
        result: Result = session.code.invoke(str(params["name"]), arguments)
        return {"sessionId": session.session_id, "stream": [{"result": result}]}

    def _no_stream(self, params: Params, caller: Caller) -> Answer:
        self._session(BROWSER, params, caller)
        why = "its stream is always on" if self._browsers else f"{RECORD_ONLY}, so there is no stream"
        raise not_simulated(f"UpdateBrowserStream: {why};")

    def _session(self, tool: Tool, params: Params, caller: Caller) -> SessionRecord:
        identifier, session_id = self._identifier(tool, params, caller), str(params.get("sessionId") or "")
        with self._lock:
            found = self._sessions.get(session_id)
        asked = (tool, identifier, caller.scope)
        if found is None or (found.tool, found.identifier, found.scope) != asked:
            raise not_found(f"no session {session_id!r} of {identifier}: start one first")
        return found

    def _identifier(self, tool: Tool, params: Params, caller: Caller) -> str:
        identifier = str(params[tool.member]).rsplit("/", 1)[-1]
        self._tools.record(tool.noun, (identifier,), caller.scope)
        return identifier


def _lived(session: SessionRecord) -> list[Datum]:
    return tool_session_ended(
        f"{session.tool.noun}Session",
        arn=tool_arn({session.tool.member: session.identifier}, session.scope),
        milliseconds=(session.updated_at - session.created_at).total_seconds() * 1000,
        when=session.updated_at.timestamp(),
    )
