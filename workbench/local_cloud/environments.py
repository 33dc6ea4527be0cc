"""Python environments for the servers that must not share the workbench's own, made by uv from hash-pinned locks."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import platformdirs
import uv

from workbench.errors import WorkbenchError
from workbench.local_cloud.pythons import find_python

_READY = ".ready"
_HASH_CHARACTERS = 16
_TAIL_LINES = 8

Progress = Callable[[str], None]
"""Receives one line for each step that takes time."""


def workbench_home(directory: Path) -> Path:
    """Where the workbench keeps what it installs and writes.

    Args:
        directory: The directory the user works in.

    Returns:
        `.workbench` in a CDK project (a directory with a cdk.json), which a .gitignore of its own keeps out of the
        repository; elsewhere the user's cache directory.
    """
    if not (directory / "cdk.json").is_file():
        return platformdirs.user_cache_path("agentcore-workbench", ensure_exists=True)
    home = directory / ".workbench"
    home.mkdir(exist_ok=True)
    (home / ".gitignore").write_text("*\n")
    return home


class ServerEnvironments:
    """Installs servers into environments of their own.

    An environment is named after its lock's hash, so a changed lock makes a new one, and an existing one is used as it
    is. Two processes may ask at the same time: the second waits.

    Args:
        home: Directory below which the environments live.
        progress: Told what is being installed. Default: silent.
    """

    def __init__(self, home: Path, *, progress: Progress = lambda _: None) -> None:
        self._root = home / "environments"
        self._progress = progress

    def python(self, name: str, lock: Path, *, version: str = "") -> Path:
        """The interpreter of the environment that a lock describes; installs the environment first if need be.

        Args:
            name: What is installed, for the directory's name and for messages.
            lock: A requirements file with a hash for every distribution.
            version: The Python it is for, such as `3.13`; uv downloads one where this machine has none. Default: the
                workbench's own.

        Returns:
            Path of the environment's Python.

        Raises:
            WorkbenchError: If the installation fails, for example without a network.
        """
        python = str((find_python(version) or version) if version else sys.executable)
        identity = python if version else sys.version
        digest = hashlib.sha256(lock.read_bytes() + identity.encode()).hexdigest()[:_HASH_CHARACTERS]
        directory = self._root / f"{name}-{digest}"
        interpreter = directory / "bin" / "python"
        if (directory / _READY).exists():
            return interpreter
        self._root.mkdir(parents=True, exist_ok=True)
        with _locked(self._root / f"{directory.name}.lock"):
            if not (directory / _READY).exists():
                self._install(name, lock, directory, python)
        return interpreter

    def _install(self, name: str, lock: Path, directory: Path, wanted: str) -> None:
        self._progress(f"Installing the {name} into {directory} (once)")
        shutil.rmtree(directory, ignore_errors=True)
        _uv(name, "venv", "--quiet", "--python", wanted, str(directory))
        python = str(directory / "bin" / "python")
        _uv(
            name,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            python,
            "--require-hashes",
            "-r",
            str(lock),
        )
        (directory / _READY).touch()


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    # The kernel lets go of the lock when its holder ends, however it ends, so it cannot become stale.
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle


def _uv(name: str, *arguments: str) -> None:
    result = subprocess.run(
        [uv.find_uv_bin(), *arguments],
        capture_output=True,
        text=True,
        check=False,
        # The active environment is not the one to install into.
        env={key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}},
    )
    if result.returncode:
        raise WorkbenchError(
            f"cannot install the {name}: uv ended with exit code {result.returncode}. It is downloaded once: check the"
            " network and the package index (UV_DEFAULT_INDEX, HTTPS_PROXY) and run the command again",
            detail="\n".join(result.stderr.strip().splitlines()[-_TAIL_LINES:]),
        )
