"""What a judge's instructions may name, by level.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html
"""

import re
from collections.abc import Mapping

from constructs_lib._place import is_token
from constructs_lib.evaluation.builtin_evaluators import EvaluationLevel

# One of these has to be there; without any the judge sees nothing of the agent.
_OF_THE_TRACE: Mapping[EvaluationLevel, tuple[str, ...]] = {
    EvaluationLevel.SESSION: ("context", "available_tools"),
    EvaluationLevel.TRACE: ("context", "assistant_turn"),
    EvaluationLevel.TOOL_CALL: ("context", "available_tools", "tool_turn"),
}
_FURTHER: Mapping[EvaluationLevel, tuple[str, ...]] = {
    EvaluationLevel.SESSION: ("actual_tool_trajectory",),
    EvaluationLevel.TRACE: (),
    EvaluationLevel.TOOL_CALL: (),
}
_GROUND_TRUTH: Mapping[EvaluationLevel, tuple[str, ...]] = {
    EvaluationLevel.SESSION: ("assertions", "expected_tool_trajectory"),
    EvaluationLevel.TRACE: ("expected_response",),
    EvaluationLevel.TOOL_CALL: (),
}
_PLACEHOLDER = re.compile(r"\{([a-zA-Z]\w*)\}")


def ground_truth_in(instructions: str, level: EvaluationLevel) -> tuple[str, ...]:
    """The placeholders for known answers in a judge's instructions, which only evaluation on demand can fill.

    Raises:
        ValueError: If the instructions are not known at synth, name a placeholder that the level does not have, or name
            none that shows the judge anything.
    """
    if is_token(instructions):
        raise ValueError(f"a judge's instructions have to be known at synth, got {instructions!r}; pass plain text")
    named = dict.fromkeys(_PLACEHOLDER.findall(instructions))
    shown, known = _OF_THE_TRACE[level], (*_OF_THE_TRACE[level], *_FURTHER[level], *_GROUND_TRUTH[level])
    unknown = [name for name in named if name not in known]
    if unknown:
        raise ValueError(
            f"instructions at the level {level.value} have the placeholders {_braced(known)}, got {_braced(unknown)};"
            " use one of those, or leave the braces out"
        )
    if not any(name in shown for name in named):
        raise ValueError(
            f"a judge at the level {level.value} needs at least one of {_braced(shown)} in its instructions, or it sees"
            f" nothing of the agent, got {instructions!r}"
        )
    return tuple(name for name in named if name in _GROUND_TRUTH[level])


def _braced(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
