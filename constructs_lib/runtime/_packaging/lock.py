"""Which lock an agent has, and its pins as hash-checked requirements."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from constructs_lib.runtime._packaging import uv

LOCK_NAMES = ("requirements.lock.txt", "requirements.lock", "uv.lock", "pylock.toml", "requirements.txt")
COMPILE_COMMAND = "uv pip compile --universal --generate-hashes -o requirements.lock.txt pyproject.toml"

_HASH = "--hash=sha256:"
_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirements?|--constraints?)\b.*$", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A lock file and its content when it was found."""

    path: Path
    content: bytes

    @staticmethod
    def find(directory: Path) -> "Lock":
        """Return the first of `LOCK_NAMES` in the directory.

        Raises:
            ValueError: If there is none, it pins no hashes, or it includes other files.
        """
        path = next((directory / name for name in LOCK_NAMES if (directory / name).is_file()), None)
        if path is None:
            raise ValueError(
                f"{directory} has no lock file ({', '.join(LOCK_NAMES)}). Compile one there: `{COMPILE_COMMAND}`"
            )
        lock = Lock(path, path.read_bytes())
        if path.name.startswith("requirements"):
            lock._check_requirements()
        return lock

    def requirements(self, directory: Path) -> Path:
        """Return the pins as a requirements file, written into `directory` where the lock is none itself."""
        if self.path.name.startswith("requirements"):
            return self.path
        requirements = directory / "requirements.txt"
        if self.path.name == "uv.lock":
            uv.export(self.path, requirements)
        else:
            requirements.write_text(self._pylock_requirements(), encoding="utf-8")
        return requirements

    def _check_requirements(self) -> None:
        text = self.content.decode("utf-8")
        pinned = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if pinned and _HASH not in text:
            raise ValueError(
                f"{self.path} pins no hashes, so what it installs is not fixed. Compile a lock: `{COMPILE_COMMAND}`"
            )
        include = _INCLUDE.search(text)
        if include:
            raise ValueError(
                f"{self.path} includes another file ({include[0].strip()!r}), whose changes would go unnoticed. "
                f"Compile one self-contained lock: `{COMPILE_COMMAND}`"
            )

    # uv reads pylock.toml itself, but only with an interpreter that satisfies its requires-python; its pins need none.
    def _pylock_requirements(self) -> str:
        document = tomllib.loads(self.content.decode("utf-8"))
        return "".join(self._pin(package) for package in document.get("packages", []))

    def _pin(self, package: Mapping[str, object]) -> str:
        name, version = package.get("name"), package.get("version")
        files = [*cast("list[Mapping[str, object]]", package.get("wheels", []))]
        if "sdist" in package:
            files.append(cast("Mapping[str, object]", package["sdist"]))
        hashes = [cast("Mapping[str, str]", file.get("hashes", {})).get("sha256") for file in files]
        if version is None or not hashes or None in hashes:
            raise ValueError(
                f"{self.path}: {name} has no version or no sha256 hash of its files (a directory or version-control "
                f"source?). Lock released distributions only"
            )
        marker = f" ; {package['marker']}" if "marker" in package else ""
        return f"{name}=={version}{marker} " + " ".join(f"{_HASH}{value}" for value in hashes) + "\n"
