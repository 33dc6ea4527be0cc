"""The price file, and what a price makes of a quantity."""

import tomllib
from datetime import date

import pytest

from tests.conftest import ROOT
from tests.workbench.cost.support import prices
from workbench.cost.prices import Price

FILE = ROOT / "workbench/cost/prices.toml"


def price(**changes: object) -> Price:
    known: dict[str, object] = {
        "name": "x", "unit": "GB", "per": 1.0, "tiers": ((0.0, 2.0),), "free": 0.0, "page": "https://x", "seen": "now",
    }  # fmt: skip
    return Price(**{**known, **changes})  # type: ignore[arg-type]


def test_every_price_names_the_page_of_aws_and_how_it_was_read() -> None:
    for each in prices().prices.values():
        assert each.page.startswith("https://aws.amazon.com/"), each.name
        assert each.seen, each.name
        assert bool(each.tiers) is not bool(each.unknown), each.name


def test_the_file_says_its_region_currency_and_day() -> None:
    head = tomllib.loads(FILE.read_text())["list"]
    assert (prices().region, prices().currency) == ("us-east-1", "USD") == (head["region"], head["currency"])
    assert date.fromisoformat(prices().read) == head["read"]


def test_no_price_is_in_the_file_that_no_estimator_uses() -> None:
    used = "".join(path.read_text() for path in (ROOT / "workbench/cost/estimate").glob("*.py"))
    computed = {f"fargate-{chip}-{part}" for chip in ("arm", "x86") for part in ("cpu", "memory")}
    computed |= {f"runtime-{version}-{part}" for version in ("v1", "v2") for part in ("cpu", "memory")}
    computed |= {f"users-{tier}" for tier in ("lite", "essentials", "plus")} | {"function-arm", "function-x86"}
    assert not [name for name in prices().prices if name not in computed and f'"{name}"' not in used]


def test_a_price_is_for_so_many_units() -> None:
    assert price(per=1000.0).cost(500, free_tier=False) == 1.0


def test_free_units_are_free_only_where_they_are_left() -> None:
    assert price(free=5.0).cost(6, free_tier=True) == 2.0
    assert price(free=5.0).cost(4, free_tier=True) == 0.0
    assert price(free=5.0).cost(6, free_tier=False) == 12.0


def test_each_tier_has_its_own_price_and_the_last_takes_the_rest() -> None:
    tiered = price(tiers=((10.0, 0.5), (20.0, 0.25), (0.0, 0.1)))
    assert tiered.cost(10, free_tier=False) == 5.0
    assert tiered.cost(30, free_tier=False) == 10.0
    assert tiered.cost(40, free_tier=False) == 11.0


def test_an_unknown_price_is_not_nothing() -> None:
    unknown = price(tiers=(), unknown="nobody says")
    assert unknown.cost(1, free_tier=False) is None
    assert unknown.text == "unknown"


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.30),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.30),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.00),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 3.00),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0", 1.10),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 3.00),
        ("us.anthropic.claude-sonnet-4-6", 3.30),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", 3.00),
        ("amazon.nova-lite-v1:0", 0.06),
        ("us.amazon.nova-lite-v1:0", 0.06),
    ],
)
def test_a_models_price_is_that_of_its_profiles_geography(model: str, dollars: float) -> None:
    assert prices().model_price(model, "input").cost(1e6, free_tier=False) == pytest.approx(dollars)


@pytest.mark.parametrize("model", ["anthropic.claude-sonnet-9-v1:0", "us.anthropic.claude-sonnet-4-9", "gpt", ""])
def test_a_model_that_the_file_does_not_know_has_no_price(model: str) -> None:
    found = prices().model_price(model, "input")
    assert found.cost(1, free_tier=False) is None
    assert found.unknown
