import csv
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.cache import Cache
from constructs_lib.runtime._packaging.packager import Limits, Package, Packager
from constructs_lib.runtime._packaging.sources import SourceTree
from constructs_lib.runtime._packaging.trimming import Trimming
from tests.constructs_lib.runtime.wheels import BYTECODE_TAG, RUNNING_VERSION, Wheelhouse, elf, write

GREETER: dict[str, str | bytes] = {
    "greeter/__init__.py": "def hello():\n    return 'hello'\n",
    "greeter/stubs.pyi": "",
    "greeter/tests/test_it.py": "",
    "greeter/__pycache__/stale.cpython-36.pyc": b"stale",
}
SCRIPT = "[console_scripts]\ngreet = greeter:hello\n"


@pytest.fixture
def agent(wheelhouse: Wheelhouse, tmp_path: Path) -> Path:
    lock = wheelhouse.add("greeter", GREETER, entry_points=SCRIPT)
    files = {"main.py": "import greeter\nprint(greeter.hello())\n", "requirements.lock.txt": lock}
    return write(tmp_path / "agent", files)


def package(
    agent: Path,
    cache: Path,
    *,
    entry_point: tuple[str, ...] = ("main.py",),
    limits: Limits | None = None,
    trim: bool = True,
    aws_services: tuple[str, ...] | None = None,
    exclude: tuple[str, ...] = (),
) -> Package:
    return Packager(Cache(cache), limits or Limits()).package(
        SourceTree(agent, entry_point[-1], (), exclude, trim),
        entry_point=entry_point,
        python_version=RUNNING_VERSION,
        trimming=Trimming(trim, aws_services, exclude),
    )


def names(made: Package) -> list[str]:
    with zipfile.ZipFile(made.archive) as archive:
        return archive.namelist()


def read(made: Package, name: str) -> bytes:
    with zipfile.ZipFile(made.archive) as archive:
        return archive.read(name)


def test_zip_holds_dependencies_source_and_bytecode(agent: Path, tmp_path: Path) -> None:
    content = names(package(agent, tmp_path / "cache"))
    assert {"main.py", "requirements.lock.txt", "greeter/__init__.py", "greeter-1.0.dist-info/METADATA"} <= set(content)
    assert f"greeter/__pycache__/__init__.{BYTECODE_TAG}.pyc" in content
    assert f"__pycache__/main.{BYTECODE_TAG}.pyc" in content
    assert len(content) == len(set(content))


def test_zip_runs_from_bytecode_alone_when_times_differ(agent: Path, tmp_path: Path) -> None:
    made = package(agent, tmp_path / "cache")
    site = tmp_path / "unpacked"
    with zipfile.ZipFile(made.archive) as archive:
        archive.extractall(site)
    # An unchecked hash means that the interpreter trusts the bytecode even after the source changed.
    (site / "greeter/__init__.py").write_text("raise AssertionError('compiled again')\n")
    result = subprocess.run([sys.executable, "main.py"], cwd=site, capture_output=True, text=True, check=True)
    assert result.stdout == "hello\n"


def test_bytecode_names_no_path_of_this_machine(agent: Path, tmp_path: Path) -> None:
    made = package(agent, tmp_path / "cache")
    for name in names(made):
        assert str(tmp_path).encode() not in read(made, name), name


def test_same_input_gives_the_same_bytes_elsewhere(agent: Path, tmp_path: Path) -> None:
    first = package(agent, tmp_path / "cache")
    copy = tmp_path / "somewhere" / "else"
    write(copy, {path.name: path.read_bytes() for path in sorted(agent.iterdir(), reverse=True)})
    os.utime(copy / "main.py", (1, 1))
    second = package(copy, tmp_path / "other-cache")
    assert first.archive != second.archive
    assert first.archive.read_bytes() == second.archive.read_bytes()
    assert first.fingerprint == second.fingerprint


