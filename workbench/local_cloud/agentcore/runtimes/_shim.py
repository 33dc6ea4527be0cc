"""Runs inside every agent process of the local cloud, before the agent's own code (by a .pth file).

In the service each session has a machine of its own, so every agent listens on the same port. Here the sessions share
one machine: this module gives the process a free loopback port instead and writes its number where the server looks
for it. It also ends the process with the server that started it.

It is copied into environments of any Python, so it uses nothing but the standard library and old syntax.
"""

import ctypes
import os
import signal
import socket
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5

_bind = socket.socket.bind


def _bind_mapped(self, address):  # type: ignore[no-untyped-def]
    if self.family not in (socket.AF_INET, socket.AF_INET6) or str(address[1]) != os.environ["LOCAL_CLOUD_AGENT_PORT"]:
        return _bind(self, address)
    _bind(self, ("127.0.0.1" if self.family == socket.AF_INET else "::1", 0))
    path = os.environ["LOCAL_CLOUD_PORT_FILE"]
    if self.family == socket.AF_INET or not os.path.exists(path):  # noqa: PTH110  no heavy import at every start
        with open(path + ".new", "w") as file:  # noqa: PTH123
            file.write(f"{'v4' if self.family == socket.AF_INET else 'v6'} {self.getsockname()[1]}")
        os.replace(path + ".new", path)  # noqa: PTH105
    return None


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def end_with(parent: int) -> None:
    """End this process with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _write_modules(*_: object) -> None:
    """Write down which dependencies the agent has imported, for the template of its next sessions."""
    path = os.environ["LOCAL_CLOUD_PORT_FILE"] + ".modules"
    directory = os.getcwd()  # noqa: PTH109
    names = [
        name
        for name, module in list(sys.modules.items())
        if name not in ("__main__", "sitecustomize", "uvloop")
        and not (getattr(module, "__file__", None) or directory).startswith(directory)
    ]
    with open(path + ".new", "w") as file:  # noqa: PTH123
        file.write("\n".join(names))
    os.replace(path + ".new", path)  # noqa: PTH105


def _flush_telemetry() -> None:
    for name in ("trace", "metrics", "_logs"):
        module = sys.modules.get("opentelemetry." + name)
        for getter in ("get_tracer_provider", "get_meter_provider", "get_logger_provider"):
            provider = getattr(module, getter, lambda: None)()
            if provider is not None and hasattr(provider, "force_flush"):
                provider.force_flush(1000)
    with open(os.environ["LOCAL_CLOUD_PORT_FILE"] + ".flushed", "w"):  # noqa: PTH123
        pass


def _begin_flush(*_: object) -> None:
    """Export the telemetry that waits; the server asks before it ends the process."""
    # In a thread: what is interrupted here may hold the very locks that this needs.
    threading.Thread(target=_flush_telemetry, daemon=True).start()


def install(parent: int) -> None:
    """Make this process, a child of `parent`, an agent's."""
    if os.getppid() != parent:
        return  # a child of the agent: the agent's process group ends it
    end_with(parent)
    socket.socket.bind = _bind_mapped  # type: ignore[method-assign]
    # uvloop binds in C, past the socket class; uvicorn takes asyncio's own loop when uvloop is not there.
    sys.modules.setdefault("uvloop", None)  # type: ignore[arg-type]
    if sys.platform == "linux":
        # The server asks by a signal that nobody else uses, once the agent has answered for the first time.
        signal.signal(signal.SIGRTMIN, _write_modules)
        signal.signal(signal.SIGRTMIN + 1, _begin_flush)


if "LOCAL_CLOUD_PORT_FILE" in os.environ:
    install(int(os.environ["LOCAL_CLOUD_PARENT"]))
