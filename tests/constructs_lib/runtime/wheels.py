"""Tiny wheels and agents for tests, so that no test needs a package index."""

import base64
import hashlib
import struct
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

RUNNING_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
BYTECODE_TAG = f"cpython-{sys.version_info.major}{sys.version_info.minor}"


def elf(machine: int) -> bytes:
    """The head of a 64-bit little-endian ELF file for a machine (62 is x86-64, 183 is AArch64)."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine) + bytes(44)


class Wheelhouse:
    """A directory that uv finds wheels in, and locks that pin them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def add(
        self, name: str, files: Mapping[str, str | bytes], *, tag: str = "py3-none-any", entry_points: str = ""
    ) -> str:
        """Build the wheel `name` 1.0 and return its line of a lock."""
        info = f"{name}-1.0.dist-info"
        content = dict(files)
        content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
        if entry_points:
            content[f"{info}/entry_points.txt"] = entry_points
        record = "".join(f"{path},{_digest(data)},{len(_bytes(data))}\n" for path, data in content.items())
        content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
        path = self.directory / f"{name}-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for entry, data in content.items():
                wheel.writestr(entry, data)
        return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def write(directory: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a directory and return it."""
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(data))
    return directory


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _digest(data: str | bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(_bytes(data)).digest()).rstrip(b"=").decode()
