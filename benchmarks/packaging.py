"""Packaging an agent against plain `uv pip install` and zip, cold and from the cache."""

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.apps import AGENTS, package_agent
from benchmarks.table import Row
from benchmarks.timing import in_turn, percentile, seconds

AGENT = AGENTS / "memory_assistant"
MEGABYTE = 1_000_000


def plain(target: Path) -> None:
    """What one would do by hand: install the same lock for the same platform and zip it."""
    subprocess.run(
        [
            "uv", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:",
            "--python-platform", "aarch64-manylinux_2_34", "--python-version", "3.13",
            "--target", str(target / "package"), "--requirement", str(AGENT / "requirements.lock.txt"),
        ],
        # The Makefile has uv compile what it installs; plain means without.
        env={name: value for name, value in os.environ.items() if name != "UV_COMPILE_BYTECODE"},
        check=True,
    )  # fmt: skip
    with zipfile.ZipFile(target / "package.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (target / "package").rglob("*"):
            archive.write(path, path.relative_to(target / "package"))


def forget_zips(cache: Path) -> None:
    """Leave what uv leaves as well: unpacked wheels there, their bytecode here."""
    for folder in ("agents", "dependencies"):
        shutil.rmtree(cache / folder, ignore_errors=True)


def fresh_machine(run: Callable[[Path], object]) -> float:
    """Seconds of a run with nothing in any cache, downloads included."""
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as wheels:
        os.environ["UV_CACHE_DIR"] = wheels
        try:
            return seconds(lambda: run(Path(directory)))
        finally:
            del os.environ["UV_CACHE_DIR"]


def measure() -> list[Row]:
    cache = Path(tempfile.mkdtemp())

    def with_known_wheels() -> float:
        forget_zips(cache)
        return seconds(lambda: package_agent(cache))

    def by_hand() -> float:
        with tempfile.TemporaryDirectory() as directory:
            return seconds(lambda: plain(Path(directory)))

    try:
        with_known_wheels()  # fills uv's cache of wheels, which both then use, and ours of bytecode
        own, plain_seconds, ratio = in_turn(with_known_wheels, by_hand, runs=3)
        size = package_agent(cache).stat().st_size
        warm = percentile([seconds(lambda: package_agent(cache)) for _ in range(10)], 0.5)
    finally:
        shutil.rmtree(cache)
    fresh, plain_fresh, fresh_ratio = in_turn(
        lambda: fresh_machine(package_agent), lambda: fresh_machine(plain), runs=3
    )
    return [
        Row("packaging, fresh machine", fresh, "s", how="nothing cached: download, install, compile, zip"),
        Row("plain `uv pip install` and zip, fresh machine", plain_fresh, "s", how="the same lock and platform"),
        Row("packaging over plain, fresh machine", fresh_ratio, "×", 1.2, "median of 3 pairs in turn"),
        Row("packaging, changed lock", own, "s", how="wheels in uv's cache, their bytecode in ours, no zip"),
        Row("plain `uv pip install` and zip, wheels cached", plain_seconds, "s", how="the same lock and platform"),
        Row("packaging over plain, changed lock", ratio, "×", 1.2, "median of 3 pairs in turn"),
        Row("packaging, unchanged code", warm, "s", 0.1, "installs nothing; median of 10"),
        Row("zip", size / MEGABYTE, "MB", 40, "memory_assistant, with bytecode"),
    ]
