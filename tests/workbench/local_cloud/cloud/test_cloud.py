"""A whole local cloud without a deployment."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx
import psutil
import pytest

from tests.conftest import ROOT
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.workspace import Workspace

pytestmark = pytest.mark.local_cloud

# A test run in the background has SIGINT ignored, and its children inherit that.
HOLD = """
import signal, sys
from pathlib import Path
from workbench.local_cloud.cloud import LocalCloud
signal.signal(signal.SIGINT, signal.default_int_handler)
with LocalCloud(Path(sys.argv[1]), work=Path(sys.argv[2])) as cloud:
    print("started", flush=True)
    cloud.wait(600)
"""


@contextmanager
def _holder(work: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(workbench_home(ROOT)), str(work)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
    finally:
        process.kill()
        process.wait()


def _left(processes: list[psutil.Process], seconds: float = 15.0) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_every_server_answers(local_cloud: LocalCloud) -> None:
    sts = boto3.client(
        "sts",
        endpoint_url=local_cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert sts.get_caller_identity()["Account"] == "000000000000"
    assert httpx.get(f"{local_cloud.agentcore_url}/_local/sessions").json() == []
    assert len(local_cloud.children) == 3


def test_only_loopback_is_bound(local_cloud: LocalCloud) -> None:
    family = [psutil.Process(child.pid) for child in local_cloud.children]
    family += [below for process in family for below in process.children(recursive=True)]
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    }
    assert listening == {"127.0.0.1"}


def test_a_second_start_is_refused_and_leaves_the_first_alone(local_cloud: LocalCloud) -> None:
    second = LocalCloud(workbench_home(ROOT), work=local_cloud.workspace.root)
    with pytest.raises(WorkbenchError, match=f"runs already: pid {os.getpid()}, endpoint {local_cloud.endpoint}"):
        second.__enter__()
    local_cloud.wait(0.01)
    assert local_cloud.workspace.running() == local_cloud.record


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path, number: signal.Signals) -> None:
    with _holder(tmp_path) as holder:
        below = psutil.Process(holder.pid).children(recursive=True)
        assert len(below) >= 6, "three servers, each below its guard"
        holder.send_signal(number)
        holder.wait(timeout=20)
        assert _left(below) == []
    with Workspace(tmp_path).claim():
        pass


def test_a_server_that_ends_is_noticed(tmp_path: Path) -> None:
    with LocalCloud(workbench_home(ROOT), work=tmp_path) as cloud:
        victim = cloud.children[0]
        victim.stop()
        started = time.monotonic()
        with pytest.raises(WorkbenchError, match=f"the {victim.name} ended"):
            cloud.wait(30)
        assert time.monotonic() - started < 5
