"""Bytecode kept by distribution, as uv keeps their unpacked wheels: a changed lock compiles only what changed in it."""

import csv
import hashlib
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from constructs_lib.runtime._packaging.bytecode import bytecode_of
from constructs_lib.runtime._packaging.cache import Cache

_FOLDER = "bytecode"
_ENTRIES_KEPT = 512
# Part of every key: raise it when the same modules would give other bytecode.
_VERSION = 1


@dataclass(frozen=True)
class BytecodeCache:
    """Bytecode of the distributions in one directory, for one version of Python.

    Args:
        cache: Where it is kept.
        site: The directory that the distributions are installed in.
        python_version: For example `3.13`.
    """

    cache: Cache
    site: Path
    python_version: str

    def find(self, modules: Collection[str]) -> tuple[dict[str, bytes], set[str]]:
        """Return the bytecode that is known.

        Args:
            modules: The modules wanted, relative to the directory.

        Returns:
            The bytecode by its path beside the module, and the modules that it covers, among them those that are known
            not to compile.
        """
        bytecode: dict[str, bytes] = {}
        covered: set[str] = set()
        for key, names in self._distributions(frozenset(modules)):
            known = self.cache.find(_FOLDER, key)
            if known is not None:
                with zipfile.ZipFile(known) as archive:
                    bytecode.update((name, archive.read(name)) for name in archive.namelist())
                covered |= names
        return bytecode, covered

    def keep(self, modules: Collection[str], bytecode: Mapping[str, bytes]) -> None:
        """Keep the bytecode of the distributions of these modules, as far as it was not known.

        Args:
            modules: The modules, relative to the directory.
            bytecode: What there is of it, by its path beside the module.
        """
        for key, names in self._distributions(frozenset(modules)):
            if self.cache.find(_FOLDER, key) is not None:
                continue
            paths = [bytecode_of(name, self.python_version) for name in sorted(names)]
            own = {path: bytecode[path] for path in paths if path in bytecode}
            self.cache.store(_FOLDER, key, partial(_write, entries=own), kept=_ENTRIES_KEPT)

    def _distributions(self, modules: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
        for record in sorted(self.site.glob("*.dist-info/RECORD")):
            with record.open(encoding="utf-8", newline="") as file:
                rows = sorted((row[0], row[1]) for row in csv.reader(file) if row and row[0] in modules)
            # The recorded hashes say what the modules hold; without them nothing could be recognized.
            if rows and all(digest for _, digest in rows):
                content = repr((_VERSION, self.python_version, rows)).encode()
                yield f"{hashlib.sha256(content).hexdigest()}.zip", {name for name, _ in rows}


def _write(target: Path, *, entries: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
