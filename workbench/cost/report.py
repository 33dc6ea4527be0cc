"""What an app costs a month: lines with a range, what has no price, and what differs from another assembly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.cost.estimate.table import PRICED, estimate
from workbench.cost.free import is_free
from workbench.cost.lines import CostLine
from workbench.cost.prices import Price, PriceList
from workbench.cost.profile import SCENARIOS, Profile
from workbench.cost.resources import Resources
from workbench.errors import WorkbenchError

_CENT = 0.005


@dataclass(frozen=True)
class Range:
    """A value in the cheap, the expected and the dear month."""

    low: float
    expected: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __sub__(self, other: "Range") -> "Range":
        return Range(self.low - other.low, self.expected - other.expected, self.high - other.high)

    def to_dict(self) -> dict[str, float]:
        """As JSON, to a hundredth of a cent."""
        return {name: round(getattr(self, name), 4) for name in SCENARIOS}


NOTHING = Range(0, 0, 0)


@dataclass(frozen=True)
class PricedLine:
    """A line of the report.

    Args:
        family: Family of resources.
        item: What it is.
        quantity: Units of its price.
        price: Its price.
        formula: How the expected quantity comes about.
        amount: USD a month, or None where the price is unknown.
    """

    family: str
    item: str
    quantity: Range
    price: Price
    formula: str
    amount: Range | None

    def to_dict(self) -> dict[str, object]:
        """As JSON."""
        return {
            "family": self.family,
            "item": self.item,
            "amount": self.amount.to_dict() if self.amount else None,
            "quantity": self.quantity.to_dict(),
            "unit": self.price.unit,
            "price": self.price.text,
            "page": self.price.page,
            "seen": self.price.seen,
            "formula": self.formula,
        }


@dataclass(frozen=True)
class NotPriced:
    """A resource type that no estimator knows.

    Args:
        type: The type.
        ids: Where the templates have it, as STACK/LOGICAL_ID.
    """

    type: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class CostReport:
    """What an app costs a month.

    Args:
        stacks: The stacks priced.
        profile: The usage profile.
        prices: The prices.
        regions: Regions the stacks go to.
        lines: The lines.
        not_priced: Types that nobody knows the price of.
    """

    stacks: tuple[str, ...]
    profile: Profile
    prices: PriceList
    regions: tuple[str, ...]
    lines: tuple[PricedLine, ...]
    not_priced: tuple[NotPriced, ...]

    @property
    def total(self) -> Range:
        """The sum of all lines that have a price."""
        return total(self.lines)

    @property
    def unknown(self) -> tuple[PricedLine, ...]:
        """Lines without a price."""
        return tuple(line for line in self.lines if line.amount is None)

    @property
    def other_regions(self) -> tuple[str, ...]:
        """Regions whose prices may differ from those in the list."""
        return tuple(region for region in self.regions if region != self.prices.region)

    def families(self) -> Mapping[str, Sequence[PricedLine]]:
        """The lines by family, in the order of the estimators."""
        grouped: dict[str, list[PricedLine]] = {}
        for line in self.lines:
            grouped.setdefault(line.family, []).append(line)
        return grouped

    def to_dict(self) -> dict[str, object]:
        """As JSON: what `CostBudget` and programs read."""
        return {
            "currency": self.prices.currency,
            "total": self.total.to_dict(),
            "profile": {
                "name": self.profile.name,
                "file": self.profile.path.name,
                "assumed": list(self.profile.assumed),
            },
            "stacks": list(self.stacks),
            "regions": list(self.regions),
            "prices": {"region": self.prices.region, "read": self.prices.read},
            "lines": [line.to_dict() for line in self.lines],
            "unknown": [
                {
                    "family": line.family,
                    "item": line.item,
                    "why": line.price.unknown,
                    "quantity": line.quantity.to_dict(),
                }
                for line in self.unknown
            ],
            "not_priced": [{"type": each.type, "resources": list(each.ids)} for each in self.not_priced],
        }


def total(lines: Iterable[PricedLine]) -> Range:
    """The sum of lines that have a price."""
    return sum((line.amount for line in lines if line.amount), NOTHING)


def report(
    stacks: Sequence[str], regions: Sequence[str], resources: Resources, profile: Profile, prices: PriceList
) -> CostReport:
    """Price an app's resources.

    Args:
        stacks: Names of the stacks.
        regions: Regions they go to.
        resources: Their resources.
        profile: How they are used.
        prices: What AWS charges.

    Returns:
        The report.

    Raises:
        WorkbenchError: If the profile names runtimes that are not there, or its cheap month costs more than the others.
    """
    months = [list(estimate(resources, profile, usage, prices)) for usage in profile.scenarios]
    amounts = [_amounts(lines, usage.usage.free_tier) for lines, usage in zip(months, profile.scenarios, strict=True)]
    quantities = [{line.key: line.quantity for line in lines} for lines in months]
    expected = {line.key: line for line in months[SCENARIOS.index("expected")]}
    keys = dict.fromkeys(line.key for lines in months for line in lines)
    lines = tuple(
        PricedLine(
            family=key[0],
            item=key[1],
            quantity=Range(*(each.get(key, 0.0) for each in quantities)),
            price=line.price,
            formula=line.formula,
            amount=_range([each.get(key, 0.0) for each in amounts]),
        )
        for key in keys
        for line in [expected.get(key) or _first(key, months)]
    )
    found = CostReport(tuple(stacks), profile, prices, tuple(regions), lines, tuple(_not_priced(resources)))
    _refuse_disorder(found)
    return found


def _amounts(lines: Sequence[CostLine], free_tier: bool) -> dict[tuple[str, str, str], float | None]:
    """USD by line. Tiers and free units count over all lines of a price, which share its cost by their quantities."""
    quantities: dict[str, float] = {}
    for line in lines:
        quantities[line.price.name] = quantities.get(line.price.name, 0.0) + line.quantity
    amounts: dict[tuple[str, str, str], float | None] = {}
    for line in lines:
        whole = quantities[line.price.name]
        cost = line.price.cost(whole, free_tier=free_tier)
        amounts[line.key] = None if cost is None else cost * line.quantity / whole if whole else 0.0
    return amounts


def _range(values: Sequence[float | None]) -> Range | None:
    known = [value for value in values if value is not None]
    return Range(*known) if len(known) == len(SCENARIOS) else None


def _first(key: tuple[str, str, str], months: Sequence[Sequence[CostLine]]) -> CostLine:
    return next(line for lines in months for line in lines if line.key == key)


def _not_priced(resources: Resources) -> Iterable[NotPriced]:
    for kind, found in resources.types():
        if kind not in PRICED and not is_free(kind):
            yield NotPriced(kind, tuple(f"{each.stack}/{each.id}" for each in found))


def _refuse_disorder(found: CostReport) -> None:
    whole = found.total
    if not whole.low <= whole.expected + _CENT or not whole.expected <= whole.high + _CENT:
        raise WorkbenchError(
            f"{found.profile.path}: its cheap month costs {whole.low:,.2f}, the expected one {whole.expected:,.2f}, the"
            f" dear one {whole.high:,.2f}; of three values [low, expected, high] the first is the cheapest"
        )
