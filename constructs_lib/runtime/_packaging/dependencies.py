"""The dependency layer: a zip of everything an agent's lock pins, for linux/arm64."""

import base64
import csv
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from constructs_lib.runtime._packaging import uv
from constructs_lib.runtime._packaging.archive import add_entry, is_executable
from constructs_lib.runtime._packaging.binaries import HEADER_SIZE, refuse_foreign_binary
from constructs_lib.runtime._packaging.bytecode import start_compiling
from constructs_lib.runtime._packaging.lock import Lock
from constructs_lib.runtime._packaging.trimming import Trimming

SCRIPTS = "bin/"

# Console scripts start with the interpreter of the machine that installed them: a plain line or, where its path is too
# long or has spaces, a shell preamble of three lines.
_SCRIPT_HEADER = re.compile(rb"\A#!(?:/bin/sh\n'''exec' .*\n' '''|[^\n]*python[^\n]*)\n")
_RUNTIME_HEADER = b"#!/usr/bin/env python3\n"


def write_dependencies(
    target: Path, *, lock: Lock, python_version: str, trimming: Trimming, interpreter: Path | None, scratch: Path
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
    for name in set(installed).difference(kept):
        (site / name).unlink()
    compiling = start_compiling(interpreter, site) if interpreter else None
    try:
        with zipfile.ZipFile(target, "w") as archive:
            digests = {name: _add(archive, site, name, lock.path) for name in kept if not _is_record(name)}
            if compiling:
                # A module that does not compile, such as one for another Python version, is left as source.
                compiling.communicate()
            bytecode = sorted(set(_names(site)).difference(kept))
            for name in bytecode:
                add_entry(archive, name, (site / name).read_bytes(), executable=False)
            for name in filter(_is_record, kept):
                add_entry(archive, name, _record(site / name, digests, bytecode), executable=False)
    finally:
        if compiling and compiling.poll() is None:
            compiling.kill()
            compiling.communicate()


def _names(site: Path) -> list[str]:
    return sorted(
        (Path(folder) / name).relative_to(site).as_posix() for folder, _, names in os.walk(site) for name in names
    )


def _is_record(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name == "RECORD" and path.parent.suffix == ".dist-info"


def _add(archive: zipfile.ZipFile, site: Path, name: str, lock: Path) -> tuple[str, int]:
    path = site / name
    data = path.read_bytes()
    refuse_foreign_binary(name, data[:HEADER_SIZE], str(lock))
    if name.startswith(SCRIPTS):
        data = _SCRIPT_HEADER.sub(_RUNTIME_HEADER, data)
    add_entry(archive, name, data, is_executable(path))
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", len(data)


def _record(path: Path, digests: dict[str, tuple[str, int]], bytecode: Iterable[str]) -> bytes:
    """Rewrite a distribution's list of files to what the zip holds of it, bytecode included."""
    with path.open(encoding="utf-8", newline="") as file:
        listed = [row[0] for row in csv.reader(file) if row]
    own = {name: digests[name] for name in listed if name in digests}
    is_own = _is_bytecode_of({name for name in own if name.endswith(".py")})
    rows = [(name, digest, str(size)) for name, (digest, size) in own.items()]
    rows += [(name, "", "") for name in bytecode if is_own(name)]
    rows += [(name, "", "") for name in listed if _is_record(name)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue().encode()


def _is_bytecode_of(modules: set[str]) -> Callable[[str], bool]:
    def is_own(name: str) -> bool:
        path = PurePosixPath(name)
        return str(path.parent.parent / f"{path.name.split('.', 1)[0]}.py") in modules

    return is_own
