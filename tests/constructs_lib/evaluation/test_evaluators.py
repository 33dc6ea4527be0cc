from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from constructs_lib import ModelAccess
from constructs_lib.evaluation import (
    BuiltinEvaluator,
    CodeEvaluator,
    EvaluationLevel,
    JudgeEvaluator,
    Rating,
    RatingScale,
    TraceFilter,
)
from tests.constructs_lib.support import SONNET, only, stack, template

EVALUATOR = "AWS::BedrockAgentCore::Evaluator"
SCALE = RatingScale.numerical([Rating("Rude", "The answer is rude.", 0), Rating("Kind", "The answer is kind.", 1)])
GOOD = "Judge the tone of {assistant_turn}."


def judge(of: cdk.Stack, name: str = "Tone", **props: Any) -> JudgeEvaluator:
    props.setdefault("level", EvaluationLevel.TRACE)
    props.setdefault("instructions", GOOD)
    props.setdefault("scale", SCALE)
    return JudgeEvaluator(of, name, model=ModelAccess.inference_profile(SONNET), **props)


def function(of: cdk.Stack, name: str = "Function") -> lambda_.Function:
    code = lambda_.Code.from_inline("def handler(event, context): return {'label': 'ok'}")
    return lambda_.Function(of, name, code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13)


def code_evaluator(of: cdk.Stack, **props: Any) -> CodeEvaluator:
    return CodeEvaluator(
        of, "Length", level=EvaluationLevel.TRACE, function=props.pop("function", None) or function(of), **props
    )


def service_enum(shape: str) -> list[str]:
    """The values of a text of the service's model."""
    found: Any = botocore.session.get_session().get_service_model("bedrock-agentcore-control").shape_for(shape)
    return list(found.enum)


class TestBuiltin:
    def test_ids_and_levels_are_the_services(self) -> None:
        assert {level.value for level in EvaluationLevel} == set(service_enum("EvaluatorLevel"))
        assert all(each.evaluator_id.startswith("Builtin.") for each in BuiltinEvaluator)
        assert len({each.evaluator_id for each in BuiltinEvaluator}) == len(BuiltinEvaluator) == 15

    def test_every_evaluator_of_the_l2_is_there(self) -> None:
        known = {
            name
            for name in vars(agentcore.BuiltinEvaluator.__class__) | vars(agentcore.BuiltinEvaluator)
            if name.isupper()
        }
        assert len(known) == 13
        for name in known:
            assert BuiltinEvaluator[name].evaluator_id == getattr(agentcore.BuiltinEvaluator, name).value


