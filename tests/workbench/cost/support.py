"""Small templates, priced."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.conftest import ROOT
from workbench.cost.prices import PriceList, read_prices
from workbench.cost.profile import Profile, read_profile
from workbench.cost.report import CostReport, PricedLine, report
from workbench.cost.resources import Found, Resources
from workbench.cost.sources import read_source

REFERENCE = ROOT / "docs/usage/reference.template.json"
LEAST = """[usage]
users = 10
sessions_per_user = 10
turns_per_session = 10
tool_calls_per_turn = 1
[model]
calls_per_turn = 1
input_tokens_per_call = 1000
output_tokens_per_call = 100
"""
"""The least that a profile says: 100 sessions, 1,000 turns."""


@cache
def prices() -> PriceList:
    return read_prices()


def profile(directory: Path, text: str = "") -> Profile:
    file = directory / "profile.toml"
    file.write_text(LEAST + text)
    return read_profile(file)


def resource(type: str, id: str = "It", stack: str = "Stack", **properties: object) -> Found:
    return Found(stack, id, type, properties)


def priced(usage: Profile, *found: Found) -> CostReport:
    return report(["Stack"], ["us-east-1"], Resources(found), usage, prices())


def reference(level: str) -> CostReport:
    source = read_source(REFERENCE, "prod")
    usage = read_profile(ROOT / f"docs/usage/{level}.toml")
    return report(source.stacks, source.regions, source.resources, usage, prices())


def line(found: CostReport, family: str, item: str) -> PricedLine:
    (only,) = [each for each in found.lines if each.family == family and each.item.startswith(item)]
    return only


def expected(found: CostReport, family: str, item: str) -> float:
    amount = line(found, family, item).amount
    assert amount is not None
    return amount.expected


def items(found: CostReport) -> Mapping[str, set[str]]:
    return {family: {each.item for each in lines} for family, lines in found.families().items()}
