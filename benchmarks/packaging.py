"""Packaging an agent against plain `uv pip install` and zip, cold and from the cache."""

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from aws_cdk import App, Stack

from benchmarks.table import Row
from benchmarks.timing import in_turn, percentile, seconds
from constructs_lib import AgentCode

ROOT = Path(__file__).parent.parent
AGENT = ROOT / "agents/memory_assistant"
MEGABYTE = 1_000_000


def package(cache: Path) -> None:
    code = AgentCode.from_directory(
        AGENT,
        entry_point=["opentelemetry-instrument", "main.py"],
        packages=[ROOT / "agents/shared"],
        aws_services=["bedrock-agentcore", "bedrock-runtime"],
        cache_directory=cache,
    )
    code.bind(Stack(App(analytics_reporting=False), "Packaging"))


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
            return seconds(lambda: package(Path(directory)))

    def by_hand() -> float:
        with tempfile.TemporaryDirectory() as directory:
            return seconds(lambda: plain(Path(directory)))

    cold()  # fills uv's own cache, which both then use
    own, plain_seconds, ratio = in_turn(cold, by_hand, runs=3)
    cache = Path(tempfile.mkdtemp())
    try:
        package(cache)
        size = max(path.stat().st_size for path in cache.rglob("*.zip"))
        warm = percentile([seconds(lambda: package(cache)) for _ in range(10)], 0.5)
    finally:
        shutil.rmtree(cache)
    return [
        Row("packaging, cold", own, "s", how="wheels in uv's cache, none in ours"),
        Row("plain `uv pip install` and zip", plain_seconds, "s", how="the same lock and platform"),
        Row("packaging over plain", ratio, "×", 1.2, "median of 3 pairs in turn"),
        Row("packaging, unchanged code", warm, "s", 0.1, "installs nothing; median of 10"),
        Row("zip", size / MEGABYTE, "MB", 40, "memory_assistant, with bytecode"),
    ]
