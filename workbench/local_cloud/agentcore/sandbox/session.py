"""One code session: its directory, its Python process, its commands."""

import base64
import contextlib
import datetime as dt
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from workbench.local_cloud.agentcore.sandbox.process import Place, SandboxProcess
from workbench.local_cloud.agentcore.sandbox.results import (
    Result,
    code_result,
    command_result,
    content_result,
    text_result,
)
from workbench.local_cloud.agentcore.service import ServiceError, invalid

Arguments = Mapping[str, object]
MAX_COMMAND = 100_000
"""Bytes of a command: what the system takes as one argument, with room."""

_PYTHON_ONLY = (
    "The local cloud runs Python only, got language {!r}. AgentCore runs it; use executeCommand with a program of this"
    " machine, or test against the service."
)


@dataclass
class Task:
    """A command in the background.

    Args:
        process: What runs.
        began: When it started, by the monotonic clock.
        status: Its state, in the service's words.
        result: What it did, once it has ended.
    """

    process: SandboxProcess
    began: float
    status: str = "working"
    result: Result | None = None


class CodeSession:
    """A session of a code interpreter.

    Args:
        session_id: Its id.
        place: Where its processes run.
    """

    def __init__(self, session_id: str, place: Place) -> None:
        self.session_id = session_id
        self.place = place
        self.last_used_at = dt.datetime.now(dt.UTC)
        self._python: SandboxProcess | None = None
        self._turn = threading.Lock()
        self._running: set[SandboxProcess] = set()
        self._tasks: dict[str, Task] = {}
        self._state = threading.Lock()
        self._closed = False
        self._operations = {
            "executeCode": self._execute_code,
            "executeCommand": self._execute_command,
            "startCommandExecution": self._start_command,
            "getTask": self._get_task,
            "stopTask": self._stop_task,
            "readFiles": self._read_files,
            "writeFiles": self._write_files,
            "listFiles": self._list_files,
            "removeFiles": self._remove_files,
        }
        place.create()

    def pids(self) -> list[int]:
        """Processes that run now."""
        with self._state:
            return [process.pid for process in self._running if process.alive]

    def invoke(self, name: str, arguments: Arguments) -> Result:
        """Carry out one call.

        Raises:
            ServiceError: `ValidationException`, if an argument is missing or wrong.
        """
        self.last_used_at = dt.datetime.now(dt.UTC)
        try:
            return self._operations[name](arguments)
        except OSError as error:
            return text_result(f"The sandbox could not be started: {error.strerror or error}", error=True)

    def close(self) -> None:
        """End everything that runs in it and delete its files."""
        with self._state:
            self._closed = True
            running = list(self._running)
        for process in running:
            process.kill()
        # Whoever waited for it has been woken, and lets go of what it started.
        with self._turn:
            if self._python is not None:
                self._let_go(self._python)
                self._python = None
        self.place.remove()

    def _start(self, argv: Sequence[str], *, controlled: bool = False) -> SandboxProcess:
        with self._state:
            if self._closed:
                raise stopped(self.session_id)
            process = SandboxProcess(self.place, argv, controlled=controlled)
            self._running.add(process)
            return process

    def _let_go(self, process: SandboxProcess) -> None:
        process.close()
        with self._state:
            self._running.discard(process)

    def _worker(self, mode: str) -> SandboxProcess:
        python = str(self.place.isolation.python)
        return self._start([python, "-I", "-B", "-u", self.place.worker, mode], controlled=True)

    def _execute_code(self, arguments: Arguments) -> Result:
        language = arguments.get("language", "python")
        if language != "python":
            return text_result(_PYTHON_ONLY.format(language), error=True)
        code = _text(arguments, "code")
        with self._turn:
            process = self._python if self._python is not None and self._python.alive else self._worker("code")
            self._python = process
            process.send({"code": code, "clear": bool(arguments.get("clearContext"))})
            ended = process.collect(self.place.limits.call_seconds, answer=True)
            if ended.answer is None:
                self._python = None
                self._let_go(process)
            if self._closed:
                raise stopped(self.session_id)
            return code_result(ended, self.place.limits.call_seconds)

    def _execute_command(self, arguments: Arguments) -> Result:
        process = self._command(arguments)
        try:
            return command_result(process.collect(self.place.limits.call_seconds), self.place.limits.call_seconds)
        finally:
            self._let_go(process)

    def _command(self, arguments: Arguments) -> SandboxProcess:
        command = _text(arguments, "command")
        if len(command.encode()) > MAX_COMMAND:
            raise invalid(f"a command has at most {MAX_COMMAND:,} bytes here, got {len(command.encode()):,}")
        return self._start(["/bin/sh", "-c", command])

    def _start_command(self, arguments: Arguments) -> Result:
        task_id = f"task-{secrets.token_hex(8)}"
        task = Task(self._command(arguments), time.monotonic())
        self._tasks[task_id] = task
        threading.Thread(target=self._watch, args=(task,), name=task_id, daemon=True).start()
        return text_result(f"Task {task_id} started", taskId=task_id, taskStatus="submitted")

    def _watch(self, task: Task) -> None:
        ended = task.process.collect(None)
        self._let_go(task.process)
        task.result = command_result(ended, self.place.limits.call_seconds)
        if task.status == "working":
            task.status = "failed" if ended.exit_code else "completed"

    def _get_task(self, arguments: Arguments) -> Result:
        task_id, task = self._task(arguments)
        if task.result is None:
            taken = round(time.monotonic() - task.began, 6)
            said = f"Task {task_id}: {task.status}"
            return text_result(said, taskId=task_id, taskStatus=task.status, executionTime=taken)
        done = cast("Mapping[str, object]", task.result["structuredContent"])
        return {**task.result, "structuredContent": {**done, "taskId": task_id, "taskStatus": task.status}}

    def _stop_task(self, arguments: Arguments) -> Result:
        task_id, task = self._task(arguments)
        if task.result is None:
            task.status = "canceled"
            task.process.kill()
        return text_result(f"Task {task_id}: {task.status}", taskId=task_id, taskStatus=task.status)

    def _task(self, arguments: Arguments) -> tuple[str, Task]:
        task_id = _text(arguments, "taskId")
        if task_id not in self._tasks:
            raise ServiceError("ResourceNotFoundException", f"no task {task_id} in session {self.session_id}", 404)
        return task_id, self._tasks[task_id]

    def _read_files(self, arguments: Arguments) -> Result:
        return self._files("readFiles", paths=_paths(arguments), most=self.place.limits.read_bytes)

    def _write_files(self, arguments: Arguments) -> Result:
        entries = cast("Sequence[Mapping[str, object]]", arguments.get("content") or ())
        if not entries:
            raise invalid("Value at 'arguments.content' must not be empty for writeFiles")
        return self._files("writeFiles", files=[{"path": entry["path"], "data": _data(entry)} for entry in entries])

    def _list_files(self, arguments: Arguments) -> Result:
        directory = arguments.get("directoryPath") or arguments.get("path") or "."
        return self._files("listFiles", directory=directory)

    def _remove_files(self, arguments: Arguments) -> Result:
        return self._files("removeFiles", paths=_paths(arguments))

    def _files(self, operation: str, **request: object) -> Result:
        """Carried out inside: the server must not follow the links that code has made."""
        process = self._worker("files")
        try:
            process.send({"operation": operation, **request})
            ended = process.collect(self.place.limits.call_seconds, answer=True)
        finally:
            self._let_go(process)
        if ended.answer is None:
            return text_result(f"{operation} failed: {ended.stderr or 'it ran out of time or memory'}", error=True)
        if "error" in ended.answer:
            return text_result(str(ended.answer["error"]), error=True)
        return content_result([_decoded(part) for part in cast("Sequence[dict[str, object]]", ended.answer["content"])])


def stopped(session_id: str) -> ServiceError:
    """The refusal for a session that has ended."""
    return ServiceError("ResourceNotFoundException", f"the session {session_id} has been stopped or timed out", 404)


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Value at 'arguments.{name}' must not be empty for this tool")
    return value


def _paths(arguments: Arguments) -> list[str]:
    one = [str(arguments["path"])] if arguments.get("path") else []
    paths = [*one, *map(str, cast("Sequence[object]", arguments.get("paths") or ()))]
    if not paths:
        raise invalid("Value at 'arguments.paths' must not be empty for this tool")
    return paths


def _data(entry: Mapping[str, object]) -> str:
    data = entry.get("blob")
    raw = data if isinstance(data, bytes) else str(entry.get("text") or "").encode()
    return base64.b64encode(raw).decode()


def _decoded(part: dict[str, object]) -> dict[str, object]:
    resource = part.get("resource")
    if isinstance(resource, dict) and "blob" in resource:
        with contextlib.suppress(ValueError):
            return {**part, "resource": {**resource, "blob": base64.b64decode(resource["blob"])}}
    return part
