"""The dependency layer: a zip of everything an agent's lock pins, for linux/arm64."""

import base64
import csv
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.archive import add_entry, is_executable
from constructs_lib.runtime._packaging.binaries import HEADER_SIZE, refuse_foreign_binary
from constructs_lib.runtime._packaging.bytecode import bytecode_of, compile_modules
from constructs_lib.runtime._packaging.bytecode_cache import BytecodeCache
from constructs_lib.runtime._packaging.cache import Cache
from constructs_lib.runtime._packaging.lock import Lock
from constructs_lib.runtime._packaging.trimming import Trimming

SCRIPTS = "bin/"

# Console scripts start with the interpreter of the machine that installed them: a plain line or, where its path is too
# long or has spaces, a shell preamble of three lines.
_SCRIPT_HEADER = re.compile(rb"\A#!(?:/bin/sh\n'''exec' .*\n' '''|[^\n]*python[^\n]*)\n")
_RUNTIME_HEADER = b"#!/usr/bin/env python3\n"


def write_dependencies(
    target: Path,
    *,
    lock: Lock,
    python_version: str,
    trimming: Trimming,
    interpreter: Path | None,
    scratch: Path,
    cache: Cache,
) -> None:
    """Install the lock and zip what the runtime needs of it into `target`.

    Compressing and compiling run at the same time, since neither alone keeps two processors busy.

    Raises:
        ValueError: If the lock cannot be installed for linux/arm64, or holds a binary of another platform.
    """
    site = scratch / "site"
    site.mkdir()
    uv.install(lock.requirements(scratch), site, python_version=python_version, lock=lock.path)
    installed = _names(site)
    trimming.check_services(installed)
    kept = [name for name in installed if trimming.keeps(name)]
    modules = [name for name in kept if name.endswith(".py")]
    known = BytecodeCache(cache, site, python_version)
    # Compressing lets go of the interpreter's lock, so bytecode arrives, and is kept, in the meantime.
    with zipfile.ZipFile(target, "w") as archive, ThreadPoolExecutor(1) as background:
        compiling = background.submit(_bytecode, known, modules, interpreter, scratch)
        for name in kept:
            if not _is_record(name):
                _add(archive, site, name, lock.path)
        bytecode = compiling.result()
        keeping = background.submit(known.keep, modules, bytecode) if interpreter else None
        for path, data in sorted(bytecode.items()):
            add_entry(archive, path, data, executable=False)
        compiled = {name: path for name in modules if (path := bytecode_of(name, python_version)) in bytecode}
        present = frozenset(kept)
        for name in filter(_is_record, kept):
            add_entry(archive, name, _record(site, name, present, compiled), executable=False)
        if keeping:
            keeping.result()


def _bytecode(
    known: BytecodeCache, modules: Collection[str], interpreter: Path | None, scratch: Path
) -> dict[str, bytes]:
    if interpreter is None:
        return {}
    bytecode, covered = known.find(modules)
    missing = sorted(set(modules) - covered)
    if missing:
        # A module that does not compile, such as one for another Python version, is left as source.
        bytecode.update(compile_modules(interpreter, known.site, missing, scratch).bytecode)
    return bytecode


def _names(site: Path) -> list[str]:
    return sorted(
        (Path(folder) / name).relative_to(site).as_posix() for folder, _, names in os.walk(site) for name in names
    )


def _is_record(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name == "RECORD" and path.parent.suffix == ".dist-info"


def _add(archive: zipfile.ZipFile, site: Path, name: str, lock: Path) -> None:
    path = site / name
    data = _for_runtime(name, path.read_bytes())
    refuse_foreign_binary(name, data[:HEADER_SIZE], str(lock))
    add_entry(archive, name, data, is_executable(path))


def _for_runtime(name: str, data: bytes) -> bytes:
    return _SCRIPT_HEADER.sub(_RUNTIME_HEADER, data) if name.startswith(SCRIPTS) else data


def _record(site: Path, record: str, present: Collection[str], bytecode: Mapping[str, str]) -> bytes:
    """Rewrite a distribution's list of files to what the zip holds of it, bytecode included."""
    with (site / record).open(encoding="utf-8", newline="") as file:
        listed = [(row[0], row[1], row[2]) for row in csv.reader(file) if row and row[0] in present]
    rows = [_script_row(site, name) if name.startswith(SCRIPTS) else (name, *rest) for name, *rest in listed]
    rows += [(bytecode[name], "", "") for name, *_ in listed if name in bytecode]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue().encode()


def _script_row(site: Path, name: str) -> tuple[str, str, str]:
    data = _for_runtime(name, (site / name).read_bytes())
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return name, f"sha256={digest}", str(len(data))
