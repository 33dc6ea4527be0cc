"""What code in a session cannot reach. None of it makes a security boundary; all of it is said to hold."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

from tests.workbench.local_cloud.sandbox.cloud import SandboxCloud, alive, result, text
from workbench.local_cloud.agentcore.sandbox.isolation import Isolation, Limits
from workbench.local_cloud.agentcore.sandbox.machine import isolation_of_this_machine
from workbench.local_cloud.agentcore.sandbox.process import Place
from workbench.local_cloud.agentcore.sandbox.session import CodeSession

pytestmark = pytest.mark.local_cloud

SERVER = """
import sys, time
from pathlib import Path
from workbench.local_cloud.agentcore.sandbox.isolation import Limits
from workbench.local_cloud.agentcore.sandbox.machine import isolation_of_this_machine
from workbench.local_cloud.agentcore.sandbox.process import Place
from workbench.local_cloud.agentcore.sandbox.session import CodeSession
place = Place(isolation_of_this_machine(Path(sys.argv[1])), Limits(), Path(sys.argv[1]) / "one", 61040)
session = CodeSession("one", place)
session.invoke("startCommandExecution", {"command": "sleep 99"})
session.invoke("executeCode", {"code": "import subprocess; subprocess.Popen(['sleep', '99'], start_new_session=True)"})
print(*session.pids(), flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Isolation:
    """What this machine can hold."""
    return isolation_of_this_machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def namespaces(machine: Isolation) -> None:
    """For tests of what only Linux namespaces hold."""
    if not machine.isolated:
        pytest.skip("this machine allows no namespaces")


def test_the_environment_is_its_own(interpreter: CodeInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-server")
    said = text(interpreter.execute_code("import os; print(sorted(os.environ))"))
    assert said == "['HOME', 'LANG', 'PATH', 'PYTHONUNBUFFERED', 'TMPDIR']\n"
    assert "a-secret" not in text(interpreter.execute_command("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'"))


@pytest.mark.usefixtures("namespaces")
def test_the_servers_process_cannot_be_seen(interpreter: CodeInterpreter) -> None:
    code = "import os\nprint([int(p) for p in os.listdir('/proc') if p.isdigit()])"
    seen = text(interpreter.execute_code(code))
    assert seen.strip() in {"[1, 2]", "[]"}
    said = result(interpreter.execute_command(f"kill -0 {os.getpid()}"))
    assert said["isError"] is True


@pytest.mark.usefixtures("namespaces")
def test_files_of_the_machine_cannot_be_seen(interpreter: CodeInterpreter, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("of this machine")
    code = f"import os\nprint([os.path.exists(p) for p in ({str(secret)!r}, {__file__!r}, '/etc/passwd', '/var')])"
    assert text(interpreter.execute_code(code)) == "[False, False, False, False]\n"
    assert result(interpreter.execute_command("touch /usr/made"))["isError"] is True


@pytest.mark.usefixtures("namespaces")
def test_files_of_another_session_cannot_be_seen(cloud: SandboxCloud, interpreter: CodeInterpreter) -> None:
    with cloud.session() as other:
        other.upload_file("private.txt", "of the other")
        path = cloud.directory / "sandboxes" / str(other.session_id) / "files" / "private.txt"
        assert path.exists()
        said = result(interpreter.execute_code(f"print(open({str(path)!r}).read())"))
        assert "No such file or directory" in said["structuredContent"]["stderr"]
        # Without what takes long: the kernel's own and the system's programs.
        search = r"find / \( -path /proc -o -path /usr \) -prune -o -name private.txt -print 2>/dev/null; true"
        found = text(interpreter.execute_command(search))
        assert found == ""


def test_file_calls_stay_in_the_sessions_directory(cloud: SandboxCloud, interpreter: CodeInterpreter) -> None:
    with cloud.session() as other:
        other.upload_file("private.txt", "of the other")
        there = cloud.directory / "sandboxes" / str(other.session_id) / "files"
        interpreter.execute_code(f"import os; os.symlink({str(there)!r}, 'link'); os.symlink('/usr/bin/env', 'env')")
        for path in ("../../private.txt", "link/private.txt", f"{there}/private.txt", "env"):
            said = result(interpreter.invoke("readFiles", {"paths": [path]}))
            assert said["isError"] is True, path
        written = result(interpreter.upload_file("link/made.txt", "x"))
        assert written["isError"] is True
        assert not (there / "made.txt").exists()


@pytest.mark.usefixtures("namespaces")
def test_there_is_no_network(cloud: SandboxCloud, interpreter: CodeInterpreter) -> None:
    port = cloud.server_url.rpartition(":")[2]
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    assert "Network is unreachable" in result(interpreter.execute_code(code))["structuredContent"]["stderr"]


@pytest.mark.usefixtures("namespaces")
def test_processes_are_limited_in_number(interpreter: CodeInterpreter) -> None:
    code = "import os, time\nfor n in range(500):\n    if os.fork() == 0:\n        time.sleep(60)"
    said = result(interpreter.execute_code(code))
    assert "BlockingIOError" in said["structuredContent"]["stderr"]


@pytest.mark.usefixtures("namespaces")
def test_rights_cannot_be_gained(interpreter: CodeInterpreter) -> None:
    said = text(interpreter.execute_command("grep -E 'CapEff|NoNewPrivs' /proc/self/status"))
    assert said.split() == ["CapEff:", "0" * 16, "NoNewPrivs:", "1"]
    assert result(interpreter.execute_command("mount -t tmpfs none /workspace"))["isError"] is True


def test_answers_that_code_forges_harm_only_itself(interpreter: CodeInterpreter) -> None:
    forged = "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'garbage\\n')\n    except OSError: pass"
    assert result(interpreter.execute_code(forged))["isError"] is False
    interpreter.execute_code("import os; os._exit(0)")
    assert text(interpreter.execute_code("print('fine')")) == "fine\n"


def test_nothing_outlives_a_killed_server(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            pids = [int(pid) for pid in server.stdout.readline().split()]
            family = sleepers(pids)
        finally:
            server.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in [*pids, *family]):
        assert time.monotonic() < deadline, "processes outlived their server"
        time.sleep(0.02)


def sleepers(pids: list[int]) -> list[int]:
    """Everything below these processes, once a `sleep` runs below each."""
    deadline = time.monotonic() + 5
    while True:
        family = [child for pid in pids for child in psutil.Process(pid).children(recursive=True)]
        if sum(child.name() == "sleep" for child in family) == len(pids):
            return [child.pid for child in family]
        assert time.monotonic() < deadline, family
        time.sleep(0.02)


def test_without_namespaces_limits_hold_and_the_rest_is_said_not_to(machine: Isolation, tmp_path: Path) -> None:
    open_machine = Isolation((), machine.python, machine.visible)
    session = CodeSession("open", Place(open_machine, Limits(call_seconds=1, memory_bytes=400 << 20), tmp_path, 61041))
    try:
        assert session.invoke("executeCode", {"code": "x = 1; print(x)"})["isError"] is False
        assert "Timed out" in str(session.invoke("executeCode", {"code": "while True: pass"}))
        assert "MemoryError" in str(session.invoke("executeCode", {"code": "bytearray(500 << 20)"}))
        listed = session.invoke("executeCode", {"code": "import os; print(sorted(os.environ))"})
        assert "AWS" not in str(listed)
        assert session.invoke("readFiles", {"paths": ["../../../etc/hostname"]})["isError"] is True
        pids = session.pids()
    finally:
        session.close()
    assert pids
    assert not any(alive(pid) for pid in pids)
    assert open_machine.measures()[-1] == "NOT held: network, files of this machine, number of processes"
