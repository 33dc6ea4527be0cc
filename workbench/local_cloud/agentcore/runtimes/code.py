"""A runtime's packaged code on this machine: the zip's own source, and an environment with its dependencies.

On linux/arm64 the packaged dependencies run as they are. Elsewhere the same distributions, by the names and versions
that the zip's `*.dist-info` directories state, are installed for this machine, once for each set.
"""

import csv
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import boto3
import uv
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workbench.local_cloud.agentcore.runtimes.credentials import Credentials
from workbench.local_cloud.agentcore.runtimes.definition import CodeLocation, RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.environment import PROVIDER
from workbench.local_cloud.agentcore.service import ServiceError
from workbench.local_cloud.pythons import find_python

SHIM = Path(__file__).with_name("_shim.py")
_SHIM_NAME = "local_cloud_shim"
_OTLP_SESSION = Path(__file__).with_name("_otlp_session.py")
_OTLP_SESSION_NAME = "local_cloud_otlp_session"
_READY = ".ready"
_DIST_INFO = re.compile(r"^(?P<name>[^/]+?)-(?P<version>[^/-]+)\.dist-info/RECORD$")
_OLDEST_PYTHON = (3, 11)
_TAIL_LINES = 12

Notice = Callable[[str], None]


class PackageSource(Protocol):
    """Where packaged code comes from."""

    def fetch(self, runtime: RuntimeDefinition, credentials: Credentials) -> bytes:
        """The zip of a runtime's code, read with the rights of its execution role.

        Raises:
            ServiceError: If it cannot be read.
        """


class S3PackageSource:
    """Reads packaged code from the emulator's S3.

    Args:
        emulator_url: Base address of the emulator.
    """

    def __init__(self, emulator_url: str) -> None:
        self._url = emulator_url

    def fetch(self, runtime: RuntimeDefinition, credentials: Credentials) -> bytes:
        """See `PackageSource.fetch`."""
        code = runtime.code
        client = boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            region_name=runtime.scope.region,
        ).client("s3", endpoint_url=self._url, config=Config(s3={"addressing_style": "path"}))
        try:
            if code.version_id:
                answer = client.get_object(Bucket=code.bucket, Key=code.key, VersionId=code.version_id)
            else:
                answer = client.get_object(Bucket=code.bucket, Key=code.key)
            return answer["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise ServiceError(
                "RuntimeClientError",
                f"cannot read s3://{code.bucket}/{code.key} as {runtime.role_arn}: {error}. The execution role needs"
                " s3:GetObject on the code's object",
                424,
            ) from error


@dataclass(frozen=True)
class InstalledCode:
    """Code ready to start.

    Args:
        source: Directory of the zip's own files; sessions run in copies of it.
        python: The environment's interpreter.
        scripts: Directories that hold console scripts, in the order to search.
    """

    source: Path
    python: Path
    scripts: tuple[Path, ...]

    def command(self, entry_point: Sequence[str]) -> list[str]:
        """The command line of an entry point: a Python file, or a console script followed by one.

        Raises:
            ServiceError: `RuntimeClientError`, if the console script is not among the dependencies.
        """
        *wrappers, main = entry_point
        command = [str(self.python)]
        for wrapper in wrappers:
            command += [str(self._script(wrapper)), str(self.python)]
        return [*command, main]

    def _script(self, name: str) -> Path:
        for directory in self.scripts:
            if (directory / name).is_file():
                return directory / name
        raise ServiceError(
            "RuntimeClientError",
            f"the entry point's '{name}' is no console script of the packaged dependencies: add the distribution that"
            " has it to the agent's lock",
            424,
        )


