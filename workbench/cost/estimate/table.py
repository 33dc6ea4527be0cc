"""Every estimator, and the types each accounts for."""

from collections.abc import Iterator

from workbench.cost.estimate import (
    agentcore,
    data,
    evaluation,
    frontend,
    functions,
    gateway,
    guardrail,
    logs,
    memory,
    model,
    monitoring,
    network,
    sandbox,
    users,
)
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.profile import Profile
from workbench.cost.resources import Resources
from workbench.cost.usage import Usage

_MODULES = (
    data,
    evaluation,
    frontend,
    functions,
    gateway,
    guardrail,
    logs,
    memory,
    monitoring,
    network,
    sandbox,
    users,
)

PRICED = agentcore.TYPES | agentcore.IDENTITY_TYPES | frozenset().union(*(module.TYPES for module in _MODULES))
"""Types that an estimator accounts for."""


def estimate(resources: Resources, profile: Profile, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every line of one month.

    Args:
        resources: All resources that are priced together.
        profile: The profile, for the shares of the runtimes.
        usage: The month.
        prices: The prices.
    """
    share = agentcore.shares(resources, profile)
    yield from model.estimate(resources, usage, prices, share)
    yield from agentcore.runtime(resources, usage, prices, share)
    yield from memory.estimate(resources, usage, prices)
    yield from gateway.estimate(resources, usage, prices)
    yield from sandbox.estimate(resources, usage, prices)
    yield from agentcore.identity(resources, usage, prices)
    yield from guardrail.estimate(resources, usage, prices)
    yield from evaluation.estimate(resources, usage, prices)
    yield from logs.estimate(resources, usage, prices, share)
    yield from monitoring.estimate(resources, usage, prices)
    yield from users.estimate(resources, usage, prices)
    yield from data.estimate(resources, usage, prices)
    yield from functions.estimate(resources, usage, prices)
    yield from frontend.estimate(resources, usage, prices)
    yield from network.estimate(resources, usage, prices)
