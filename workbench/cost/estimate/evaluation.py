"""AgentCore Evaluations: judges over the sampled sessions."""

from collections.abc import Iterator

from workbench.cost.formulas import number
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, at
from workbench.cost.usage import Usage

_ONLINE, _EVALUATOR = "AWS::BedrockAgentCore::OnlineEvaluationConfig", "AWS::BedrockAgentCore::Evaluator"
TYPES = frozenset({_ONLINE, _EVALUATOR})
FAMILY = "AgentCore evaluation"

_BUILT_IN = "Builtin."
_LEVELS = {
    "Builtin.GoalSuccessRate": "SESSION",
    "Builtin.ToolSelectionAccuracy": "TOOL_CALL",
    "Builtin.ToolParameterAccuracy": "TOOL_CALL",
}
_JUDGE = "EvaluatorConfig.LlmAsAJudge.ModelConfig.BedrockEvaluatorModelConfig.ModelId"
_ALL = 100.0


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every online evaluation, each over the same share of the sessions."""
    online = resources.of(_ONLINE)
    for config in online:
        sampled = config.number("Rule.SamplingConfig.SamplingPercentage", _ALL) / _ALL / len(online)
        for entry in config.list("Evaluators"):
            reference = at(entry, "EvaluatorId")
            own = resources.referred(config.stack, reference)
            if isinstance(reference, str) and reference.startswith(_BUILT_IN):
                yield from _built_in(reference, sampled, usage, prices)
            else:
                yield from _custom(own, sampled, usage, prices)


def _scores(level: str, sampled: float, usage: Usage) -> tuple[float, str]:
    counts = {
        "SESSION": (usage.sessions, "sessions"),
        "TRACE": (usage.turns, "turns"),
        "TOOL_CALL": (usage.turns * usage.usage.tool_calls_per_turn, "tool calls"),
    }
    count, unit = counts.get(level, counts["TRACE"])
    return count * sampled, f"{number(count)} {unit} × {number(sampled)} sampled"


def _built_in(name: str, sampled: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    scores, formula = _scores(_LEVELS.get(name, "TRACE"), sampled, usage)
    plan = usage.evaluation
    for words, tokens, price in (
        ("input", plan.input_tokens, "evaluation-input"),
        ("output", plan.output_tokens, "evaluation-output"),
    ):
        item = f"{words} of {name}"
        yield CostLine(FAMILY, item, scores * tokens, prices.price(price), f"{formula} × {number(tokens)} tokens")


def _custom(evaluator: Found | None, sampled: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    name = evaluator.name("EvaluatorName") if evaluator else "an evaluator of another stack"
    scores, formula = _scores(evaluator.text("Level", "TRACE") if evaluator else "TRACE", sampled, usage)
    yield CostLine(FAMILY, f"scores of {name}", scores, prices.price("evaluation-custom"), formula)
    if evaluator is None or not evaluator.at("EvaluatorConfig.CodeBased"):
        model, plan = evaluator.text(_JUDGE) if evaluator else "", usage.evaluation
        for kind, tokens in (("input", plan.input_tokens), ("output", plan.output_tokens)):
            price = prices.model_price(model, kind)
            item = f"judge's {kind} of {name} ({model or 'unknown model'})"
            yield CostLine(FAMILY, item, scores * tokens, price, f"{formula} × {number(tokens)} tokens")
