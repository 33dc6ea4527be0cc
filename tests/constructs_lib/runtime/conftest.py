import sys
from pathlib import Path

import pytest

from tests.constructs_lib.runtime.wheels import Wheelhouse


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def wheelhouse(tmp_path: Path, uv_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """Lets uv see this directory only, and find the running Python first."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(directory))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(uv_cache))
    base = Path(sys.base_prefix) / "bin"
    monkeypatch.setenv("PATH", str(base), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "no-pyenv"))
    return Wheelhouse(directory)


@pytest.fixture
def no_interpreters(wheelhouse: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which uv finds no Python at all."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(empty))
