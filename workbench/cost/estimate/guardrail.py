"""Amazon Bedrock Guardrails: text units of up to 1,000 characters, for each policy that the guardrail has."""

import math
from collections.abc import Iterator

from workbench.cost.formulas import product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources
from workbench.cost.usage import Usage

GUARDRAIL = "AWS::Bedrock::Guardrail"
TYPES = frozenset({GUARDRAIL, "AWS::Bedrock::GuardrailVersion"})
FAMILY = "Guardrails"

_CHARACTERS = 1000
_POLICIES = {
    "content filters": ("ContentPolicyConfig.FiltersConfig", "guardrail-content"),
    "denied topics": ("TopicPolicyConfig.TopicsConfig", "guardrail-topics"),
    "sensitive information": ("SensitiveInformationPolicyConfig.PiiEntitiesConfig", "guardrail-sensitive"),
    "automated reasoning": ("AutomatedReasoningPolicyConfig.Policies", "guardrail-reasoning"),
    "word filters": ("WordPolicyConfig.WordsConfig", "guardrail-words"),
}
_GROUNDING = "ContextualGroundingPolicyConfig.FiltersConfig"


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every guardrail, each with the same share of the turns."""
    guardrails = resources.of(GUARDRAIL)
    for guardrail in guardrails:
        yield from _guardrail(guardrail, usage.turns / len(guardrails), usage, prices)


def _guardrail(guardrail: Found, turns: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    name, plan = guardrail.name("Name"), usage.guardrail
    units = _units(plan.input_characters_per_turn) + _units(plan.output_characters_per_turn)
    for policy, (path, price) in _POLICIES.items():
        if guardrail.list(path):
            formula = product((turns, "turns"), (units, "text units of input and output"))
            yield CostLine(FAMILY, f"{policy} of {name}", turns * units, prices.price(price), formula)
    if guardrail.list(_GROUNDING):
        grounded = _units(plan.grounding_characters_per_turn + plan.output_characters_per_turn)
        formula = product((turns, "turns"), (grounded, "text units of source and answer"))
        yield CostLine(FAMILY, f"grounding of {name}", turns * grounded, prices.price("guardrail-grounding"), formula)


def _units(characters: float) -> int:
    return math.ceil(characters / _CHARACTERS)
