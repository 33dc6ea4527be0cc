"""The operations of code interpreters' and browsers' sessions.

Code sessions run (see `isolation` for what holds them); browser sessions are recorded only, and no browser runs.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html
"""

import atexit
import datetime as dt
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.memory.values import page
from workbench.local_cloud.agentcore.runtimes.definition import not_simulated
from workbench.local_cloud.agentcore.sandbox.isolation import FIRST_USER, NOT_A_BOUNDARY, Isolation, Limits
from workbench.local_cloud.agentcore.sandbox.machine import isolation_of_this_machine
from workbench.local_cloud.agentcore.sandbox.process import Place
from workbench.local_cloud.agentcore.sandbox.results import Result
from workbench.local_cloud.agentcore.sandbox.session import CodeSession, stopped
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, Scope, ServiceError, not_found

RECORD_ONLY = "record only: no browser runs"
"""What every answer about a browser session says in its header `x-local-sandbox`."""

_CODE_SECONDS = 900
_BROWSER_SECONDS = 3600
_KEPT_ENDED = 200
Params = Mapping[str, JsonValue]
Answer = dict[str, JsonValue]


class Tools(Protocol):
    """Knows the code interpreters and browsers of an account."""

    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        """A resource.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        ...


@dataclass(frozen=True)
class Tool:
    """A kind of tool.

    Args:
        noun: Its name in operations.
        member: Its identifier's name in requests and answers.
        seconds: How long its sessions last where a request does not say.
    """

    noun: str
    member: str
    seconds: int


CODE = Tool("CodeInterpreter", "codeInterpreterIdentifier", _CODE_SECONDS)
BROWSER = Tool("Browser", "browserIdentifier", _BROWSER_SECONDS)


@dataclass
class SessionRecord:
    """What is known of a session, also after its end."""

    tool: Tool
    scope: Scope
    identifier: str
    session_id: str
    settings: Params
    created_at: dt.datetime
    updated_at: dt.datetime
    ready: bool = True
    code: CodeSession | None = field(default=None, repr=False)
    user: int = 0
    timer: threading.Timer | None = field(default=None, repr=False)

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return int(cast("int", self.settings.get("sessionTimeoutSeconds") or self.tool.seconds))

    def summary(self) -> Answer:
        """As it is listed."""
        named = {"name": self.settings["name"]} if "name" in self.settings else {}
        return {
            self.tool.member: self.identifier,
            "sessionId": self.session_id,
            **named,
            "status": "READY" if self.ready else "TERMINATED",
            "createdAt": self.created_at,
            "lastUpdatedAt": self.updated_at,
        }


class SandboxDataPlane(Operations):
    """Sessions of code interpreters and browsers. Safe to call from many threads.

    Args:
        tools: Knows which interpreters and browsers exist.
        directory: Where sessions have their files.
        limits: What one process of a session may use. Default: those of `Limits`.
        isolation: What holds sessions. Default: found out by trying, at the first session.
    """

    def __init__(
        self, tools: Tools, directory: Path, *, limits: Limits | None = None, isolation: Isolation | None = None
    ) -> None:
        self._tools = tools
        self._directory = directory
        # What a server left that was killed.
        shutil.rmtree(directory, ignore_errors=True)
        self._limits = limits or Limits()
        self._isolation = isolation
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

    @staticmethod
    def truth(operation: str) -> str:
        """What the tool of an operation is here, for the header of its answer."""
        return RECORD_ONLY if "Browser" in operation else NOT_A_BOUNDARY

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
        held = self._isolation.measures() if session.tool is CODE and self._isolation else []
        return {
            "tool": session.identifier,
            "sessionId": session.session_id,
            "status": "READY" if session.ready else "TERMINATED",
            "startedAt": session.created_at.isoformat(),
            "pids": code.pids() if code else [],
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
        with self._lock:
            if tool is CODE:
                self._run(session)
            self._sessions[session_id] = session
            self._forget_oldest()
        session.timer = threading.Timer(session.seconds, self._end, (session,))
        session.timer.daemon = True
        session.timer.start()
        return {tool.member: identifier, "sessionId": session_id, "createdAt": now}

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
        return {**configured, **session.summary(), "sessionTimeoutSeconds": session.seconds}

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
        if session.timer is not None:
            session.timer.cancel()
        if session.code is not None:
            session.code.close()

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
        raise not_simulated(f"UpdateBrowserStream: {RECORD_ONLY}, so there is no stream;")

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
