"""An online evaluation as the constructs synthesize it: deployed, changed and deleted on the local cloud."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

from constructs_lib.evaluation import (
    BuiltinEvaluator,
    EvaluationLevel,
    JudgeEvaluator,
    OnlineEvaluation,
    Rating,
    RatingScale,
)
from constructs_lib.runtime import ModelAccess
from tests.constructs_lib.support import SONNET, agent, app_in, stack
from workbench.assembly import read_assembly
from workbench.local_cloud.agents import Access
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.deploy import destroy
from workbench.local_cloud.deployment import DeployedStack

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient

pytestmark = pytest.mark.local_cloud

POLITE, SHORT = "Is {assistant_turn} polite?", "Is {assistant_turn} short?"


@dataclass
class Evaluated:
    """A stack of an agent, a judge and an evaluation, in whatever state a test deploys it."""

    cloud: LocalCloud
    directory: Path
    number: int = 0

    def deploy(self, instructions: str, *, enabled: bool = True) -> DeployedStack:
        self.number += 1
        app = app_in(self.directory / str(self.number))
        of = stack("Evaluated", app=app)
        judge = JudgeEvaluator(
            of,
            "Tone",
            level=EvaluationLevel.TRACE,
            instructions=instructions,
            scale=RatingScale.categorical([Rating("No", "It is not."), Rating("Yes", "It is.")]),
            model=ModelAccess.inference_profile(SONNET),
        )
        made = OnlineEvaluation(
            of,
            "Quality",
            agent=agent(of),
            evaluators=[BuiltinEvaluator.HELPFULNESS, judge],
            enabled=enabled,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        cdk.CfnOutput(of, "Id", value=made.evaluation_id)
        cdk.CfnOutput(of, "Judge", value=judge.evaluator_id)
        app.synth()
        return self.cloud.deploy(read_assembly(self._assembly)).stacks[-1]

    def destroy(self) -> None:
        destroy(read_assembly(self._assembly), self.cloud.endpoint, force=True)

    @property
    def control(self) -> "BedrockAgentCoreControlClient":
        return Access(self.cloud.endpoint, "000000000000", "us-east-1").control()

    @property
    def _assembly(self) -> Path:
        return self.directory / str(self.number)


@pytest.fixture
def evaluated(local_cloud: LocalCloud, tmp_path: Path) -> Iterator[Evaluated]:
    made = Evaluated(local_cloud, tmp_path)
    yield made
    made.destroy()


def test_a_judge_in_use_is_replaced_and_the_evaluation_moves_over(evaluated: Evaluated) -> None:
    first = evaluated.deploy(POLITE)
    control = evaluated.control
    found = control.get_online_evaluation_config(onlineEvaluationConfigId=first.outputs["Id"])
    assert found["executionStatus"] == "ENABLED"
    group = found["outputConfig"]["cloudWatchConfig"]["logGroupName"]
    assert "QualityResults" in group
    second = evaluated.deploy(SHORT)
    moved = control.get_online_evaluation_config(onlineEvaluationConfigId=first.outputs["Id"])
    assert moved["executionStatus"] == "ENABLED"
    assert [each["evaluatorId"] for each in moved["evaluators"]] == ["Builtin.Helpfulness", second.outputs["Judge"]]
    judge = control.get_evaluator(evaluatorId=second.outputs["Judge"])
    assert judge["evaluatorConfig"]["llmAsAJudge"]["instructions"] == SHORT
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        control.get_evaluator(evaluatorId=first.outputs["Judge"])


def test_it_can_be_switched_off_in_place(evaluated: Evaluated) -> None:
    first = evaluated.deploy(POLITE)
    second = evaluated.deploy(POLITE, enabled=False)
    assert second.outputs == first.outputs
    found = evaluated.control.get_online_evaluation_config(onlineEvaluationConfigId=first.outputs["Id"])
    assert found["executionStatus"] == "DISABLED"


def test_nothing_is_left_behind(evaluated: Evaluated) -> None:
    evaluated.deploy(POLITE)
    evaluated.destroy()
    control = evaluated.control
    assert control.list_online_evaluation_configs()["onlineEvaluationConfigs"] == []
    custom = [each for each in control.list_evaluators()["evaluators"] if each["evaluatorType"] != "Builtin"]
    assert custom == []
