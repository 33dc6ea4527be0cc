"""The agent's own files and where each stands in the zip."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from constructs_lib.runtime._packaging.trimming import excluded

_IGNORED_DIRECTORIES = frozenset({"__pycache__", "node_modules", "cdk.out"})
_IGNORED_SUFFIXES = (".pyc", ".egg-info")
_VIRTUAL_ENVIRONMENT_MARK = "pyvenv.cfg"
_TESTS = "tests"


@dataclass(frozen=True)
class SourceTree:
    """An agent's directory and the sibling packages it imports.

    A directory that is a Python package keeps its dotted path in the zip, so that imports are spelled as in the
    repository; only the entry point stands at the root. Any other directory goes to the root as it is.

    Left out: hidden files and directories (version control, caches, `.env` files), virtual environments,
    `node_modules`, `cdk.out`, bytecode, and with `trim` directories named `tests`.
    """

    directory: Path
    entry_file: str
    packages: tuple[Path, ...]
    exclude: tuple[str, ...]
    trim: bool

    def check(self) -> None:
        """Raise ValueError if the directory, the entry point or a package is not what it has to be."""
        if not self.directory.is_dir():
            raise ValueError(f"the agent's directory {self.directory} does not exist or is no directory")
        entry = PurePosixPath(self.entry_file)
        if entry.is_absolute() or ".." in entry.parts or entry.suffix != ".py":
            raise ValueError(
                f"the entry point must be a .py file inside {self.directory}, as a relative path with '/', "
                f"got {self.entry_file!r}"
            )
        if not (self.directory / entry).is_file():
            raise ValueError(f"the entry point {self.entry_file!r} does not exist in {self.directory}")
        for package in self.packages:
            if not _is_package(package):
                raise ValueError(
                    f"packages names {package}, which is no Python package: it has no __init__.py. "
                    f"Name a package's directory"
                )

    def files(self) -> dict[str, Path]:
        """Map each path of the zip to the file that goes there, in sorted order.

        Raises:
            ValueError: If a symbolic link leaves the directory it is in.
        """
        found: dict[str, Path] = {}
        for root in (self.directory, *self.packages):
            found.update(self._files_of(root))
        if _is_package(self.directory):
            packaged = f"{_package_path(self.directory)}/{self.entry_file}"
            found[self.entry_file] = found.pop(packaged, self.directory / self.entry_file)
        kept = {name: path for name, path in found.items() if name == self.entry_file or self._keeps(name)}
        return dict(sorted(kept.items()))

    def _keeps(self, name: str) -> bool:
        is_test = self.trim and _TESTS in PurePosixPath(name).parts[:-1]
        return not (is_test or excluded(name, self.exclude))

    def _files_of(self, root: Path) -> Iterator[tuple[str, Path]]:
        prefix = PurePosixPath(".")
        if _is_package(root):
            prefix = _package_path(root)
            for level, parent in enumerate(prefix.parents):
                initializer = root.parents[level] / "__init__.py"
                if parent.parts:
                    yield str(parent / "__init__.py"), initializer
        for path in _walk(root):
            yield str(prefix / path.relative_to(root).as_posix()), path


def _is_package(directory: Path) -> bool:
    return (directory / "__init__.py").is_file()


def _package_path(directory: Path) -> PurePosixPath:
    top = directory
    while _is_package(top.parent):
        top = top.parent
    return PurePosixPath(directory.relative_to(top.parent).as_posix())


def _walk(root: Path) -> Iterator[Path]:
    real_root = root.resolve()
    for current, directories, names in os.walk(root, followlinks=True):
        folder = Path(current)
        directories[:] = sorted(_not_ignored(folder, directories))
        _refuse_leaving_links(folder, directories, real_root)
        files = [name for name in _not_ignored(folder, names) if not (folder / name).is_dir()]
        _refuse_leaving_links(folder, files, real_root)
        yield from (folder / name for name in files)


def _not_ignored(folder: Path, names: Iterable[str]) -> list[str]:
    return [
        name
        for name in names
        if not name.startswith(".")
        and name not in _IGNORED_DIRECTORIES
        and not name.endswith(_IGNORED_SUFFIXES)
        and not (folder / name / _VIRTUAL_ENVIRONMENT_MARK).is_file()
    ]


def _refuse_leaving_links(folder: Path, names: Sequence[str], real_root: Path) -> None:
    for link in (folder / name for name in names):
        if not link.is_symlink():
            continue
        target = link.resolve()
        if not target.exists():
            raise ValueError(f"the symbolic link {link} points to {target}, which does not exist. Remove the link")
        # A link to a directory above itself would be followed for ever.
        if not target.is_relative_to(real_root) or folder.resolve().is_relative_to(target):
            raise ValueError(
                f"the symbolic link {link} leaves the agent's directory or points above itself ({target}). Copy what "
                f"it points to, or name a sibling package in packages"
            )
