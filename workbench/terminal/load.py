"""How a load test's results are shown."""

from pathlib import Path

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from workbench.load.results import Results


def load_view(results: Results, report: Path) -> Group:
    """What was reached and what was not, how long it took, and where the page is.

    Args:
        results: What was found.
        report: The HTML page.
    """
    reached = Table(
        title=f"Load test of {results.agent}: {results.title} ({escape(results.model)})", title_justify="left"
    )
    for column in ("what", "wanted", "found", ""):
        reached.add_column(column)
    for criterion in results.criteria:
        mark = "[green]reached[/green]" if criterion.met else "[bold red]missed[/bold red]"
        reached.add_row(criterion.name, criterion.wanted, criterion.found, mark)
    times = Table(title="Seconds", title_justify="left")
    for column in ("", "50 %", "95 %", "99 %"):
        times.add_column(column)
    times.add_row("first words", *(f"{results.first_token_of(quantile):.2f}" for quantile in (0.5, 0.95, 0.99)))
    times.add_row("whole answer", *(f"{results.seconds_of(quantile):.2f}" for quantile in (0.5, 0.95, 0.99)))
    errors = [f"[red]{count} ×[/red] {escape(message)}" for message, count in results.errors[:5]]
    degraded = [f"[yellow]{count} × degraded:[/yellow] {escape(notice)}" for notice, count in results.notices[:5]]
    leaks = [f"[bold red]leak:[/bold red] {escape(leak)}" for leak in results.leaks[:5]]
    return Group(reached, times, *errors, *degraded, *leaks, f"The whole report: {escape(str(report))}")