def test_unchanged_code_starts_no_process(agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = package(agent, tmp_path / "cache")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert package(agent, tmp_path / "cache") == first


def test_changed_source_alone_installs_nothing(agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = package(agent, tmp_path / "cache")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("dependencies were installed again")

    monkeypatch.setattr(uv, "install", refuse)
    (agent / "main.py").write_text("print('changed')\n")
    second = package(agent, tmp_path / "cache")
    assert second.fingerprint != first.fingerprint
    assert read(second, "main.py") == b"print('changed')\n"


@pytest.mark.parametrize("change", ["lock", "executable", "entry_point", "trim", "exclude"])
def test_every_input_changes_the_fingerprint(agent: Path, tmp_path: Path, wheelhouse: Wheelhouse, change: str) -> None:
    write(agent, {"tool.sh": "#!/bin/sh\n", "other.py": ""})
    before = package(agent, tmp_path / "cache")
    if change == "lock":
        with (agent / "requirements.lock.txt").open("a") as lock:
            lock.write(wheelhouse.add("further", {"further.py": ""}))
    elif change == "executable":
        (agent / "tool.sh").chmod(0o755)
    after = package(
        agent,
        tmp_path / "cache",
        entry_point=("other.py",) if change == "entry_point" else ("main.py",),
        trim=change != "trim",
        exclude=("*.md",) if change == "exclude" else (),
    )
    assert after.fingerprint != before.fingerprint


def test_modes_are_fixed_and_keep_the_executable_bit(agent: Path, tmp_path: Path) -> None:
    write(agent, {"tool.sh": "#!/bin/sh\n"})
    (agent / "tool.sh").chmod(0o700)
    (agent / "main.py").chmod(0o600)
    with zipfile.ZipFile(package(agent, tmp_path / "cache").archive) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        times = {entry.date_time for entry in archive.infolist()}
    assert modes["tool.sh"] == 0o100755
    assert modes["main.py"] == 0o100644
    assert modes["bin/greet"] == 0o100755
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_console_script_runs_under_the_runtimes_python(agent: Path, tmp_path: Path) -> None:
    script = read(package(agent, tmp_path / "cache", entry_point=("greet", "main.py")), "bin/greet")
    assert script.startswith(b"#!/usr/bin/env python3\n")
    assert b"from greeter import hello" in script


def test_record_lists_exactly_what_the_zip_holds_of_a_distribution(agent: Path, tmp_path: Path) -> None:
    made = package(agent, tmp_path / "cache")
    rows = {row[0]: row for row in csv.reader(read(made, "greeter-1.0.dist-info/RECORD").decode().splitlines())}
    own = {name for name in names(made) if name.startswith(("greeter", "bin/"))}
    assert set(rows) == own
    assert rows["bin/greet"][2] == str(len(read(made, "bin/greet")))


def test_trimming_has_one_switch(agent: Path, tmp_path: Path) -> None:
    write(agent, {"tests/test_agent.py": ""})
    surplus = {"greeter/stubs.pyi", "greeter/tests/test_it.py", "tests/test_agent.py"}
    assert not surplus.intersection(names(package(agent, tmp_path / "cache")))
    assert surplus <= set(names(package(agent, tmp_path / "cache", trim=False)))


@pytest.mark.parametrize("trim", [True, False])
def test_nothing_of_the_installing_machine_stays(agent: Path, tmp_path: Path, trim: bool) -> None:
    content = names(package(agent, tmp_path / "cache", trim=trim))
    assert ".lock" not in content
    assert not [name for name in content if "cpython-36" in name]


def test_without_an_interpreter_there_is_no_bytecode(agent: Path, no_interpreters: None, tmp_path: Path) -> None:
    made = package(agent, tmp_path / "cache")
    assert not made.has_bytecode
    assert not [name for name in names(made) if name.endswith(".pyc")]


def test_bytecode_has_another_fingerprint_than_none(
    agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = package(agent, tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "none"))
    assert package(agent, tmp_path / "cache").fingerprint != compiled.fingerprint


def test_two_at_once_make_the_same(agent: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: package(agent, tmp_path / "cache"), range(2)))
    assert made[0] == made[1]
    assert zipfile.ZipFile(made[0].archive).testzip() is None
    assert not list((tmp_path / "cache").rglob(".*"))


def test_fails_over_the_size_of_the_zip(agent: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the zip of .*agent has .* MiB.*Largest parts: greeter"):
        package(agent, tmp_path / "cache", limits=Limits(archive=100))
    assert not list((tmp_path / "cache" / "agents").iterdir())


def test_fails_over_the_unpacked_size(agent: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the unpacked zip of"):
        package(agent, tmp_path / "cache", limits=Limits(unpacked=100))


def test_fails_on_a_wheel_for_other_platforms_only(agent: Path, wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    lock = wheelhouse.add("onlyx86", {"onlyx86.py": ""}, tag="py3-none-manylinux_2_17_x86_64")
    write(agent, {"requirements.lock.txt": lock})
    with pytest.raises(ValueError, match=r"onlyx86==1.0 in .*requirements.lock.txt has no wheel for linux/arm64"):
        package(agent, tmp_path / "cache")


def test_takes_the_arm64_wheel_for_the_runtimes_glibc(agent: Path, wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    lock = wheelhouse.add("native", {"native/core.so": elf(183)}, tag="py3-none-manylinux_2_34_aarch64")
    write(agent, {"requirements.lock.txt": lock})
    assert "native/core.so" in names(package(agent, tmp_path / "cache"))


def test_fails_on_an_x86_binary_in_a_wheel_for_any_platform(
    agent: Path, wheelhouse: Wheelhouse, tmp_path: Path
) -> None:
    write(agent, {"requirements.lock.txt": wheelhouse.add("sneaky", {"sneaky/core.so": elf(62)})})
    with pytest.raises(ValueError, match=r"sneaky/core.so from .*requirements.lock.txt is a Linux binary for x86-64"):
        package(agent, tmp_path / "cache")
    assert "sneaky/core.so" not in names(package(agent, tmp_path / "cache", exclude=("sneaky/core.so",)))


def test_fails_on_a_macos_binary_in_the_source(agent: Path, tmp_path: Path) -> None:
    write(agent, {"lib/fast.so": b"\xcf\xfa\xed\xfe" + bytes(40)})
    with pytest.raises(ValueError, match=r"lib/fast.so from .*agent is a macOS binary"):
        package(agent, tmp_path / "cache")


def test_fails_on_a_wrong_hash(agent: Path, tmp_path: Path) -> None:
    write(agent, {"requirements.lock.txt": f"greeter==1.0 --hash=sha256:{'0' * 64}\n"})
    with pytest.raises(ValueError, match="greeter"):
        package(agent, tmp_path / "cache")


def test_fails_on_one_pin_without_a_hash(agent: Path, wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    lock = (agent / "requirements.lock.txt").read_text()
    wheelhouse.add("further", {"further.py": ""})
    write(agent, {"requirements.lock.txt": f"{lock}further==1.0\n"})
    with pytest.raises(ValueError, match="pins a package without a hash"):
        package(agent, tmp_path / "cache")


def test_fails_if_uv_cannot_install_for_another_reason(agent: Path, tmp_path: Path) -> None:
    write(agent, {"requirements.lock.txt": f"absent==1.0 --hash=sha256:{'0' * 64}\n"})
    with pytest.raises(RuntimeError, match=r"(?s)uv could not install .*absent"):
        package(agent, tmp_path / "cache")


def test_fails_on_source_that_shadows_a_dependency(agent: Path, tmp_path: Path) -> None:
    write(agent, {"greeter/__init__.py": ""})
    with pytest.raises(ValueError, match=r"greeter/__init__.py is both in the agent's source and in a distribution"):
        package(agent, tmp_path / "cache")


def test_fails_on_a_command_that_the_lock_does_not_install(agent: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="starts with 'opentelemetry-instrument'"):
        package(agent, tmp_path / "cache", entry_point=("opentelemetry-instrument", "main.py"))


def test_fails_on_source_that_does_not_compile(agent: Path, tmp_path: Path) -> None:
    write(agent, {"broken.py": "def (:\n"})
    with pytest.raises(ValueError, match=r"does not compile with .*: .*broken.py"):
        package(agent, tmp_path / "cache")


def test_a_dependency_that_does_not_compile_stays_as_source(
    agent: Path, wheelhouse: Wheelhouse, tmp_path: Path
) -> None:
    write(agent, {"requirements.lock.txt": wheelhouse.add("old", {"old/python2.py": "print 'x'\n", "old/ok.py": ""})})
    content = names(package(agent, tmp_path / "cache"))
    assert "old/python2.py" in content
    assert [name for name in content if name.startswith("old/__pycache__")] == [
        f"old/__pycache__/ok.{BYTECODE_TAG}.pyc"
    ]
