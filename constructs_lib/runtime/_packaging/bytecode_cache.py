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

    def restore(self, modules: Collection[str]) -> set[str]:
        """Put known bytecode beside its modules.

        Args:
            modules: The modules wanted, relative to the directory.

        Returns:
            The modules whose bytecode is there now, or is known not to compile.
        """
        restored: set[str] = set()
        for key, names in self._distributions(frozenset(modules)):
            known = self.cache.find(_FOLDER, key)
            if known is not None:
                with zipfile.ZipFile(known) as archive:
                    archive.extractall(self.site)
                restored |= names
        return restored

    def keep(self, modules: Collection[str]) -> None:
        """Keep the bytecode of the distributions of these modules.

        Args:
            modules: The modules that were compiled just now.
        """
        for key, names in self._distributions(frozenset(modules)):
            paths = [bytecode_of(name, self.python_version) for name in sorted(names)]
            compiled = {path: self.site / path for path in paths if (self.site / path).is_file()}
            self.cache.store(_FOLDER, key, partial(_write, files=compiled), kept=_ENTRIES_KEPT)

    def _distributions(self, modules: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
        for record in sorted(self.site.glob("*.dist-info/RECORD")):
            with record.open(encoding="utf-8", newline="") as file:
                rows = sorted((row[0], row[1]) for row in csv.reader(file) if row and row[0] in modules)
            # The recorded hashes say what the modules hold; without them nothing could be recognized.
            if rows and all(digest for _, digest in rows):
                content = repr((_VERSION, self.python_version, rows)).encode()
                yield f"{hashlib.sha256(content).hexdigest()}.zip", {name for name, _ in rows}


def _write(target: Path, *, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in files.items():
            archive.write(path, name)
