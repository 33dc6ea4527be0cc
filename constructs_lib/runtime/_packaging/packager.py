"""Makes the zip of one agent, or finds the one made before."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.archive import add_entry, is_executable
from constructs_lib.runtime._packaging.binaries import HEADER_SIZE, refuse_foreign_binary
from constructs_lib.runtime._packaging.bytecode import compile_modules, find_interpreter
from constructs_lib.runtime._packaging.cache import Cache
from constructs_lib.runtime._packaging.dependencies import SCRIPTS, write_dependencies
from constructs_lib.runtime._packaging.lock import Lock
from constructs_lib.runtime._packaging.sources import SourceTree
from constructs_lib.runtime._packaging.trimming import Trimming

# Part of every cache key: raise it when the same inputs would give another zip.
PACKAGING_VERSION = 1

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What AgentCore Runtime accepts, in bytes.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
    """

    archive: int = 250 * _MEBIBYTE
    unpacked: int = 750 * _MEBIBYTE

    def check(self, archive: Path, subject: Path) -> None:
        """Raise ValueError if the archive is too large, with its largest parts."""
        with zipfile.ZipFile(archive) as content:
            entries = content.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        for what, size, limit in (
            ("zip", archive.stat().st_size, self.archive),
            ("unpacked zip", unpacked, self.unpacked),
        ):
            if size > limit:
                raise ValueError(
                    f"the {what} of {subject} has {size / _MEBIBYTE:.1f} MiB, AgentCore Runtime accepts "
                    f"{limit / _MEBIBYTE:.0f} MiB. Largest parts: {_largest(entries)}. Leave out what the agent does "
                    f"not need (exclude, aws_services, a smaller lock), or use AgentCode.from_dockerfile"
                )


@dataclass(frozen=True)
class Package:
    """A finished zip.

    Attributes:
        archive: The zip in the cache.
        fingerprint: Hash of all inputs; the same on every machine.
        has_bytecode: Whether modules are compiled, so that the agent starts fast.
    """

    archive: Path
    fingerprint: str
    has_bytecode: bool


@dataclass(frozen=True)
class _Source:
    data: bytes
    executable: bool


@dataclass(frozen=True)
class Packager:
    """Packages agents, with a cache of two layers: dependencies by lock, whole zips by lock and source."""

    cache: Cache
    limits: Limits

    def package(
        self, tree: SourceTree, *, entry_point: tuple[str, ...], python_version: str, trimming: Trimming
    ) -> Package:
        """Return the agent's zip; starts no process if nothing has changed since it was made.

        Raises:
            ValueError: If the lock or the source cannot run in AgentCore Runtime; says which file and what to do.
        """
        lock = Lock.find(tree.directory)
        sources = {name: _Source(path.read_bytes(), is_executable(path)) for name, path in tree.files().items()}
        interpreter = find_interpreter(self.cache, python_version)
        dependencies_key = _dependencies_key(lock, python_version, trimming, interpreter is not None)
        fingerprint = _fingerprint(dependencies_key, entry_point, sources)
        archive_name = f"{fingerprint}.zip"
        archive = self.cache.find("agents", archive_name)
        if archive is None:
            dependencies = self._dependencies(
                f"{dependencies_key}.zip",
                lock=lock,
                python_version=python_version,
                trimming=trimming,
                interpreter=interpreter,
            )
            assemble = partial(
                self._assemble,
                dependencies=dependencies,
                sources=sources,
                entry_point=entry_point,
                interpreter=interpreter,
                lock=lock,
                subject=tree.directory,
            )
            archive = self.cache.store("agents", archive_name, assemble)
        return Package(archive, fingerprint, interpreter is not None)

    def _dependencies(
        self, name: str, *, lock: Lock, python_version: str, trimming: Trimming, interpreter: Path | None
    ) -> Path:
        found = self.cache.find("dependencies", name)
        if found:
            return found
        with self.cache.scratch() as scratch:
            write = partial(
                write_dependencies,
                lock=lock,
                python_version=python_version,
                trimming=trimming,
                interpreter=interpreter,
                scratch=scratch,
                cache=self.cache,
            )
            return self.cache.store("dependencies", name, write)

    def _assemble(
        self,
        target: Path,
        *,
        dependencies: Path,
        sources: Mapping[str, _Source],
        entry_point: tuple[str, ...],
        interpreter: Path | None,
        lock: Lock,
        subject: Path,
    ) -> None:
        for name, source in sources.items():
            refuse_foreign_binary(name, source.data[:HEADER_SIZE], str(subject))
        shutil.copyfile(dependencies, target)
        with zipfile.ZipFile(target, "a") as archive:
            installed = set(archive.namelist())
            _check_names(installed, sources, entry_point, lock)
            for name, source in sources.items():
                add_entry(archive, name, source.data, source.executable)
            for name, data in self._bytecode(sources, interpreter, subject).items():
                add_entry(archive, name, data, executable=False)
        self.limits.check(target, subject)

    def _bytecode(self, sources: Mapping[str, _Source], interpreter: Path | None, subject: Path) -> dict[str, bytes]:
        if interpreter is None:
            return {}
        modules = [name for name in sources if name.endswith(".py")]
        with self.cache.scratch() as scratch:
            for name in modules:
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                (scratch / name).write_bytes(sources[name].data)
            compiled = compile_modules(interpreter, scratch, modules, scratch)
        if compiled.failures:
            raise ValueError(
                f"the agent's source in {subject} does not compile with {interpreter.name}: {compiled.failures}"
            )
        return dict(sorted(compiled.bytecode.items()))


def _dependencies_key(lock: Lock, python_version: str, trimming: Trimming, has_bytecode: bool) -> str:
    services = None if trimming.services is None else sorted(trimming.services)
    options = [
        PACKAGING_VERSION,
        uv.PLATFORM,
        python_version,
        has_bytecode,
        trimming.enabled,
        services,
        sorted(trimming.exclude),
        lock.path.name,
        hashlib.sha256(lock.content).hexdigest(),
    ]
    return hashlib.sha256(json.dumps(options).encode()).hexdigest()


def _fingerprint(dependencies_key: str, entry_point: tuple[str, ...], sources: Mapping[str, _Source]) -> str:
    files = [(name, source.executable, hashlib.sha256(source.data).hexdigest()) for name, source in sources.items()]
    return hashlib.sha256(json.dumps([dependencies_key, entry_point, files]).encode()).hexdigest()


def _check_names(installed: set[str], sources: Mapping[str, _Source], entry_point: tuple[str, ...], lock: Lock) -> None:
    shadowed = sorted(installed.intersection(sources))
    if shadowed:
        raise ValueError(
            f"{shadowed[0]} is both in the agent's source and in a distribution that {lock.path} pins. "
            f"Rename the agent's file or package"
        )
    command = entry_point[0]
    if len(entry_point) > 1 and f"{SCRIPTS}{command}" not in installed:
        raise ValueError(
            f"the entry point starts with {command!r}, but nothing that {lock.path} pins installs such a command "
            f"(opentelemetry-instrument comes with aws-opentelemetry-distro)"
        )


def _largest(entries: list[zipfile.ZipInfo]) -> str:
    sizes: dict[str, int] = {}
    for entry in entries:
        part = entry.filename.split("/", 1)[0]
        sizes[part] = sizes.get(part, 0) + entry.file_size
    ordered = sorted(sizes, key=lambda part: -sizes[part])[:5]
    return ", ".join(f"{part} {sizes[part] / _MEBIBYTE:.1f} MiB" for part in ordered)
