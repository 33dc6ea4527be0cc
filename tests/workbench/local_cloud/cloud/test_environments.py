import threading
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.local_cloud.environments import ServerEnvironments, workbench_home

EMPTY = "# nothing\n"
MISSING = "no-such-distribution==1.0 --hash=sha256:" + "0" * 64 + "\n"


def _lock(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "requirements.lock.txt"
    path.write_text(text)
    return path


def test_installs_once_even_when_two_ask_at_the_same_time(tmp_path: Path) -> None:
    said: list[str] = []
    pythons: list[Path] = []
    environments = ServerEnvironments(tmp_path, progress=said.append)
    lock = _lock(tmp_path, EMPTY)
    asking = [threading.Thread(target=lambda: pythons.append(environments.python("server", lock))) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(said) == 1
    assert pythons[0] == pythons[1]
    assert pythons[0].exists()


def test_a_changed_lock_makes_a_new_environment(tmp_path: Path) -> None:
    environments = ServerEnvironments(tmp_path)
    first = environments.python("server", _lock(tmp_path, EMPTY))
    second = environments.python("server", _lock(tmp_path, EMPTY * 2))
    assert first != second


def test_what_cannot_be_installed_is_reported_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    environments = ServerEnvironments(tmp_path)
    for _ in range(2):
        with pytest.raises(WorkbenchError, match=r"cannot install the server: .* check the network") as caught:
            environments.python("server", _lock(tmp_path, MISSING))
        assert "no-such-distribution" in caught.value.detail


def test_a_cdk_project_keeps_its_workbench_out_of_its_repository(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    home = workbench_home(tmp_path)
    assert home == tmp_path / ".workbench"
    assert (home / ".gitignore").read_text() == "*\n"


def test_elsewhere_the_users_cache_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    home = workbench_home(tmp_path)
    assert home.is_dir()
    assert home.is_relative_to(tmp_path)
    assert home != tmp_path / ".workbench"
