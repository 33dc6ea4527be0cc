"""Timing commands in turn, so that a ratio compares runs made under the same load."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds that `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def command_seconds(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> float:
    """Wall-clock seconds of one command, which has to succeed."""
    return seconds(
        lambda: subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=True, capture_output=True)
    )


def in_turn(first: Callable[[], float], second: Callable[[], float], *, runs: int) -> tuple[float, float, float]:
    """Medians of two measurements made alternately, and the median of their ratios pair by pair."""
    pairs = [(first(), second()) for _ in range(runs)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
