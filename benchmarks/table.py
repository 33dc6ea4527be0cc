"""A benchmark's result and the table it is written to."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "docs/benchmarks"


@dataclass(frozen=True)
class Row:
    """One measured value.

    Args:
        what: What was measured.
        value: The median, or a count.
        unit: For example `s`, `ms`, `MB`, `×` or `calls`.
        bar: The largest value allowed. None: for information.
        how: How it was measured, in a few words.
    """

    what: str
    value: float
    unit: str
    bar: float | None = None
    how: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value is within its bar."""
        return self.bar is None or self.value <= self.bar


def write(rows: list[Row], seconds: float) -> None:
    """Write the table as JSON and Markdown below `docs/benchmarks`."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    when = datetime.now(UTC).date().isoformat()
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )
    document = {
        "command": "make bench",
        "date": when,
        "machine": machine,
        "seconds": round(seconds),
        "rows": [{**asdict(row), "holds": row.holds} for row in rows],
    }
    (RESULTS / "results.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    lines = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {when} ({machine}, {seconds:.0f} s in all). Bars are ratios and counts",
        "of one run; absolute times are this machine's and differ by half from day to day.",
        "",
        "| what | value | bar | how |",
        "| --- | ---: | ---: | --- |",
        *(f"| {row.what} | {_number(row.value)} {row.unit} | {_bar(row)} | {row.how} |" for row in rows),
        "",
    ]
    (RESULTS / "index.md").write_text("\n".join(lines))


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def _bar(row: Row) -> str:
    if row.bar is None:
        return ""
    return f"≤ {row.bar:g} {'✓' if row.holds else '**missed**'}"
