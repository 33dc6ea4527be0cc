"""Packaging an agent against plain `uv pip install` and zip, cold and from the cache."""

import shutil
import subprocess
import tempfile
import zipfile
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
        check=True,
    )  # fmt: skip
    with zipfile.ZipFile(target / "package.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (target / "package").rglob("*"):
            archive.write(path, path.relative_to(target / "package"))


def measure() -> list[Row]:
    def cold() -> float:
        with tempfile.TemporaryDirectory() as directory:
            return seconds(lambda: package_agent(Path(directory)))

    def by_hand() -> float:
        with tempfile.TemporaryDirectory() as directory:
            return seconds(lambda: plain(Path(directory)))

    cold()  # fills uv's own cache, which both then use
    own, plain_seconds, ratio = in_turn(cold, by_hand, runs=3)
    cache = Path(tempfile.mkdtemp())
    try:
        size = package_agent(cache).stat().st_size
        warm = percentile([seconds(lambda: package_agent(cache)) for _ in range(10)], 0.5)
    finally:
        shutil.rmtree(cache)
    return [
        Row("packaging, cold", own, "s", how="wheels in uv's cache, none in ours"),
        Row("plain `uv pip install` and zip", plain_seconds, "s", how="the same lock and platform"),
        Row("packaging over plain", ratio, "×", 1.2, "median of 3 pairs in turn"),
        Row("packaging, unchanged code", warm, "s", 0.1, "installs nothing; median of 10"),
        Row("zip", size / MEGABYTE, "MB", 40, "memory_assistant, with bytecode"),
    ]
