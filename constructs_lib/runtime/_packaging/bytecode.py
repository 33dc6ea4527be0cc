"""Bytecode by the runtime's own minor version of Python, valid whatever the files' times are."""

import hashlib
import os
import subprocess
from pathlib import Path

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.cache import Cache


def start_compiling(interpreter: Path, directory: Path) -> subprocess.Popen[str]:
    """Start to compile every module below `directory`, in as many processes as there are processors.

    The hash is not checked when a module is imported: the zip's fixed times would invalidate bytecode that is bound
    to times. Paths are recorded relative to `directory`, so the result does not depend on the machine.
    """
    # fmt: off
    command = [
        str(interpreter), "-I", "-m", "compileall", "-q", "-j", "0",
        "--invalidation-mode", "unchecked-hash", "-s", str(directory), str(directory),
    ]
    # fmt: on
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


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
