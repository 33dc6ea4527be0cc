"""`evaluate` as its user runs it: the sample agent on a local cloud, its data set, its baseline."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import pytest

from stacks.environments import LOCAL
from stacks.platform_stage import PlatformStage
from tests.conftest import ROOT
from workbench.assembly import read_assembly
from workbench.evaluate import WORSE
from workbench.local_cloud.agents import find_agent
from workbench.local_cloud.cloud import LocalCloud

EVALUATION = ROOT / "agents/memory_assistant/evaluation"
ONE = """
[[conversation]]
name = "sum"
[[conversation.turn]]
prompt = "What is 2 + 2?"
number = {number}
[[conversation.turn]]
session = "other"
prompt = "My favorite number is 42"
contains = ["42"]
"""
JUDGED = """
[[judge]]
name = "kind"
instructions = "Is {assistant_turn} kind?"
least = 1
rating = [{label = "No", definition = "It is not.", value = 0}, {label = "Yes", definition = "It is.", value = 1}]
"""

pytestmark = pytest.mark.local_cloud


@dataclass(frozen=True)
class Project:
    """A directory of a user whose local cloud runs."""

    directory: Path
    cloud: LocalCloud

    def evaluate(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "workbench", "evaluate", "memory_assistant", *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERM": "dumb", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def dataset(self, text: str) -> str:
        path = self.directory / "dataset.toml"
        path.write_text(text)
        return str(path)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    directory = tmp_path_factory.mktemp("project")
    (directory / "cdk.json").write_text('{"app": "false"}')
    app = cdk.App(outdir=str(directory / "cdk.out"), analytics_reporting=False)
    PlatformStage(app, environment=LOCAL)
    app.synth()
    with LocalCloud(ROOT / ".workbench", work=directory / ".workbench" / "local-cloud") as cloud:
        cloud.deploy(read_assembly(directory / "cdk.out"), stacks=["Local/MemoryAssistant"])
        yield Project(directory, cloud)


def test_the_sample_agent_is_as_good_as_its_baseline(project: Project) -> None:
    result = project.evaluate("--dataset", str(EVALUATION / "dataset.toml"), "--json")
    report = json.loads(result.stdout)
    assert (result.returncode, report["changes"]) == (0, []), report
    assert report["model"] == "scripted stand-in"
    assert report["baseline"] == str(EVALUATION / "baseline.json")
    outcomes = {score["outcome"] for turn in report["turns"] for score in turn["scores"]}
    assert outcomes == {"passed"}


def test_a_regression_is_exit_code_1_and_is_named(project: Project) -> None:
    dataset = project.dataset(ONE.format(number=4))
    assert project.evaluate("--dataset", dataset, "--save-baseline").returncode == 0
    assert project.evaluate("--dataset", dataset).returncode == 0
    project.dataset(ONE.format(number=5))
    result = project.evaluate("--dataset", dataset)
    assert result.returncode == WORSE
    assert "worse: sum / 1 / number (1 → 0)" in result.stdout
    assert "1 worse than" in result.stdout
    assert "[scripted stand-in]" in result.stdout
    assert "1 of 2: sum, turn 1" in result.stderr


def test_a_judge_that_does_not_rate_is_reported_and_the_run_goes_on(project: Project) -> None:
    # The scripted stand-in does not rate kindness.
    dataset = project.dataset(JUDGED + ONE.format(number='4\njudges = ["kind"]'))
    result = project.evaluate(
        "--dataset", dataset, "--baseline", str(project.directory / "kind.json"), "--save-baseline"
    )
    assert result.returncode == 2
    assert "no baseline is written: 1 evaluation(s) did not work, first 'sum / 1 / judge kind'" in result.stderr
    assert "! did not work: sum / 1 / judge kind" in result.stdout
    assert "4 passed, 0 failed, 1 did not work" in result.stdout


def test_scores_of_another_model_do_not_compare(project: Project) -> None:
    baseline = project.directory / "other.json"
    baseline.write_text(json.dumps({"format": 1, "model": "Amazon Bedrock", "scores": {}}))
    result = project.evaluate("--dataset", project.dataset(ONE.format(number=4)), "--baseline", str(baseline))
    assert result.returncode == 2
    assert "has the scores of 'Amazon Bedrock', and here answers 'scripted stand-in'" in result.stderr


def evaluate_by_arn(project: Project, dataset: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return project.evaluate(
        "--dataset",
        project.dataset(dataset),
        "--runtime-arn",
        find_agent(project.cloud.record, "memory_assistant").arn,
        "--baseline",
        str(project.directory / "aws.json"),
        "--save-baseline",
        AWS_ENDPOINT_URL=project.cloud.endpoint,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        **variables,
    )


def test_an_agent_in_aws_is_evaluated_by_its_arn_as_the_user_of_a_token(project: Project) -> None:
    agent = find_agent(project.cloud.record, "memory_assistant")
    token = agent.sign_in("ann@example.com").access_token
    result = evaluate_by_arn(project, ONE.format(number=4), AGENTCORE_ACCESS_TOKEN=token)
    assert result.returncode == 0, result.stderr
    written = json.loads((project.directory / "aws.json").read_text())
    assert written["model"].startswith(f"Amazon Bedrock in {agent.access.region}, ")
    assert written["scores"]["sum / 1 / number"] == {"passed": True, "value": 1.0}

    two = ONE.format(number=4).replace('session = "other"', 'actor = "somebody-else"')
    result = evaluate_by_arn(project, two, AGENTCORE_ACCESS_TOKEN=token)
    assert result.returncode == 2
    assert "the data set has several actors" in result.stderr


@pytest.mark.parametrize(("token", "what"), [("", "holds none"), ("secret", "holds no JWT")])
def test_fails_on_an_agent_in_aws_without_a_users_token(project: Project, token: str, what: str) -> None:
    result = evaluate_by_arn(project, ONE.format(number=4), AGENTCORE_ACCESS_TOKEN=token)
    assert result.returncode == 2
    assert f"takes users' tokens, and AGENTCORE_ACCESS_TOKEN {what}" in result.stderr
