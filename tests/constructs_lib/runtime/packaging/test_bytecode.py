import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.bytecode import bytecode_of, compile_modules, find_interpreter
from constructs_lib.runtime._packaging.cache import Cache
from tests.constructs_lib.runtime.wheels import RUNNING_VERSION, Wheelhouse, write

UNCHECKED_HASH = 0b01


def test_compiles_with_a_hash_that_is_not_checked(tmp_path: Path) -> None:
    modules = [f"pkg/module_{number}.py" for number in range(120)]
    write(tmp_path, dict.fromkeys(modules, "x = 1\n"))
    compiled = compile_modules(Path(sys.executable), tmp_path, modules, tmp_path)
    assert compiled.failures == ""
    assert {compiled.bytecode[bytecode_of(module, RUNNING_VERSION)][4] for module in modules} == {UNCHECKED_HASH}


def test_the_interpreter_accepts_the_bytecode(tmp_path: Path) -> None:
    write(tmp_path, {"answer.py": "def answer():\n    return 41 + 1\n"})
    bytecode = compile_modules(Path(sys.executable), tmp_path, ["answer.py"], tmp_path).bytecode
    (tmp_path / "answer.py").unlink()
    compiled = tmp_path / "answer.pyc"  # a module without its source
    compiled.write_bytes(bytecode[bytecode_of("answer.py", RUNNING_VERSION)])
    loader = importlib.machinery.SourcelessFileLoader("answer", str(compiled))
    code = loader.get_code("answer")
    assert code is not None
    assert code.co_filename == "answer.py"
    names: dict[str, Callable[[], int]] = {}
    exec(code, names)
    assert names["answer"]() == 42


def test_bytecode_lies_where_the_interpreter_looks() -> None:
    assert bytecode_of("pkg/a.py", RUNNING_VERSION) == importlib.util.cache_from_source("pkg/a.py")


@pytest.mark.parametrize("wrong", ["def (:\n", "x = '\0'\n"])
def test_failures_are_returned_and_the_rest_is_compiled(tmp_path: Path, wrong: str) -> None:
    write(tmp_path, {"bad.py": wrong, "good.py": ""})
    compiled = compile_modules(Path(sys.executable), tmp_path, ["bad.py", "good.py"], tmp_path)
    assert "bad.py" in compiled.failures
    assert list(compiled.bytecode) == [bytecode_of("good.py", RUNNING_VERSION)]


def test_fails_if_the_interpreter_itself_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        compile_modules(Path("/bin/false"), tmp_path, ["a.py"], tmp_path)


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
