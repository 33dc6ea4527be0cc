"""`python -m benchmarks [part …]`: measure, write `docs/benchmarks/`, and fail if a bar is missed."""

import sys
import time
from collections.abc import Callable
from importlib import import_module

from rich.console import Console

from benchmarks.table import Row, write

PARTS = (
    "synth",
    "packaging",
    "agent_start",
    "memory_turn",
    "tool_descriptions",
    "policy",
    "rules",
    "cost",
    "gateway",
    "local_cloud",
    "front_end",
)
"""Modules of this directory, in the order in which they run."""


def measure(part: str) -> list[Row]:
    # Imported when it runs: a browser or a web server is nothing that the other parts should have in their process.
    found: Callable[[], list[Row]] = import_module(f"benchmarks.{part}").measure
    return found()


def main() -> int:
    console = Console()
    chosen = sys.argv[1:] or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        console.print(f"no benchmark is called {unknown[0]!r}; choose from {', '.join(PARTS)}")
        return 2
    start = time.perf_counter()
    rows: list[Row] = []
    for name in chosen:
        console.print(f"[bold]{name}[/]")
        for row in measure(name):
            mark = "" if row.bar is None else (" [green]ok[/]" if row.holds else f" [red]over {row.bar:g}[/]")
            console.print(f"  {row.what}: {row.value:.3g} {row.unit}{mark}")
            rows.append(row)
    if not sys.argv[1:]:
        write(rows, time.perf_counter() - start)
        console.print("written to docs/benchmarks/")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
