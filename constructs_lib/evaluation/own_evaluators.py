"""Evaluators of your own: a model that judges, or a function that computes."""

import json
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import place_of
from constructs_lib.evaluation._checks import MAX_NAME, check_description, check_temperature, checked_timeout
from constructs_lib.evaluation._permissions import INVOKE_FUNCTION_ACTIONS, key_policy_statement
from constructs_lib.evaluation._placeholders import ground_truth_in
from constructs_lib.evaluation.builtin_evaluators import EvaluationLevel
from constructs_lib.evaluation.rating_scale import RatingScale
from constructs_lib.runtime.model_access import ModelAccess

_Properties = agentcore.CfnEvaluator


class OwnEvaluator(Construct):
    """What a judge and a function have in common: a resource that is replaced by each change.

    While an online evaluation uses an evaluator, the service refuses every change of it. So the name says what the
    evaluator is: a change makes a new one, and the evaluation moves over to it.

    Attributes:
        evaluator: The L1 evaluator.
        evaluator_name: Its name.
        level: What it scores.
        ground_truth: Placeholders for known answers in its instructions.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        level: EvaluationLevel,
        configuration: agentcore.CfnEvaluator.EvaluatorConfigProperty,
        said: Sequence[object],
        description: str | None,
        encryption_key: kms.IKey | None = None,
        ground_truth: tuple[str, ...] = (),
    ) -> None:
        super().__init__(scope, id)
        check_description(description)
        self.level, self.ground_truth = level, ground_truth
        if encryption_key is not None:
            encryption_key.add_to_resource_policy(iam.PolicyStatement.from_json(key_policy_statement(place_of(self))))
        known = [level.value, description, encryption_key.node.path if encryption_key else None, *said]
        self.evaluator_name = physical_name(self.node.path, max_length=MAX_NAME, salt=json.dumps(known))
        self.evaluator = agentcore.CfnEvaluator(
            self,
            "Evaluator",
            evaluator_name=self.evaluator_name,
            evaluator_config=configuration,
            level=level.value,
            description=description,
            kms_key_arn=encryption_key.key_arn if encryption_key else None,
        )

    @property
    def evaluator_id(self) -> str:
        """How the service knows it."""
        return self.evaluator.attr_evaluator_id

    @property
    def evaluator_arn(self) -> str:
        """Its ARN, for `bedrock-agentcore:Evaluate`."""
        return self.evaluator.attr_evaluator_arn

    def execution_statements(self, scope: Construct) -> tuple[dict[str, object], ...]:
        """What the role of an evaluation in the Region of `scope` needs for it, as IAM statements in JSON."""
        raise NotImplementedError


class JudgeEvaluator(OwnEvaluator):
    """A model that judges an agent by your instructions (LLM-as-a-judge).

    Each change makes a new evaluator, because the service refuses to change one in use. The L2 evaluator takes no key,
    so this is L1. Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html and
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-encryption.html.

    Args:
        level: What is judged.
        instructions: What the judge is told, with placeholders in braces for what it sees. For a session: `{context}`,
            `{available_tools}`, `{actual_tool_trajectory}`; for a trace: `{context}`, `{assistant_turn}`; for a tool
            call: `{context}`, `{available_tools}`, `{tool_turn}`. Those for known answers (`{assertions}`,
            `{expected_tool_trajectory}`, `{expected_response}`) work on demand, not online.
        scale: What the judge can answer.
        model: The judging model, called under the role of the evaluation and at your cost.
        max_tokens: Longest judgement, in tokens. Default: the model's.
        temperature: 0 to 1. Default: 0, so that the same conversation gets the same judgement.
        description: At most 200 characters. Default: none.
        encryption_key: Symmetric key that encrypts instructions and scale; its policy is extended for AgentCore.
            Default: a key owned by AWS.

    Attributes:
        evaluator: The L1 evaluator.
        evaluator_name: Its name.
        level: What is judged.
        ground_truth: Placeholders for known answers in the instructions.

    Raises:
        ValueError: If the instructions name a placeholder that the level does not have, or show the judge nothing; if a
            number is out of its bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        level: EvaluationLevel,
        instructions: str,
        scale: RatingScale,
        model: ModelAccess,
        max_tokens: int | None = None,
        temperature: float = 0.0,
        description: str | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        ground_truth = ground_truth_in(instructions, level)
        check_temperature(temperature)
        if max_tokens is not None and max_tokens < 1:
            raise ValueError(f"max_tokens of a judgement is at least 1, got {max_tokens}")
        judge = _Properties.LlmAsAJudgeEvaluatorConfigProperty(
            instructions=instructions,
            rating_scale=_scale(scale),
            model_config=_Properties.EvaluatorModelConfigProperty(
                bedrock_evaluator_model_config=_Properties.BedrockEvaluatorModelConfigProperty(
                    model_id=model.model_id,
                    inference_config=_Properties.InferenceConfigurationProperty(
                        max_tokens=max_tokens, temperature=temperature
                    ),
                )
            ),
        )
        super().__init__(
            scope,
            id,
            level=level,
            configuration=_Properties.EvaluatorConfigProperty(llm_as_a_judge=judge),
            said=[instructions, repr(scale), model.model_id, max_tokens, temperature],
            description=description,
            encryption_key=encryption_key,
            ground_truth=ground_truth,
        )
        self._model, self._key = model, encryption_key

    def execution_statements(self, scope: Construct) -> tuple[dict[str, object], ...]:
        """What the role of an evaluation in the Region of `scope` needs for this judge, as IAM statements in JSON.

        Raises:
            ValueError: If it is not known where the model's profile routes to from that Region.
        """
        return (*self._model.statements(scope), *_decryption(self._key, self.evaluator_arn))


