"""Tokens of the agents' models."""

import re
from collections.abc import Iterator

from workbench.cost.estimate.agentcore import RUNTIME
from workbench.cost.formulas import product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, texts
from workbench.cost.usage import Usage

FAMILY = "Model tokens"

_MODEL = re.compile(
    r"(?:inference-profile/|foundation-model/|^)((?:[a-z-]+\.)?(?:anthropic|amazon|meta|mistral|cohere|deepseek|openai|qwen|ai21|writer)\.[\w.:-]+)$"
)
_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role")


def estimate(resources: Resources, usage: Usage, prices: PriceList, share: dict[str, float]) -> Iterator[CostLine]:
    """Input, output and, where the profile caches, cached tokens of every runtime."""
    for each in resources.of(RUNTIME):
        name = each.name("AgentRuntimeName")
        yield from _tokens(name, usage.model.id or model_of(each, resources), share[name], usage, prices)


def model_of(runtime: Found, resources: Resources) -> str:
    """The model that a runtime calls: of its environment variables, else of its stack's policies; empty if unknown."""
    named = _models(runtime.at("EnvironmentVariables"))
    allowed = [
        model
        for policy in resources.of(*_POLICIES)
        if policy.stack == runtime.stack
        for model in _models(policy.properties)
    ]
    # A policy on an inference profile names the profile first, then the models behind it.
    return next(iter([*named, *allowed]), "")


def _models(value: object) -> list[str]:
    return [found[1] for text in texts(value) if (found := _MODEL.search(text))]


def _tokens(name: str, model: str, share: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    plan = usage.model
    calls, base = usage.turns * share * plan.calls_per_turn, (usage.turns * share, "turns")
    kinds = {
        "input": (1 - plan.cache_read_share - plan.cache_write_share, plan.input_tokens_per_call, "input"),
        "cache_read": (plan.cache_read_share, plan.input_tokens_per_call, "input read from the cache"),
        "cache_write": (plan.cache_write_share, plan.input_tokens_per_call, "input written to the cache"),
        "output": (1.0, plan.output_tokens_per_call, "output"),
    }
    for kind, (part, tokens, words) in kinds.items():
        if not part:
            continue
        formula = product(base, (plan.calls_per_turn, "calls"), (tokens, "tokens"), (part, "of them"))
        price = prices.model_price(model, kind)
        yield CostLine(FAMILY, f"{words} of {name} ({model or 'unknown model'})", calls * tokens * part, price, formula)
