import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from workbench.errors import WorkbenchError
from workbench.local_cloud.processes import ChildProcess, child_environment, stop_all

# Starts a grandchild in a session of its own that ignores SIGTERM, says its pid, and waits.
STUBBORN = """
import subprocess, sys, time
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def _start(tmp_path: Path, code: str, name: str = "test server") -> ChildProcess:
    command = [sys.executable, "-c", code]
    return ChildProcess(name, command, environment=child_environment({}), log=tmp_path / "logs" / f"{name}.log")


def _gone(pid: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def _grandchild(child: ChildProcess) -> int:
    child.wait_until(lambda: child.log_tail().strip().isdecimal(), timeout=10)
    return int(child.log_tail())


def test_stop_ends_a_grandchild_that_left_the_session_and_ignores_sigterm(tmp_path: Path) -> None:
    child = _start(tmp_path, STUBBORN)
    grandchild = _grandchild(child)
    child.stop()
    assert not child.running
    assert _gone(grandchild)


def test_a_command_that_dies_leaves_no_grandchild(tmp_path: Path) -> None:
    child = _start(tmp_path, STUBBORN.replace("time.sleep(600)\n", "sys.exit(3)\n"))
    try:
        grandchild = _grandchild(child)
    except WorkbenchError:  # it may have ended before it was asked
        grandchild = int(child.log_tail())
    assert _gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="the second net is Linux's parent-death signal")
def test_the_command_ends_when_its_guard_is_killed(tmp_path: Path) -> None:
    child = _start(tmp_path, "import time; print('up', flush=True); time.sleep(600)")
    child.wait_until(lambda: bool(child.log_tail()), timeout=10)
    (command,) = psutil.Process(child.pid).children()
    os.kill(child.pid, signal.SIGKILL)
    assert _gone(command.pid)


def test_a_server_that_dies_at_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = _start(tmp_path, "import sys; print('no such port'); sys.exit(7)")
    with pytest.raises(
        WorkbenchError, match=r"the test server ended with exit code 7; see .*test server\.log"
    ) as caught:
        child.wait_until(lambda: False, timeout=10)
    assert caught.value.detail == "no such port"


def test_a_server_that_stays_silent_is_reported(tmp_path: Path) -> None:
    child = _start(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(WorkbenchError, match="the test server did not answer within 0 s"):
        child.wait_until(lambda: False, timeout=0.1)
    child.stop()


def test_stopping_again_or_after_the_end_does_nothing(tmp_path: Path) -> None:
    children = [_start(tmp_path, "pass", name) for name in ("a", "b")]
    stop_all(children)
    stop_all(children)
    assert not any(child.running for child in children)


def test_a_server_sees_no_aws_settings_and_reaches_loopback_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("NO_PROXY", "example.org")
    variables = child_environment({"LOCAL_CLOUD_PORT": "1"})
    assert not {"AWS_PROFILE", "PYTHONPATH"} & variables.keys()
    assert variables["NO_PROXY"] == "example.org,127.0.0.1,localhost"
    assert variables["LOCAL_CLOUD_PORT"] == "1"
