"""What differs between the costs of two assemblies."""

from dataclasses import dataclass

from workbench.cost.report import CostReport, Range

_CENT = 0.005


@dataclass(frozen=True)
class Difference:
    """A line that costs more or less, is new, or is gone.

    Args:
        family: Family of resources.
        item: What it is.
        before: Expected USD a month; None for a new line, or an unknown price.
        after: Expected USD a month; None for a line that is gone, or an unknown price.
    """

    family: str
    item: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float:
        """USD a month."""
        return (self.after or 0.0) - (self.before or 0.0)

    def to_dict(self) -> dict[str, object]:
        """As JSON."""
        return {
            "family": self.family,
            "item": self.item,
            "before": self.before,
            "after": self.after,
            "change": round(self.change, 4),
        }


def differences(before: CostReport, after: CostReport) -> tuple[Difference, ...]:
    """The lines that differ by a cent or more, or that only one side has; the largest change first.

    Args:
        before: The report of the older assembly.
        after: The report of the newer one.
    """
    old, new = _expected(before), _expected(after)
    found = [Difference(*key, old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    changed = [each for each in found if abs(each.change) >= _CENT or (each.before is None) is not (each.after is None)]
    return tuple(sorted(changed, key=lambda each: -abs(each.change)))


def change(before: CostReport, after: CostReport) -> Range:
    """How the total changes."""
    return after.total - before.total


def _expected(report: CostReport) -> dict[tuple[str, str], float | None]:
    return {(line.family, line.item): line.amount.expected if line.amount else None for line in report.lines}