class CodeStore:
    """Fetches, unpacks and installs each version of a runtime once.

    Args:
        packages: Where the zips come from.
        directory: Where code and environments are kept.
        notice: Told what takes long or differs from the service. Default: silent.
    """

    def __init__(self, packages: PackageSource, directory: Path, *, notice: Notice = lambda _: None) -> None:
        self._packages = packages
        self._directory = directory
        self._notice = notice
        self._lock = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._installed: dict[tuple[str, str], InstalledCode] = {}

    def get(self, runtime: RuntimeDefinition, credentials: Credentials) -> InstalledCode:
        """The code of a runtime's version, installed on first use.

        Raises:
            ServiceError: If the zip cannot be read or its dependencies cannot be installed.
        """
        key = (runtime.arn, runtime.version)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._installed:
                self._installed[key] = self._install(self._packages.fetch(runtime, credentials), runtime.code)
            return self._installed[key]

    def installed(self, runtime: RuntimeDefinition) -> InstalledCode:
        """The code of a version that `get` has installed."""
        return self._installed[runtime.arn, runtime.version]

    def _install(self, package: bytes, code: CodeLocation) -> InstalledCode:
        directory = self._directory / "code" / hashlib.sha256(package).hexdigest()[:16]
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            packaged = _packaged_files(archive)
            native = sys.platform == "linux" and platform.machine() == "aarch64"
            source = _unpack(archive, directory / "source", lambda name: name not in packaged)
            dependencies = _unpack(archive, directory / "dependencies", packaged.__contains__) if native else None
            environment = self._environment(_distributions(archive), code.python, dependencies)
        scripts = tuple(filter(None, (dependencies and dependencies / "bin", environment / "bin")))
        installed = InstalledCode(source, environment / "bin" / "python", scripts)
        _compile(installed)
        return installed

    def _environment(self, pinned: Sequence[str], python: str, dependencies: Path | None) -> Path:
        interpreter = self._interpreter(python)
        identity = "\n".join(
            [str(interpreter), SHIM.read_text(), _OTLP_SESSION.read_text(), str(dependencies), *pinned]
        )
        directory = self._directory / "environments" / hashlib.sha256(identity.encode()).hexdigest()[:16]
        with self._lock:
            lock = self._locks.setdefault(directory, threading.Lock())
        with lock:
            if not (directory / _READY).exists():
                shutil.rmtree(directory, ignore_errors=True)
                _uv("venv", "--quiet", "--python", str(interpreter), str(directory))
                if dependencies is None and pinned:
                    self._notice(f"Installing {len(pinned)} distributions of an agent for this machine (once)")
                    _install_pinned(directory, pinned)
                _add_shim(directory, dependencies)
                (directory / _READY).touch()
        return directory

    def _interpreter(self, wanted: str) -> Path:
        for request in (wanted, f">={'.'.join(map(str, _OLDEST_PYTHON))}"):
            found = find_python(request)
            if found:
                if request != wanted:
                    self._notice(f"This machine has no Python {wanted}; the agent runs on {found}")
                return found
        return Path(sys.executable)


def _packaged_files(archive: zipfile.ZipFile) -> frozenset[str]:
    """Every file of the zip that a distribution's RECORD claims, compiled bytecode included."""
    claimed: set[str] = set()
    for name in filter(_DIST_INFO.match, archive.namelist()):
        rows = csv.reader(io.StringIO(archive.read(name).decode()))
        # A script is recorded relative to site-packages (`../../bin/x`), but packaged as `bin/x`.
        claimed.update(re.sub(r"^(\.\./)+", "", row[0]) for row in rows if row)
        claimed.add(name)
    compiled = {n for n in archive.namelist() if n.endswith(".pyc") and _source_of(n) in claimed}
    infos = {PurePosixPath(n).parts[0] for n in claimed if _DIST_INFO.match(n)}
    return frozenset(claimed | compiled | {n for n in archive.namelist() if PurePosixPath(n).parts[0] in infos})


def _source_of(compiled: str) -> str:
    path = PurePosixPath(compiled)
    return str(path.parent.parent / (path.name.split(".")[0] + ".py"))


def _distributions(archive: zipfile.ZipFile) -> list[str]:
    found = (_DIST_INFO.match(name) for name in archive.namelist())
    return sorted(f"{match['name']}=={match['version']}" for match in found if match)


def _unpack(archive: zipfile.ZipFile, directory: Path, wanted: Callable[[str], bool]) -> Path:
    # Beside the directory, not in it: what is in it, the agent sees.
    ready = directory.with_name(f"{directory.name}{_READY}")
    if not ready.exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        archive.extractall(directory, [name for name in archive.namelist() if wanted(name)])
        ready.touch()
    return directory


def _install_pinned(directory: Path, pinned: Sequence[str]) -> None:
    python = str(directory / "bin" / "python")
    # The zip holds the complete, resolved set, so nothing is resolved again.
    _uv("pip", "install", "--quiet", "--no-deps", "--compile-bytecode", "--python", python, *pinned)


def _uv(*arguments: str) -> None:
    variables = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    command = [uv.find_uv_bin(), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if result.returncode:
        tail = "\n".join(result.stderr.strip().splitlines()[-_TAIL_LINES:])
        raise ServiceError(
            "RuntimeClientError",
            "cannot install the agent's dependencies for this machine; check the network and the package index"
            f" (UV_DEFAULT_INDEX), or that each has a wheel for it:\n{tail}",
            424,
        )


def _add_shim(directory: Path, dependencies: Path | None) -> None:
    site = next(directory.glob("lib/python*/site-packages"))
    shutil.copyfile(SHIM, site / f"{_SHIM_NAME}.py")
    shutil.copyfile(_OTLP_SESSION, site / f"{_OTLP_SESSION_NAME}.py")
    described = site / f"{_OTLP_SESSION_NAME}-1.dist-info"
    described.mkdir(exist_ok=True)
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_OTLP_SESSION_NAME}\nVersion: 1\n")
    entry_point = f"[opentelemetry_otlp_credential_provider]\n{PROVIDER} = {_OTLP_SESSION_NAME}:session\n"
    (described / "entry_points.txt").write_text(entry_point)
    lines = [f"import {_SHIM_NAME}", *([str(dependencies)] if dependencies else [])]
    (site / f"{_SHIM_NAME}.pth").write_text("\n".join(lines) + "\n")


def _compile(installed: InstalledCode) -> None:
    command = [str(installed.python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # A file that does not compile is the agent's own affair: importing it says so.
    subprocess.run([*command, str(installed.source)], capture_output=True, check=False)
