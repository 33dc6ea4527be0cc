"""Bytecode by the runtime's own minor version of Python, valid whatever the files' times are."""

import contextlib
import hashlib
import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.cache import Cache

_COMPILER = Path(__file__).with_name("compile_modules.py")
_MODULES_WORTH_A_PROCESS = 50


@dataclass(frozen=True)
class Compiled:
    """What came of compiling modules.

    Attributes:
        bytecode: Path beside the module, where CPython looks for it, to its content.
        failures: The compiler's messages about modules that have none.
    """

    bytecode: Mapping[str, bytes]
    failures: str


def compile_modules(interpreter: Path, directory: Path, modules: Sequence[str], results: Path) -> Compiled:
    """Compile modules in as many processes as there are processors.

    Args:
        interpreter: A CPython of the runtime's minor version.
        directory: Where the modules are.
        modules: Their paths, relative to the directory.
        results: An existing directory for the processes' results.

    Raises:
        RuntimeError: If the interpreter itself failed.
    """
    workers = max(1, min(os.cpu_count() or 1, len(modules) // _MODULES_WORTH_A_PROCESS))
    command = [str(interpreter), "-I", "-W", "ignore", str(_COMPILER), str(directory)]
    archives = [results / f"bytecode-{worker}.zip" for worker in range(workers)]
    processes = [_start([*command, str(archive)], modules[worker::workers]) for worker, archive in enumerate(archives)]
    endings = [(process, *process.communicate()) for process in processes]
    for process, _, errors in endings:
        if process.returncode != 0:
            raise RuntimeError(f"compiling ended with {process.returncode}: {errors.strip()}")
    bytecode: dict[str, bytes] = {}
    for result in archives:
        with zipfile.ZipFile(result) as archive:
            bytecode.update((name, archive.read(name)) for name in archive.namelist())
    return Compiled(bytecode, "\n".join(output for _, output, _ in endings if output))


def _start(command: list[str], modules: Sequence[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin as names:
            names.write("\n".join(modules))
        process.stdin = None
    return process


def bytecode_of(module: str, python_version: str) -> str:
    """Return where CPython looks for the bytecode of the module at this path."""
    path = PurePosixPath(module)
    return str(path.parent / "__pycache__" / f"{path.stem}.cpython-{python_version.replace('.', '')}.pyc")


def find_interpreter(cache: Cache, python_version: str) -> Path | None:
    """Return an installed interpreter of this minor version, or None.

    uv needs up to a second to look for one, so its answer, also a negative one, is kept for as long as none of the
    directories it looks in changes.
    """
    pyenv_binaries = sorted((_pyenv_root() / "versions").glob(f"{python_version}*/bin"))
    name = _search_fingerprint(python_version, pyenv_binaries)
    known = cache.find("interpreters", name)
    if known is None:
        found = uv.find_interpreter(python_version, pyenv_binaries)
        known = cache.store("interpreters", name, lambda path: path.write_text(str(found or ""), encoding="utf-8"))
    answer = known.read_text(encoding="utf-8")
    return Path(answer) if answer else None


def _search_fingerprint(python_version: str, pyenv_binaries: list[Path]) -> str:
    data_home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data_home / "uv" / "python")
    on_path = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    places = [managed, _pyenv_root() / "versions", *pyenv_binaries, *on_path]
    state = [(str(place), place.stat().st_mtime_ns if place.is_dir() else None) for place in places]
    return hashlib.sha256(repr((python_version, state)).encode()).hexdigest()


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
