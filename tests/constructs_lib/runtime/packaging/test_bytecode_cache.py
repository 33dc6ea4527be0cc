import os
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from constructs_lib.runtime._packaging import dependencies
from constructs_lib.runtime._packaging.bytecode import Compiled, compile_modules
from constructs_lib.runtime._packaging.cache import Cache
from constructs_lib.runtime._packaging.packager import Limits, Package, Packager
from constructs_lib.runtime._packaging.sources import SourceTree
from constructs_lib.runtime._packaging.trimming import Trimming
from tests.constructs_lib.runtime.wheels import BYTECODE_TAG, RUNNING_VERSION, Wheelhouse, write


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules of distributions that were really compiled."""
    names: list[str] = []

    def counted(interpreter: Path, directory: Path, modules: Sequence[str], results: Path) -> Compiled:
        names.extend(modules)
        return compile_modules(interpreter, directory, modules, results)

    monkeypatch.setattr(dependencies, "compile_modules", counted)
    return names


def package(agent: Path, cache: Path) -> Package:
    return Packager(Cache(cache), Limits()).package(
        SourceTree(agent, "main.py", (), (), True),
        entry_point=("main.py",),
        python_version=RUNNING_VERSION,
        trimming=Trimming(True, None, ()),
    )


def entries(made: Package) -> dict[str, bytes]:
    with zipfile.ZipFile(made.archive) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_changed_lock_compiles_only_what_it_adds(wheelhouse: Wheelhouse, tmp_path: Path, compiled: list[str]) -> None:
    greeter = wheelhouse.add("greeter", {"greeter/__init__.py": "hello = 1\n", "greeter/polite.py": "sir = 2\n"})
    agent = write(tmp_path / "agent", {"main.py": "import greeter\n", "requirements.lock.txt": greeter})
    package(agent, tmp_path / "cache")
    assert sorted(compiled) == ["greeter/__init__.py", "greeter/polite.py"]

    compiled.clear()
    waver = wheelhouse.add("waver", {"waver/__init__.py": "bye = 3\n"})
    (agent / "requirements.lock.txt").write_text(greeter + waver)
    made = entries(package(agent, tmp_path / "cache"))

    assert compiled == ["waver/__init__.py"]
    for module in ("greeter/__pycache__/__init__", "greeter/__pycache__/polite", "waver/__pycache__/__init__"):
        assert f"{module}.{BYTECODE_TAG}.pyc" in made


def test_known_bytecode_gives_the_same_zip(wheelhouse: Wheelhouse, tmp_path: Path, compiled: list[str]) -> None:
    lock = wheelhouse.add("greeter", {"greeter/__init__.py": "hello = 1\n", "greeter/broken.py": "no python\n"})
    agent = write(tmp_path / "agent", {"main.py": "import greeter\n", "requirements.lock.txt": lock})
    first = entries(package(agent, tmp_path / "cache"))
    for folder in ("agents", "dependencies"):
        for archive in (tmp_path / "cache" / folder).iterdir():
            archive.unlink()
    compiled.clear()

    assert entries(package(agent, tmp_path / "cache")) == first
    assert compiled == []


def test_another_content_under_the_same_name_is_compiled(
    wheelhouse: Wheelhouse, tmp_path: Path, compiled: list[str]
) -> None:
    for content in ("hello = 1\n", "hello = 2\n"):
        compiled.clear()
        lock = wheelhouse.add("greeter", {"greeter/__init__.py": content})
        agent = write(tmp_path / "agent", {"main.py": "import greeter\n", "requirements.lock.txt": lock})
        package(agent, tmp_path / "cache")
        assert compiled == ["greeter/__init__.py"]


def test_the_least_recently_used_entries_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(4):
        path = cache.store("bytecode", f"{number}.zip", lambda target: target.write_text("x"), kept=3)
        os.utime(path, (time.time() - 100 + number,) * 2)
    assert sorted(path.name for path in (tmp_path / "bytecode").iterdir()) == ["1.zip", "2.zip", "3.zip"]
