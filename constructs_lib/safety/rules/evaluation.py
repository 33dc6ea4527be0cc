"""Evaluators and online evaluation."""

import re
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource
from constructs_lib.safety.rules.values import absent, can_be, listed, literal

RULES = RuleSet()
EVALUATOR, ONLINE = f"{AGENTCORE}Evaluator", f"{AGENTCORE}OnlineEvaluationConfig"
_INSTRUCTIONS = "EvaluatorConfig.LlmAsAJudge.Instructions"
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_EVERY_AGENT = re.compile(r"/?(aws/?)?(bedrock-agentcore/?)?(runtimes/?)?")


@RULES.rule(
    "EvaluatorSeesNothing",
    Severity.ERROR,
    "A judge's instructions show it what to judge",
    EVALUATOR,
    why="Without a placeholder the model judges the instructions themselves, and gives every conversation the"
    " same mark.",
    remedy="Put placeholders of the evaluator's level into the instructions, for example {context} and"
    " {assistant_turn}.",
)
def _placeholders(evaluator: Resource) -> Iterator[Hit]:
    instructions = literal(evaluator.get(_INSTRUCTIONS))
    if instructions and not _PLACEHOLDER.search(instructions):
        yield Hit(f"Properties.{_INSTRUCTIONS}", "the instructions hold no placeholder")


@RULES.rule(
    "EvaluationOff",
    Severity.WARNING,
    "In production an online evaluation runs",
    ONLINE,
    why="A configuration that is switched off says nothing about the agent, and looks as if it did.",
    remedy="Set ExecutionStatus to ENABLED, or remove the configuration.",
    demand=Demand.PRODUCTION,
)
def _off(evaluation: Resource) -> Iterator[Hit]:
    if can_be(evaluation.get("ExecutionStatus"), "DISABLED"):
        yield Hit("Properties.ExecutionStatus", "the execution status is DISABLED")


@RULES.rule(
    "EvaluationOfEveryAgent",
    Severity.WARNING,
    "An online evaluation names its agent",
    ONLINE,
    why="A prefix that covers all runtimes mixes other agents' conversations into the marks, and shows them to"
    " the judge.",
    remedy="Name the agent's log group, or a prefix with the runtime's name.",
)
def _every_agent(evaluation: Resource) -> Iterator[Hit]:
    path = "DataSourceConfig.CloudWatchLogs.LogGroupNamePrefixes"
    for value in listed(evaluation.get(path)):
        prefix = literal(value)
        if prefix is not None and _EVERY_AGENT.fullmatch(prefix):
            yield Hit(f"Properties.{path}", f"the prefix {prefix!r} covers every agent", prefix)


@RULES.rule(
    "EvaluationOfEverySession",
    Severity.WARNING,
    "In production an online evaluation takes samples",
    ONLINE,
    why="Judging every session costs a model call for each, often more than the agent's own.",
    remedy="Lower SamplingPercentage; a few per cent show a trend.",
    demand=Demand.PRODUCTION,
)
def _every_session(evaluation: Resource) -> Iterator[Hit]:
    path = "Rule.SamplingConfig.SamplingPercentage"
    if not absent(evaluation.get(path)) and literal(evaluation.get(path)) in ("100", "100.0"):
        yield Hit(f"Properties.{path}", "every session is evaluated")
