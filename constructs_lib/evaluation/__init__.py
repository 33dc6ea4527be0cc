"""How good an agent's answers are, judged on its live traffic."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.evaluation.builtin_evaluators import BuiltinEvaluator as BuiltinEvaluator
    from constructs_lib.evaluation.builtin_evaluators import EvaluationLevel as EvaluationLevel
    from constructs_lib.evaluation.online_evaluation import OnlineEvaluation as OnlineEvaluation
    from constructs_lib.evaluation.own_evaluators import CodeEvaluator as CodeEvaluator
    from constructs_lib.evaluation.own_evaluators import JudgeEvaluator as JudgeEvaluator
    from constructs_lib.evaluation.rating_scale import Rating as Rating
    from constructs_lib.evaluation.rating_scale import RatingScale as RatingScale
    from constructs_lib.evaluation.trace_filter import TraceFilter as TraceFilter

__all__ = [
    "BuiltinEvaluator",
    "CodeEvaluator",
    "EvaluationLevel",
    "JudgeEvaluator",
    "OnlineEvaluation",
    "Rating",
    "RatingScale",
    "TraceFilter",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "BuiltinEvaluator": "constructs_lib.evaluation.builtin_evaluators",
        "CodeEvaluator": "constructs_lib.evaluation.own_evaluators",
        "EvaluationLevel": "constructs_lib.evaluation.builtin_evaluators",
        "JudgeEvaluator": "constructs_lib.evaluation.own_evaluators",
        "OnlineEvaluation": "constructs_lib.evaluation.online_evaluation",
        "Rating": "constructs_lib.evaluation.rating_scale",
        "RatingScale": "constructs_lib.evaluation.rating_scale",
        "TraceFilter": "constructs_lib.evaluation.trace_filter",
    },
)
