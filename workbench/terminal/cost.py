"""What an app costs a month, as tables."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.cost.difference import Difference
from workbench.cost.report import CostReport, PricedLine, Range, total

_CENT = 0.005
_SHOWN_IDS = 3


def cost_view(report: CostReport, *, explain: bool = False) -> RenderableType:
    """Lines by family with their range, the total, and what it leaves out.

    Args:
        report: What was found.
        explain: Say under each line how its expected quantity comes about, and its price.
    """
    table = _table("Item", "Low", "Expected", "High")
    for family, lines in report.families().items():
        table.add_row(Text(family, style="bold"), *_cells(total(lines), "bold"))
        for line in lines:
            item = Text(f"  {line.item}")
            table.add_row(item.append(f"\n    {_formula(line)}", "dim") if explain else item, *_line_cells(line))
    table.add_row(Text("Total a month", style="bold"), *_cells(report.total, "bold green"))
    title = Text.assemble(
        (f"{', '.join(report.stacks)}\n", "bold"),
        (f"Profile {report.profile.name}, USD a month, on-demand prices of {report.prices.region}", "dim"),
        (f" as of {report.prices.read}\n", "dim"),
    )
    return Group(title, table, *_notes(report))


def difference_view(differences: tuple[Difference, ...], change: Range) -> RenderableType:
    """What costs more or less than before.

    Args:
        differences: Lines that differ.
        change: Of the total.
    """
    if not differences:
        return Text("No line differs.")
    table = _table("Item", "Before", "After", "Change")
    for each in differences:
        name = f"{each.family}: {each.item}"
        table.add_row(Text(name), _amount(each.before), _amount(each.after), _signed(each.change))
    table.add_row(Text("Total, expected", style="bold"), "", "", _signed(change.expected))
    return Group(Text("What differs, expected USD a month", style="bold"), table)


def _table(*columns: str) -> Table:
    table = Table(header_style="dim", box=None, pad_edge=False)
    for column in columns:
        numeric = column in ("Low", "Expected", "High", "Before", "After", "Change")
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    return table


def _line_cells(line: PricedLine) -> list[Text]:
    if line.amount is None:
        return [Text("unknown", style="yellow") for _ in range(3)]
    return _cells(line.amount, "")


def _cells(amounts: Range, style: str) -> list[Text]:
    return [Text(_money(value), style=style) for value in (amounts.low, amounts.expected, amounts.high)]


def _money(value: float) -> str:
    return "< 0.01" if 0 < value < _CENT else f"{value:,.2f}"


def _amount(value: float | None) -> Text:
    return Text("–" if value is None else _money(value))


def _signed(value: float) -> Text:
    return Text(f"{value:+,.2f}", style="red" if value > 0 else "green")


def _formula(line: PricedLine) -> str:
    return f"{line.formula}; {line.price.text}" if line.amount else f"{line.formula}; {line.price.unknown}"


def _notes(report: CostReport) -> Iterator[RenderableType]:
    if report.unknown:
        yield Text("\nUnknown, and not in the total", style="bold yellow")
        yield from (Text(f"  {line.item}: {line.price.unknown}") for line in report.unknown)
    if report.not_priced:
        yield Text("\nNot priced: no estimator knows these types", style="bold yellow")
        for each in report.not_priced:
            shown = ", ".join(each.ids[:_SHOWN_IDS]) + (", …" if len(each.ids) > _SHOWN_IDS else "")
            yield Text(f"  {len(each.ids)} × {each.type} ({shown})")
    if report.other_regions:
        regions = ", ".join(report.other_regions)
        yield Text(f"\nStacks go to {regions}; the prices are those of {report.prices.region}.", style="yellow")
    if report.profile.assumed:
        sections = ", ".join(f"[{name}]" for name in report.profile.assumed)
        yield Text(f"\n{report.profile.path} says nothing of {sections}: defaults are assumed.", style="yellow")
    yield Text(
        f"\nCopy {report.profile.path}, put your own numbers in, and pass it by --profile. --explain shows how each"
        " amount comes about, --json and --output FILE give every price's page too, --diff ASSEMBLY compares.",
        style="dim",
    )
