"""One front end as a process of this machine: the stand-in for a Fargate task behind a load balancer."""

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from workbench.local_cloud.front_ends.image import PythonImage
from workbench.local_cloud.ports import HOST
from workbench.local_cloud.processes import ChildProcess

STAND_IN = "stand-in for AWS Fargate and its load balancer: one process, no TLS, no firewall"
"""What a front end is on the local cloud, for people."""

_START_SECONDS = 60.0
_PROBE_SECONDS = 2.0
# What a process needs on any machine; nothing of the user's own settings.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True)
class Told:
    """What a front end is told beside what its image sets.

    Args:
        variables: What its container is told, addresses made local.
        endpoint: Address of the local cloud.
        port: Where it listens.
        users: People who can sign in, with their groups.
    """

    variables: Mapping[str, str]
    endpoint: str
    port: int
    users: Mapping[str, str]


class FrontEnd:
    """A front end that runs.

    Args:
        name: What a person calls it.
        image: Its program.
        python: Interpreter of an environment with what the program needs.
        told: What it is told.
        directory: Where its files are kept: a copy of the program that it cannot change, and one it writes to.
        log: File that receives what it writes to standard output and error.
    """

    def __init__(self, name: str, image: PythonImage, python: Path, told: Told, *, directory: Path, log: Path) -> None:
        self.name = name
        self.address = f"http://localhost:{told.port}"
        self.users = told.users
        self.log = log
        self._command = (str(python), *image.arguments)
        self._environment = _environment(image, told, directory / "tmp")
        self._program = directory / "app"
        _copy(image.source, self._program, python)
        shutil.rmtree(directory / "tmp", ignore_errors=True)
        (directory / "tmp").mkdir(parents=True)
        self.process = self._start()

    @property
    def environment(self) -> Mapping[str, str]:
        """The complete environment of its process."""
        return self._environment

    def stop(self) -> None:
        """End its process."""
        self.process.stop()

    def restart(self) -> None:
        """End its process and start another, as a deployment or a failed task does."""
        self.stop()
        self.process = self._start()
        self.wait()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            WorkbenchError: If it ends or stays silent; carries the end of its log.
        """
        self.process.wait_until(lambda: _answers(self.address), timeout=_START_SECONDS)

    def _start(self) -> ChildProcess:
        return ChildProcess(
            f"front end {self.name}",
            self._command,
            environment=self._environment,
            log=self.log,
            directory=self._program,
        )


def _environment(image: PythonImage, told: Told, writable: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    here = {
        "HOME": str(writable),
        "TMPDIR": str(writable),
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
        "AWS_ENDPOINT_URL": told.endpoint,
        # On Fargate an address of its own and the container's port; here one address of many.
        "CHAT_HOST": HOST,
        "CHAT_PORT": str(told.port),
    }
    return {**kept, **image.variables, **told.variables, **here}


def _copy(source: Path, target: Path, python: Path) -> None:
    if target.exists():
        _writable(target)
        shutil.rmtree(target)
    shutil.copytree(source, target)
    compiling = (str(python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(target))
    # A file that does not compile is the program's own affair: importing it says so.
    subprocess.run(compiling, capture_output=True, check=False)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def _writable(directory: Path) -> None:
    for path in (directory, *(each for each in directory.rglob("*") if each.is_dir())):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=_PROBE_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        return False
