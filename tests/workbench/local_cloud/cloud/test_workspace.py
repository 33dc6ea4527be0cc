import os
import time
from pathlib import Path

import psutil
import pytest

from workbench.errors import WorkbenchError
from workbench.local_cloud.workspace import DeployedStack, RunningCloud, Workspace


def _cloud(**changes: object) -> RunningCloud:
    fields: dict[str, object] = {
        "pid": os.getpid(),
        "created": psutil.Process().create_time(),
        "endpoint": "http://127.0.0.1:4566",
        "agentcore_url": "http://127.0.0.1:4567",
        "model": "scripted stand-in",
        "access_log": "access.jsonl",
        "stacks": (DeployedStack("Local-State", "000000000000", "us-east-1"),),
    }
    return RunningCloud(**{**fields, **changes})  # type: ignore[arg-type]


def test_what_is_published_is_found(tmp_path: Path) -> None:
    with Workspace(tmp_path).claim():
        Workspace(tmp_path).publish(_cloud())
        assert Workspace(tmp_path).running() == _cloud()


def test_a_second_claim_names_the_first(tmp_path: Path) -> None:
    with Workspace(tmp_path).claim():
        Workspace(tmp_path).publish(_cloud())
        with pytest.raises(WorkbenchError, match=f"runs already: pid {os.getpid()}, endpoint http://127.0.0.1:4566"):
            Workspace(tmp_path).claim().__enter__()
        with pytest.raises(WorkbenchError, match="runs already"):
            Workspace(tmp_path).refuse_second()


def test_a_second_claim_during_the_start_is_refused_too(tmp_path: Path) -> None:
    with Workspace(tmp_path).claim(), pytest.raises(WorkbenchError, match="is starting a local cloud"):
        Workspace(tmp_path).claim().__enter__()


def test_nothing_runs_after_the_claim_ended(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with workspace.claim():
        workspace.publish(_cloud())
    with pytest.raises(WorkbenchError, match=r"no local cloud runs .* start one there with `agentcore-workbench up`"):
        workspace.running()
    with workspace.claim():
        pass


@pytest.mark.parametrize("stale", [{"pid": 2**22 + 1}, {"created": time.time() - 10**6}])
def test_a_record_of_a_killed_process_does_not_count(tmp_path: Path, stale: dict[str, object]) -> None:
    workspace = Workspace(tmp_path)
    workspace.publish(_cloud(**stale))
    workspace.refuse_second()
    with pytest.raises(WorkbenchError, match="no local cloud runs"):
        workspace.running()
