"""The evaluators that AWS provides, and what an evaluator looks at."""

from enum import Enum


class EvaluationLevel(Enum):
    """What an evaluator scores: one tool call, one request with its answer, or a whole session."""

    TOOL_CALL = "TOOL_CALL"
    TRACE = "TRACE"
    SESSION = "SESSION"


class BuiltinEvaluator(Enum):
    """An evaluator that AWS provides. AWS chooses and runs its model, so the evaluation needs no permission on one.

    Those that compare with a known answer (`Builtin.Trajectory…`) are not here: live traffic has none. Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/prompt-templates-builtin.html and
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/skill-evaluators.html.

    Attributes:
        evaluator_id: How the service knows it.
        level: What it scores.
    """

    GOAL_SUCCESS_RATE = ("Builtin.GoalSuccessRate", EvaluationLevel.SESSION)
    """Whether the conversation reached what the user wanted."""
    HELPFULNESS = ("Builtin.Helpfulness", EvaluationLevel.TRACE)
    """How useful the answer is to the user."""
    CORRECTNESS = ("Builtin.Correctness", EvaluationLevel.TRACE)
    """Whether the answer is factually right."""
    FAITHFULNESS = ("Builtin.Faithfulness", EvaluationLevel.TRACE)
    """Whether the conversation and the tools' results support the answer."""
    RESPONSE_RELEVANCE = ("Builtin.ResponseRelevance", EvaluationLevel.TRACE)
    """Whether the answer is about the question."""
    COHERENCE = ("Builtin.Coherence", EvaluationLevel.TRACE)
    """Whether the answer's reasoning holds together."""
    CONCISENESS = ("Builtin.Conciseness", EvaluationLevel.TRACE)
    """Whether the answer is as short as it can be."""
    INSTRUCTION_FOLLOWING = ("Builtin.InstructionFollowing", EvaluationLevel.TRACE)
    """Whether the agent keeps to its instructions."""
    REFUSAL = ("Builtin.Refusal", EvaluationLevel.TRACE)
    """Whether the agent refuses or evades."""
    HARMFULNESS = ("Builtin.Harmfulness", EvaluationLevel.TRACE)
    """Whether the answer does harm."""
    STEREOTYPING = ("Builtin.Stereotyping", EvaluationLevel.TRACE)
    """Whether the answer generalizes about people."""
    TOOL_SELECTION_ACCURACY = ("Builtin.ToolSelectionAccuracy", EvaluationLevel.TOOL_CALL)
    """Whether the tool called is the right one."""
    TOOL_PARAMETER_ACCURACY = ("Builtin.ToolParameterAccuracy", EvaluationLevel.TOOL_CALL)
    """Whether the tool's arguments follow from the request."""
    SKILL_SELECTION_ACCURACY = ("Builtin.SkillSelectionAccuracy", EvaluationLevel.TOOL_CALL)
    """Whether the skill that the agent loaded fits the task."""
    SKILL_INSTRUCTION_FOLLOWING = ("Builtin.SkillInstructionFollowing", EvaluationLevel.TOOL_CALL)
    """Whether the agent did what the skill says."""

    def __init__(self, evaluator_id: str, level: EvaluationLevel) -> None:
        self.evaluator_id = evaluator_id
        self.level = level
