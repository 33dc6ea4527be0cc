"""The budgets of the environments are what `agentcore-workbench cost` says of their templates today."""

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from stacks.environments import ENVIRONMENTS
from stacks.platform_stage import PlatformStage
from workbench.cost.prices import read_prices
from workbench.cost.profile import find_profile, read_profile
from workbench.cost.report import report
from workbench.cost.sources import read_source

BUDGETS = Path(__file__).parent.parent.parent / "stacks" / "budgets"
PROFILES = {"dev": "light", "staging": "light", "prod": "typical"}


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, float]]:
    def estimate(name: str) -> dict[str, float]:
        output = tmp_path_factory.mktemp(name)
        app = cdk.App(outdir=str(output), analytics_reporting=False)
        PlatformStage(app, environment=ENVIRONMENTS[name])
        app.synth()
        source = read_source(output, name)
        found = report(
            source.stacks, source.regions, source.resources, read_profile(find_profile(PROFILES[name])), read_prices()
        )
        total = found.to_dict()["total"]
        assert isinstance(total, dict)
        return total

    return estimate


@pytest.mark.parametrize("environment", sorted(PROFILES))
def test_a_budget_is_todays_estimate(environment: str, estimated: Callable[[str], dict[str, float]]) -> None:
    """Write it again: agentcore-workbench cost --env ENV --profile PROFILE --synth --output stacks/budgets/ENV.json."""
    document = json.loads((BUDGETS / f"{environment}.json").read_text())
    assert document["profile"]["name"].casefold() == PROFILES[environment]
    assert document["total"] == pytest.approx(estimated(environment), rel=0.01)


def test_every_environment_that_costs_money_has_a_budget() -> None:
    assert {name for name, environment in ENVIRONMENTS.items() if environment.monthly_cost} == set(PROFILES)
