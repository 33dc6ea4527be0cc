"""What a month may cost."""

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CURRENCY = "USD"


class EstimateLevel(StrEnum):
    """Which end of an estimate's range."""

    LOW = "low"
    EXPECTED = "expected"
    HIGH = "high"


@dataclass(frozen=True)
class MonthlyCost:
    """An amount of US dollars a month, the currency of AWS's bills.

    Make it with `MonthlyCost.usd(250)` or `MonthlyCost.from_estimate("cost.json")`.

    Attributes:
        dollars: The amount.
    """

    dollars: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.dollars) or self.dollars <= 0:
            raise ValueError(f"a month's cost is more than 0 US dollars, got {self.dollars!r}")

    @classmethod
    def usd(cls, dollars: float) -> "MonthlyCost":
        """That many US dollars.

        Raises:
            ValueError: If that is nothing or less.
        """
        return cls(float(dollars))

    @classmethod
    def from_estimate(cls, path: str | Path, *, level: EstimateLevel = EstimateLevel.HIGH) -> "MonthlyCost":
        """What `agentcore-workbench cost --json` has estimated.

        Args:
            path: The JSON file that it wrote.
            level: Which end of the range. The high one is what a month within the usage profile can cost, so more than
                that is news.

        Raises:
            ValueError: If the file is not there, is no estimate, or is in another currency.
        """
        try:
            estimate = json.loads(Path(path).read_text())
        except (OSError, ValueError) as error:
            raise ValueError(
                f"the estimate {str(path)!r} cannot be read ({error}); write it with agentcore-workbench cost --json"
            ) from error
        total, currency = _total(estimate), estimate.get("currency") if isinstance(estimate, dict) else None
        if total is None:
            raise ValueError(
                f"the estimate {str(path)!r} has no total with low, expected and high; write it with"
                " agentcore-workbench cost --json"
            )
        if currency != CURRENCY:
            raise ValueError(f"the estimate {str(path)!r} is in {CURRENCY}, as budgets are, got {currency!r}")
        return cls(total[level])


def _total(estimate: object) -> dict[EstimateLevel, float] | None:
    """The range that an estimate ends in, if it has one."""
    total = estimate.get("total") if isinstance(estimate, dict) else None
    if not isinstance(total, dict):
        return None
    amounts = {level: total.get(level.value) for level in EstimateLevel}
    found = {level: float(amount) for level, amount in amounts.items() if isinstance(amount, int | float)}
    return found if len(found) == len(amounts) and list(found.values()) == sorted(found.values()) else None
