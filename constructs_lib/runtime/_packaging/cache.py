"""Files kept between synths: written atomically, the least recently used ones removed."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ENTRIES_KEPT = 16


def default_cache_directory() -> Path:
    """Return the user's cache directory for this library, as the XDG base directory specification names it."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agentcore-constructs"


class Cache:
    """One directory of files addressed by the hash of what they were made from.

    Two processes may build the same entry at once: each writes its own file and the last rename wins, which is
    harmless because both hold the same content.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, folder: str, name: str) -> Path | None:
        """Return the entry and mark it as used now, or None."""
        path = self.root / folder / name
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def store(self, folder: str, name: str, write: Callable[[Path], object], *, kept: int = ENTRIES_KEPT) -> Path:
        """Let `write` fill a file and publish it as `name` only once it is complete; the folder keeps `kept` files."""
        target = self.root / folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        os.close(handle)
        unfinished = Path(temporary)
        try:
            write(unfinished)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        self._prune(target.parent, kept)
        return target

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a directory that exists only inside the `with` block.

        It lies in the cache, not in the system's temporary directory, so that uv can hard-link wheels into it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.root, prefix=".build-", ignore_cleanup_errors=True) as directory:
            yield Path(directory).resolve()

    def _prune(self, folder: Path, kept: int) -> None:
        dated = []
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                dated.append((path.stat().st_mtime, path))
        entries = sorted((entry for entry in dated if not entry[1].name.startswith(".")), reverse=True)
        for _, path in entries[kept:]:
            path.unlink(missing_ok=True)
