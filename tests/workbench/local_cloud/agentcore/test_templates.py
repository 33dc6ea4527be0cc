"""Sessions forked from a template: processes as any other, with their own directory, variables, credentials and end."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore.conftest import Server
from tests.workbench.local_cloud.agentcore.test_runtimes import gone, invoke, said

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="templates are made on Linux only")


def session(number: int) -> str:
    return f"session-{number:030d}"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def template_of(server: Server) -> int:
    """Start sessions until there is a template; its process id."""
    for number in range(4):
        said(server, session=session(number))
    server.loop.call_soon_threadsafe(server.sessions.learn_templates)
    numbers = iter(range(10, 500))

    def forked() -> bool:
        return psutil.Process(said(server, session=session(next(numbers)))["pid"]).ppid() != os.getpid()

    until(forked)
    return psutil.Process(said(server, session=session(9))["pid"]).ppid()


def test_the_first_sessions_are_started_and_later_ones_forked(server: Server) -> None:
    started = said(server, session=session(0))
    template = template_of(server)
    forked = said(server, "first", session(1000))

    assert psutil.Process(started["pid"]).ppid() == os.getpid()
    assert psutil.Process(forked["pid"]).ppid() == template
    assert said(server, "second", session(1000))["heard"] == ["first", "second"]
    assert forked["files"] == started["files"]
    assert os.getpgid(forked["pid"]) == forked["pid"]


def test_a_forked_session_has_what_a_started_one_has_and_nothing_of_anothers(server: Server) -> None:
    started = said(server, session=session(0))["environment"]
    template_of(server)
    one, other = (said(server, session=session(number)) for number in (1000, 1001))

    assert one["environment"].keys() == started.keys()
    differ = {name for name, value in one["environment"].items() if other["environment"][name] != value}
    assert differ == {"HOME", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "LOCAL_CLOUD_PORT_FILE"}
    assert one["cwd"] != other["cwd"]
    assert Path(one["cwd"]).is_relative_to(one["environment"]["HOME"])
    log = Path(one["environment"]["HOME"]) / "agent.log"
    assert log.read_text() == "agent starts\n"


def test_the_template_has_no_credentials(server: Server) -> None:
    variables = psutil.Process(template_of(server)).environ()

    assert "PATH" in variables
    assert not [name for name in variables if "CREDENTIALS" in name or "TOKEN" in name or "SECRET" in name]


def test_a_forked_agents_crash_is_told_and_its_session_goes_on(server: Server) -> None:
    template_of(server)
    said(server, session=session(1000))
    with pytest.raises(ClientError, match="the agent fell over"):
        invoke(server, "crash", session(1000))

    assert said(server, "again", session(1000))["heard"] == ["again"]


def test_without_its_template_a_version_starts_sessions_from_scratch(server: Server) -> None:
    template = template_of(server)
    forked = said(server, session=session(1000))["pid"]
    os.kill(template, signal.SIGKILL)

    assert gone(forked)
    assert psutil.Process(said(server, "again", session(1000))["pid"]).ppid() == os.getpid()
