"""The lines of an estimate."""

from dataclasses import dataclass

from workbench.cost.prices import Price


@dataclass(frozen=True)
class CostLine:
    """What one thing costs in one month, before tiers and free units, which count over the whole account.

    Args:
        family: Family of resources, for example `AgentCore runtime`.
        item: What it is, for example `CPU of assistant`.
        quantity: How many units of its price.
        price: Its price.
        formula: How the quantity comes about, with numbers.
    """

    family: str
    item: str
    quantity: float
    price: Price
    formula: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same in a cheap and in a dear month."""
        return self.family, self.item, self.price.name
