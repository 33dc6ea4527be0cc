import importlib.util
import sys
from pathlib import Path

import pytest

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.bytecode import Compilation, bytecode_of, find_interpreter
from constructs_lib.runtime._packaging.cache import Cache
from tests.constructs_lib.runtime.wheels import RUNNING_VERSION, Wheelhouse, write

UNCHECKED_HASH = 0b01


def test_compiles_with_a_hash_that_is_not_checked(tmp_path: Path) -> None:
    modules = [f"pkg/module_{number}.py" for number in range(120)]
    write(tmp_path, dict.fromkeys(modules, "x = 1\n"))
    assert Compilation(Path(sys.executable), tmp_path, modules).failures() == ""
    for module in modules:
        flags = (tmp_path / bytecode_of(module, RUNNING_VERSION)).read_bytes()[4]
        assert flags == UNCHECKED_HASH


def test_bytecode_lies_where_the_interpreter_looks() -> None:
    assert bytecode_of("pkg/a.py", RUNNING_VERSION) == importlib.util.cache_from_source("pkg/a.py")


def test_failures_are_returned_and_the_rest_is_compiled(tmp_path: Path) -> None:
    write(tmp_path, {"bad.py": "def (:\n", "good.py": ""})
    assert "bad.py" in Compilation(Path(sys.executable), tmp_path, ["bad.py", "good.py"]).failures()
    assert (tmp_path / bytecode_of("good.py", RUNNING_VERSION)).is_file()


def test_fails_if_the_interpreter_itself_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        Compilation(Path("/bin/false"), tmp_path, ["a.py"]).failures()


def test_finds_an_interpreter_of_the_version(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    found = find_interpreter(Cache(tmp_path), RUNNING_VERSION)
    assert found is not None
    assert found.resolve() == Path(sys.executable).resolve()


def test_finding_none_is_remembered_until_a_searched_directory_changes(
    no_interpreters: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    assert find_interpreter(cache, RUNNING_VERSION) is None
    searched = []

    def search(version: str, _: list[Path]) -> Path:
        searched.append(version)
        return Path("/found")

    monkeypatch.setattr(uv, "find_interpreter", search)
    assert find_interpreter(cache, RUNNING_VERSION) is None
    assert searched == []
    (tmp_path / "empty" / "python").touch()
    assert find_interpreter(cache, RUNNING_VERSION) == Path("/found")
    assert searched == [RUNNING_VERSION]


def test_pyenv_versions_are_searched_before_its_shims(
    no_interpreters: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binaries = tmp_path / "pyenv" / "versions" / f"{RUNNING_VERSION}.4" / "bin"
    binaries.mkdir(parents=True)
    (binaries / f"python{RUNNING_VERSION}").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert find_interpreter(Cache(tmp_path / "cache"), RUNNING_VERSION) == binaries / f"python{RUNNING_VERSION}"
