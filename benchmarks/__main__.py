"""`python -m benchmarks [part …]`: measure, write `docs/benchmarks/`, and fail if a bar is missed."""

import sys
import time
from collections.abc import Callable, Mapping

from rich.console import Console

from benchmarks import (
    agent_start,
    cost,
    gateway,
    local_cloud,
    memory_turn,
    packaging,
    policy,
    rules,
    synth,
    tool_descriptions,
)
from benchmarks.table import Row, write

PARTS: Mapping[str, Callable[[], list[Row]]] = {
    "synth": synth.measure,
    "packaging": packaging.measure,
    "agent_start": agent_start.measure,
    "memory_turn": memory_turn.measure,
    "tool_descriptions": tool_descriptions.measure,
    "policy": policy.measure,
    "rules": rules.measure,
    "cost": cost.measure,
    "gateway": gateway.measure,
    "local_cloud": local_cloud.measure,
}


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
        for row in PARTS[name]():
            mark = "" if row.bar is None else (" [green]ok[/]" if row.holds else f" [red]over {row.bar:g}[/]")
            console.print(f"  {row.what}: {row.value:.3g} {row.unit}{mark}")
            rows.append(row)
    if not sys.argv[1:]:
        write(rows, time.perf_counter() - start)
        console.print("written to docs/benchmarks/")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
