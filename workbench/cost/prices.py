"""AWS's prices, from the one dated file beside this module."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from workbench.errors import WorkbenchError

_FILE = "prices.toml"
_PER_MILLION = 1_000_000
_MODELS_PAGE = "https://aws.amazon.com/bedrock/pricing/"


@dataclass(frozen=True)
class Price:
    """What something costs.

    Args:
        name: Its name in the file.
        unit: What is measured.
        per: For how many units the amounts are.
        tiers: Units of each tier and USD for `per` units in it; the last tier takes what remains. Empty: unknown.
        free: Units that are free in every month of an account.
        page: AWS's page.
        seen: How and as of when it was read.
        unknown: Why there is no price; empty where there is one.
    """

    name: str
    unit: str
    per: float
    tiers: tuple[tuple[float, float], ...]
    free: float
    page: str
    seen: str
    unknown: str = ""

    def cost(self, quantity: float, *, free_tier: bool) -> float | None:
        """USD for a quantity of one month, or None where the price is unknown.

        Args:
            quantity: Units of the whole account in this month.
            free_tier: Whether the free units are still there for this app.
        """
        if not self.tiers:
            return None
        left, total = max(0.0, quantity - (self.free if free_tier else 0.0)), 0.0
        for size, amount in self.tiers:
            taken = min(left, size) if size else left
            total += taken / self.per * amount
            left -= taken
        return total

    @property
    def text(self) -> str:
        """The first tier as people write it, for example `0.50 USD/GB`."""
        if not self.tiers:
            return "unknown"
        count = f"{self.per:,.0f} " if self.per != 1 else ""
        return f"{self.tiers[0][1]:.10f}".rstrip("0").rstrip(".") + f" USD/{count}{self.unit}"


@dataclass(frozen=True)
class PriceList:
    """Every price the estimators use.

    Args:
        region: The Region of the prices.
        currency: Their currency.
        read: The day they were looked up, as YYYY-MM-DD.
        prices: By name.
        models: Prices of models' tokens, by the start of a foundation model's id.
    """

    region: str
    currency: str
    read: str
    prices: Mapping[str, Price]
    models: Mapping[str, Mapping[str, float | str]]

    def price(self, name: str) -> Price:
        """A price by its name in the file; a name that is not there is a mistake in an estimator."""
        return self.prices[name]

    def model_price(self, model: str, kind: str) -> Price:
        """The price of a model's tokens.

        Args:
            model: Id of a model or of an inference profile, such as `us.anthropic.claude-sonnet-4-5-20250929-v1:0`.
            kind: `input`, `output`, `cache_read` or `cache_write`.

        Returns:
            The price; one that says it is unknown for a model that the file does not know.
        """
        geography, foundation = _split(model)
        known = max((key for key in self.models if _names(key, foundation)), key=len, default="")
        if not known:
            why = f"the price list has no model {model!r}" if model else "neither template nor profile names a model"
            return Price(f"model {model} {kind}", "token", _PER_MILLION, (), 0, _MODELS_PAGE, "", why)
        entry = self.models[known]
        factor = float(entry["geo"]) if geography not in ("", "global") else 1.0
        tiers = ((0.0, float(entry[kind]) * factor),)
        return Price(f"model {model} {kind}", "token", _PER_MILLION, tiers, 0, _MODELS_PAGE, str(entry["seen"]))


def read_prices() -> PriceList:
    """Read the file that the package carries.

    Returns:
        The prices.
    """
    document = tomllib.loads(resources.files("workbench.cost").joinpath(_FILE).read_text(encoding="utf-8"))
    head = document["list"]
    return PriceList(
        region=head["region"],
        currency=head["currency"],
        read=str(head["read"]),
        prices={name: _price(name, entry) for name, entry in document["price"].items()},
        models=document["model"],
    )


def _price(name: str, entry: Mapping[str, object]) -> Price:
    tiers = _tiers(entry)
    if bool(tiers) == ("unknown" in entry):
        raise WorkbenchError(f"{_FILE}, {name}: give one of amount, tiers and unknown")
    return Price(
        name=name,
        unit=str(entry["unit"]),
        per=_number(entry.get("per", 1)),
        tiers=tiers,
        free=_number(entry.get("free", 0)),
        page=str(entry["page"]),
        seen=str(entry["seen"]),
        unknown=str(entry.get("unknown", "")),
    )


def _tiers(entry: Mapping[str, object]) -> tuple[tuple[float, float], ...]:
    if "amount" in entry:
        return ((0.0, _number(entry["amount"])),)
    listed = entry.get("tiers")
    rows: Sequence[Sequence[object]] = listed if isinstance(listed, list) else []
    return tuple((_number(size), _number(amount)) for size, amount in rows)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WorkbenchError(f"{_FILE}: a number is needed, got {value!r}")
    return float(value)


def _split(model: str) -> tuple[str, str]:
    """Geography of an inference profile and the foundation model's id; `us.anthropic.x` → (`us`, `anthropic.x`)."""
    bare = model.rpartition("/")[2]
    head, _, rest = bare.partition(".")
    # A foundation model's id is PROVIDER.NAME; a name may hold further dots only behind that.
    return (head, rest) if rest.count(".") and not rest[0].isdigit() else ("", bare)


def _names(key: str, foundation: str) -> bool:
    """Whether the id is of this model: `…-sonnet-4` is not `…-sonnet-4-5`, only `…-sonnet-4-20250514-v1:0`."""
    rest = foundation.removeprefix(key)
    version = rest.lstrip("-:").split("-")[0].split(":")[0]
    return foundation.startswith(key) and (not rest or version.startswith("v") or len(version) == len("20250929"))