class CodeEvaluator(OwnEvaluator):
    """A function that scores an agent (code-based evaluator).

    The function gets the spans of a session and answers with `label`, and optionally `value` and `explanation`. As with
    a judge, each change makes a new evaluator. Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-based-evaluators.html.

    Args:
        level: What is scored.
        function: The function or an alias of it, in the evaluation's Region.
        timeout: How long the service waits for it, 1 to 300 seconds. Default: the service's 60 seconds.
        description: At most 200 characters. Default: none.

    Attributes:
        evaluator: The L1 evaluator.
        evaluator_name: Its name.
        level: What is scored.

    Raises:
        ValueError: If the function is a version, or the time-out or the description is out of its bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        level: EvaluationLevel,
        function: lambda_.IFunction,
        timeout: Duration | None = None,
        description: str | None = None,
    ) -> None:
        seconds = checked_timeout(timeout)
        if isinstance(function, lambda_.Version):
            raise ValueError(  # noqa: TRY004 -- ValueError is the library's error
                f"the function {function.node.path!r} is a version, whose ARN changes with its code, and the service"
                " refuses to change an evaluator in use; pass the function or an alias"
            )
        arn = function.function_arn
        code = _Properties.CodeBasedEvaluatorConfigProperty(
            lambda_config=_Properties.LambdaEvaluatorConfigProperty(lambda_arn=arn, lambda_timeout_in_seconds=seconds)
        )
        super().__init__(
            scope,
            id,
            level=level,
            configuration=_Properties.EvaluatorConfigProperty(code_based=code),
            said=[function.node.path, seconds],
            description=description,
        )
        self._function_arn = arn

    def execution_statements(self, scope: Construct) -> tuple[dict[str, object], ...]:  # noqa: ARG002 -- as of a judge
        """What the role of an evaluation needs for this function, as IAM statements in JSON."""
        return ({"Effect": "Allow", "Action": list(INVOKE_FUNCTION_ACTIONS), "Resource": self._function_arn},)


def _scale(scale: RatingScale) -> agentcore.CfnEvaluator.RatingScaleProperty:
    if not scale.is_numerical:
        return _Properties.RatingScaleProperty(
            categorical=[
                _Properties.CategoricalScaleDefinitionProperty(label=rating.label, definition=rating.definition)
                for rating in scale.ratings
            ]
        )
    return _Properties.RatingScaleProperty(
        numerical=[
            _Properties.NumericalScaleDefinitionProperty(
                label=rating.label, definition=rating.definition, value=rating.value
            )
            for rating in scale.ratings
            if rating.value is not None
        ]
    )


def _decryption(key: kms.IKey | None, evaluator_arn: str) -> tuple[dict[str, object], ...]:
    if key is None:
        return ()
    context = {"kms:EncryptionContext:aws:bedrock-agentcore:evaluatorArn": evaluator_arn}
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key.key_arn}
    return ({**statement, "Condition": {"StringEquals": context}},)