class TestJudge:
    def test_says_what_judges_how(self) -> None:
        of = stack()
        judge(of, max_tokens=200, description="Tone of answers")
        properties = only(template(of), EVALUATOR)["Properties"]
        assert properties["Level"] == "TRACE"
        assert properties["Description"] == "Tone of answers"
        assert properties["EvaluatorConfig"] == {
            "LlmAsAJudge": {
                "Instructions": GOOD,
                "ModelConfig": {
                    "BedrockEvaluatorModelConfig": {
                        "InferenceConfig": {"MaxTokens": 200, "Temperature": 0},
                        "ModelId": SONNET,
                    }
                },
                "RatingScale": {
                    "Numerical": [
                        {"Definition": "The answer is rude.", "Label": "Rude", "Value": 0},
                        {"Definition": "The answer is kind.", "Label": "Kind", "Value": 1},
                    ]
                },
            }
        }

    def test_a_categorical_scale_has_no_numbers(self) -> None:
        of = stack()
        judge(of, scale=RatingScale.categorical([Rating("No", "It is not."), Rating("Yes", "It is.")]))
        scale = only(template(of), EVALUATOR)["Properties"]["EvaluatorConfig"]["LlmAsAJudge"]["RatingScale"]
        assert scale == {
            "Categorical": [{"Definition": "It is not.", "Label": "No"}, {"Definition": "It is.", "Label": "Yes"}]
        }

    def test_the_same_judge_keeps_its_name(self) -> None:
        assert judge(stack()).evaluator_name == judge(stack()).evaluator_name

    # The service refuses to change an evaluator that an enabled online evaluation uses.
    @pytest.mark.parametrize(
        "change",
        [
            {"instructions": "Judge the style of {assistant_turn}."},
            {"level": EvaluationLevel.SESSION, "instructions": "Judge {context}."},
            {"scale": RatingScale.categorical([Rating("No", "It is not."), Rating("Yes", "It is.")])},
            {"temperature": 0.5},
            {"max_tokens": 5},
            {"description": "new"},
        ],
    )
    def test_each_change_makes_another_evaluator(self, change: dict[str, Any]) -> None:
        assert judge(stack(), **change).evaluator_name != judge(stack()).evaluator_name

    def test_a_key_encrypts_it_and_lets_the_service_read_it(self) -> None:
        of = stack()
        made = judge(of, encryption_key=kms.Key(of, "Key"))
        assert made.evaluator_name != judge(stack()).evaluator_name
        synthesized = template(of)
        assert only(synthesized, EVALUATOR)["Properties"]["KmsKeyArn"]["Fn::GetAtt"][1] == "Arn"
        statement = only(synthesized, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"][-1]
        assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
        assert statement["Action"] == "kms:Decrypt"
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert "evaluator/*" in str(statement["Condition"]["ArnLike"])

    @pytest.mark.parametrize(
        ("level", "instructions"),
        [
            (EvaluationLevel.SESSION, "{context} {available_tools} {actual_tool_trajectory}"),
            (EvaluationLevel.TRACE, "{context} {assistant_turn}"),
            (EvaluationLevel.TOOL_CALL, "{context} {available_tools} {tool_turn}"),
            # Braces of an example are none.
            (EvaluationLevel.TRACE, 'Of {context}, as {"score": 1}, {} or { }'),
        ],
    )
    def test_every_placeholder_of_a_level_is_taken(self, level: EvaluationLevel, instructions: str) -> None:
        assert judge(stack(), level=level, instructions=instructions).ground_truth == ()

    def test_placeholders_for_known_answers_are_told(self) -> None:
        made = judge(stack(), instructions="Compare {assistant_turn} with {expected_response}.")
        assert made.ground_truth == ("expected_response",)

    @pytest.mark.parametrize(
        ("level", "instructions", "message"),
        [
            (EvaluationLevel.TRACE, "Be strict.", r"needs at least one of \{context\}, \{assistant_turn\}"),
            (EvaluationLevel.TRACE, "", r"needs at least one of"),
            (EvaluationLevel.TRACE, "{expected_response}", r"needs at least one of"),
            (EvaluationLevel.TRACE, "{tool_turn}", r"got \{tool_turn\}"),
            (EvaluationLevel.SESSION, "{assistant_turn} {context}", r"got \{assistant_turn\}"),
            (EvaluationLevel.TOOL_CALL, "{context} {expected_response}", r"got \{expected_response\}"),
            (EvaluationLevel.TRACE, "{contxt}", r"got \{contxt\}; use one of those"),
        ],
    )
    def test_fails_for_placeholders_that_the_level_does_not_have(
        self, level: EvaluationLevel, instructions: str, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            judge(stack(), level=level, instructions=instructions)

    def test_fails_for_instructions_that_are_not_known(self) -> None:
        with pytest.raises(ValueError, match="have to be known at synth"):
            judge(stack(), instructions=f"{{context}} {cdk.Aws.REGION}")

    @pytest.mark.parametrize(
        ("props", "message"),
        [
            ({"temperature": 1.1}, "temperature is 0 to 1, got 1.1"),
            ({"temperature": float("nan")}, "temperature is 0 to 1, got nan"),
            ({"max_tokens": 0}, "at least 1, got 0"),
            ({"description": ""}, "1 to 200 characters, got 0"),
            ({"description": "x" * 201}, "1 to 200 characters, got 201"),
        ],
    )
    def test_fails_out_of_bounds(self, props: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            judge(stack(), **props)


class TestCode:
    def test_calls_the_function(self) -> None:
        of = stack()
        code_evaluator(of, timeout=cdk.Duration.seconds(30))
        code = only(template(of), EVALUATOR)["Properties"]["EvaluatorConfig"]["CodeBased"]["LambdaConfig"]
        assert code["LambdaTimeoutInSeconds"] == 30
        assert code["LambdaArn"]["Fn::GetAtt"][0].startswith("Function")

    def test_one_function_may_serve_two_evaluators(self) -> None:
        of = stack()
        shared = function(of)
        first, second = (
            CodeEvaluator(of, name, level=EvaluationLevel.TRACE, function=shared) for name in ("First", "Second")
        )
        assert first.evaluator_name != second.evaluator_name

    @pytest.mark.parametrize("seconds", [0, 301])
    def test_fails_for_a_timeout_out_of_bounds(self, seconds: int) -> None:
        with pytest.raises(ValueError, match=f"1 to 300 seconds, got {seconds}"):
            code_evaluator(stack(), timeout=cdk.Duration.seconds(seconds))

    def test_fails_for_a_version(self) -> None:
        of = stack()
        with pytest.raises(ValueError, match="is a version, whose ARN changes with its code"):
            code_evaluator(of, function=function(of).current_version)


YES, NO = Rating("Yes", "It is.", 1), Rating("No", "It is not.", 0)


@pytest.mark.parametrize(
    ("make", "ratings", "message"),
    [
        (RatingScale.numerical, [YES], "2 to 20 ratings, got 1"),
        (RatingScale.categorical, [Rating(str(n), "x") for n in range(21)], "2 to 20 ratings, got 21"),
        (RatingScale.numerical, [YES, Rating("No", "It is not.")], "'No' of a numerical scale needs a value"),
        (RatingScale.numerical, [YES, Rating("No", "It is not.", -1)], "value of 0 or more, got -1"),
        (RatingScale.numerical, [YES, Rating("No", "It is not.", 1)], "a value of its own, got"),
        (RatingScale.numerical, [YES, Rating("Yes", "Too.", 0)], "a label of its own, got"),
        (RatingScale.categorical, [YES, NO], "of a categorical scale has no value, got 1"),
        (RatingScale.categorical, [Rating(" ", "x"), Rating("b", "x")], "label has 1 to 100 characters, got ' '"),
        (RatingScale.categorical, [Rating("a", ""), Rating("b", "x")], "'a' needs a definition"),
    ],
)
def test_fails_for_scales_that_are_none(
    make: Callable[[list[Rating]], RatingScale], ratings: list[Rating], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make(ratings)


def test_filters_have_the_services_operators() -> None:
    made = [
        TraceFilter.equals("user.region", "eu"),
        TraceFilter.not_equals("internal", True),
        TraceFilter.contains("topic", "billing"),
        TraceFilter.not_contains("topic", "test"),
        TraceFilter.greater_than("latency", 2),
        TraceFilter.greater_than_or_equal("latency", 2.5),
        TraceFilter.less_than("latency", 9),
        TraceFilter.less_than_or_equal("latency", 9),
    ]
    assert {each.operator for each in made} == set(service_enum("FilterOperator"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TraceFilter.equals("user region", "eu"), "got 'user region'"),
        (lambda: TraceFilter.equals("", "eu"), "got ''"),
        (lambda: TraceFilter.equals("region", ""), "1 to 1024 characters, got 0"),
        (lambda: TraceFilter.contains("region", cast("str", 3)), "looks for a text, got 3"),
        (lambda: TraceFilter.less_than("latency", cast("float", "3")), "compares with a number, got '3'"),
        (lambda: TraceFilter.greater_than("latency", True), "compares with a number, got True"),
    ],
)
def test_fails_for_filters_that_are_none(make: Callable[[], TraceFilter], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
