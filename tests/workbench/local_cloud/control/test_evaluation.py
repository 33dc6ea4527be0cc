from collections.abc import Mapping

import pytest

from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.service import Caller, Scope, ServiceError
from workbench.local_cloud.cloudformation.schema import mapping

CALLER = Caller(Scope("000000000000", "us-west-2"))
ROLE = "arn:aws:iam::000000000000:role/evaluation"
MODEL = {"bedrockEvaluatorModelConfig": {"modelId": "us.amazon.nova-lite-v1:0"}}
SCALE = {"numerical": [{"definition": "bad", "label": "no", "value": 0.0}]}
Answer = Mapping[str, object]


@pytest.fixture
def control() -> ControlPlane:
    return ControlPlane()


def judge(instructions: str = "Judge {context}") -> Answer:
    return {"llmAsAJudge": {"instructions": instructions, "modelConfig": MODEL, "ratingScale": SCALE}}


def evaluator(control: ControlPlane, configuration: Answer | None = None, level: str = "TRACE") -> str:
    params = {"evaluatorName": "tone", "level": level, "evaluatorConfig": configuration or judge()}
    return str(control.call("CreateEvaluator", params, CALLER)["evaluatorId"])


def online(control: ControlPlane, *evaluators: str, enabled: bool = True, **more: object) -> Answer:
    params = {
        "onlineEvaluationConfigName": "quality",
        "evaluationExecutionRoleArn": ROLE,
        "dataSourceConfig": {"cloudWatchLogs": {"logGroupNames": ["/aws/x"], "serviceNames": ["assistant.DEFAULT"]}},
        "rule": {"samplingConfig": {"samplingPercentage": 10.0}},
        "evaluators": [{"evaluatorId": each} for each in evaluators],
        "enableOnCreate": enabled,
        **more,
    }
    return control.call("CreateOnlineEvaluationConfig", params, CALLER)


def update_online(control: ControlPlane, made: Answer, **changes: object) -> Answer:
    key = {"onlineEvaluationConfigId": made["onlineEvaluationConfigId"]}
    control.call("UpdateOnlineEvaluationConfig", {**key, **changes}, CALLER)
    return control.call("GetOnlineEvaluationConfig", key, CALLER)


def refused(control: ControlPlane, operation: str, **params: object) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        control.call(operation, params, CALLER)
    return error.value


@pytest.mark.parametrize(
    ("configuration", "kind"),
    [
        (judge(), "Custom"),
        (
            {"codeBased": {"lambdaConfig": {"lambdaArn": "arn:aws:lambda:us-west-2:000000000000:function:f"}}},
            "CustomCode",
        ),
        ({"derived": {"baseEvaluatorId": "Builtin.Helpfulness", "modelConfig": MODEL}}, "CustomDerived"),
    ],
)
def test_an_evaluator_says_what_judges(control: ControlPlane, configuration: Answer, kind: str) -> None:
    made = evaluator(control, configuration)
    assert control.call("GetEvaluator", {"evaluatorId": made}, CALLER)["evaluatorType"] == kind


def test_instructions_need_a_placeholder_of_the_level(control: ControlPlane) -> None:
    params = {"evaluatorName": "tone", "level": "TRACE", "evaluatorConfig": judge("Judge {tool_turn}")}
    error = refused(control, "CreateEvaluator", **params)
    assert (error.code, error.message.endswith("of TRACE: context, assistant_turn")) == ("ValidationException", True)
    made = evaluator(control)
    assert refused(control, "UpdateEvaluator", evaluatorId=made, evaluatorConfig=judge("Judge")).status == 400


def test_an_evaluator_in_use_is_locked_until_the_evaluation_lets_go(control: ControlPlane) -> None:
    made = evaluator(control)
    key = {"evaluatorId": made}
    config = online(control, made)
    assert control.call("GetEvaluator", key, CALLER)["lockedForModification"] is True
    for operation, params in (("UpdateEvaluator", {**key, "description": "new"}), ("DeleteEvaluator", key)):
        error = refused(control, operation, **params)
        assert (error.code, error.status) == ("ConflictException", 409)
        assert "locked for modification" in error.message
    update_online(control, config, executionStatus="DISABLED")
    assert control.call("GetEvaluator", key, CALLER)["lockedForModification"] is False
    control.call("UpdateEvaluator", {**key, "description": "new"}, CALLER)
    control.call("DeleteEvaluator", key, CALLER)
    assert refused(control, "GetEvaluator", **key).code == "ResourceNotFoundException"


def test_aws_own_evaluators_can_be_used_and_neither_changed_nor_deleted(control: ControlPlane) -> None:
    assert online(control, "Builtin.Helpfulness", "ThirdParty.DeepEval.Bias")["executionStatus"] == "ENABLED"
    assert refused(control, "DeleteEvaluator", evaluatorId="Builtin.Helpfulness").code == "ValidationException"
    assert refused(control, "UpdateEvaluator", evaluatorId="Builtin.Helpfulness", description="x").status == 400


@pytest.mark.parametrize("missing", ["Builtin.Kindness", "tone-0123456789"])
def test_an_evaluator_that_does_not_exist_is_refused(control: ControlPlane, missing: str) -> None:
    with pytest.raises(ServiceError, match=f"Evaluator not found: {missing}"):
        online(control, missing)


def test_evaluators_that_need_a_known_answer_are_refused_online(control: ControlPlane) -> None:
    made = evaluator(control, judge("Compare {assistant_turn} with {expected_response}"))
    with pytest.raises(ServiceError, match="needs expected_response, which online evaluation does not have"):
        online(control, made)
    with pytest.raises(ServiceError, match="needs expectedTrajectory"):
        online(control, "Builtin.TrajectoryInOrderMatch")
    config = online(control, "Builtin.Helpfulness")
    with pytest.raises(ServiceError, match="needs expected_response"):
        update_online(control, config, evaluators=[{"evaluatorId": made}])


def test_results_go_where_they_are_sent_or_to_a_group_of_the_service(control: ControlPlane) -> None:
    config = online(control, "Builtin.Helpfulness")
    output = mapping(mapping(config["outputConfig"])["cloudWatchConfig"])
    group = f"/aws/bedrock-agentcore/evaluations/results/{config['onlineEvaluationConfigId']}"
    assert output == {"logGroupName": group, "resultDestination": "DEDICATED_LOG_GROUP"}
    changed = update_online(control, config, outputConfig={"cloudWatchConfig": {"logGroupName": "mine"}})
    assert mapping(mapping(changed["outputConfig"])["cloudWatchConfig"])["logGroupName"] == "mine"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"logGroupName": "/aws/bedrock-agentcore/evaluations/mine"}, "are reserved"),
        ({"logGroupName": "mine", "resultDestination": "SOURCE_LOG_GROUP"}, "must not be specified"),
        ({"metricsNamespace": "AWS/Mine"}, "must not begin with AWS/"),
    ],
)
def test_outputs_that_the_service_refuses(control: ControlPlane, output: Answer, message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        online(control, "Builtin.Helpfulness", outputConfig={"cloudWatchConfig": output})


def test_a_key_can_be_added_and_not_removed(control: ControlPlane) -> None:
    key = "arn:aws:kms:us-west-2:000000000000:key/12345678-1234-1234-1234-123456789012"
    made = evaluator(control)
    control.call("UpdateEvaluator", {"evaluatorId": made, "kmsKeyArn": key}, CALLER)
    error = refused(control, "UpdateEvaluator", evaluatorId=made, kmsKeyArn=None)
    assert (error.code, error.message) == (
        "ValidationException",
        "A customer managed key cannot be removed from an evaluator",
    )
