"""Runs as the entry point of a template process: imports what the agent imports, then forks a process per session.

Stands in for the snapshots from which the service starts its microVMs. The template is started exactly as the agent
is, wrappers such as `opentelemetry-instrument` included, but for this file in the place of the agent's own. It imports
the dependencies that the runtime's first session had imported, and nothing of the agent's own source. A forked process
gets its session's directory, environment and log, and runs the agent's file from its first line.

It runs in environments of any Python, so it uses nothing but the standard library and old syntax.

Arguments: path of the socket to listen on, path of the file with the modules' names.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from typing import Any

import local_cloud_shim  # type: ignore[import-not-found]

_MAX_REQUEST_BYTES = 1 << 20


def _import_all(path: str) -> None:
    with open(path) as file:  # noqa: PTH123
        names = file.read().split()
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException:  # noqa: BLE001, S112  what cannot be imported ahead, the agent imports itself
            continue


def _request(connection: socket.socket) -> dict[str, Any] | None:
    data = b""
    while not data.endswith(b"\n"):
        part = connection.recv(65536)
        if not part or len(data) > _MAX_REQUEST_BYTES:
            return None
        data += part
    parsed: dict[str, Any] = json.loads(data)
    return parsed


def _reap(children: dict[int, socket.socket]) -> None:
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        connection = children.pop(pid, None)
        if connection is not None:
            with connection:
                _tell(connection, {"exit": os.waitstatus_to_exitcode(status)})


def _tell(connection: socket.socket, message: dict[str, int]) -> None:
    # Where the server is gone, this process ends with it.
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def _serve(path: str) -> dict[str, Any]:
    """Fork for each request; returns only in a forked process, with what it was asked to run."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    woken, wakes = socket.socketpair()
    for end in (woken, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    children: dict[int, socket.socket] = {}
    gc.collect()
    gc.freeze()
    listener.listen(256)
    while True:
        for key, _ in selector.select():
            if key.fileobj is woken:
                woken.recv(4096)
                _reap(children)
                continue
            connection, _address = listener.accept()
            request = _request(connection)
            if request is None:
                connection.close()
                continue
            pid = os.fork()
            if pid:
                children[pid] = connection
                _tell(connection, {"pid": pid})
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            selector.close()
            for inherited in (listener, woken, wakes, connection, *children.values()):
                inherited.close()
            return request


def _become(request: dict[str, Any]) -> None:
    """Turn this forked process into what a start from scratch would be."""
    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    before = os.getcwd()  # noqa: PTH109
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # A wrapper may have put the template's directory on the path; each session has its own.
    sys.path[:] = [request["directory"] if entry == before else entry for entry in sys.path]
    sys.path[0] = request["directory"]
    sys.argv = request["arguments"]
    importlib.invalidate_caches()
    time.tzset()
    local_cloud_shim.install(os.getppid())


def main() -> None:
    path, modules = sys.argv[1:]
    local_cloud_shim.end_with(int(os.environ["LOCAL_CLOUD_PARENT"]))
    _import_all(modules)
    request = _serve(path)
    _become(request)
    runpy.run_path(request["arguments"][0], run_name="__main__")


if __name__ == "__main__":
    main()
