"""The agent of examples/sandboxed_agent on the local cloud: its code runs elsewhere, under permissions it needs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.assembly import read_assembly
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.cloud import LocalCloud
from workbench.permissions.access_log import read_decisions
from workbench.permissions.grants import RolePolicies
from workbench.permissions.report import build_report

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.local_cloud
SESSION = "a-session-with-a-code-sandbox-of-its-own"


class Calculator:
    """The deployed agent, whose scripted model calls the tool that it is told to."""

    def __init__(self, cloud: LocalCloud, agent: DeployedAgent) -> None:
        self.cloud = cloud
        self.agent = agent

    def run(self, code: str) -> str:
        prompt = f"use the tool run_python with {json.dumps({'code': code})}"
        answer = self.agent.access.data().invoke_agent_runtime(
            agentRuntimeArn=self.agent.arn, runtimeSessionId=SESSION, payload=json.dumps({"prompt": prompt}).encode()
        )
        return str(json.loads(answer["response"].read())["response"])


@pytest.fixture(scope="module")
def calculator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calculator]:
    directory = tmp_path_factory.mktemp("sandboxed")
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT / "examples/sandboxed_agent",
        env={
            **os.environ,
            "CDK_OUTDIR": str(directory / "cdk.out"),
            "PYTHONPATH": str(ROOT),
            "CDK_VALIDATION": "false",
        },
        check=True,
        capture_output=True,
    )
    with LocalCloud(ROOT / ".workbench", work=directory / "cloud") as cloud:
        cloud.deploy(read_assembly(directory / "cdk.out"))
        yield Calculator(cloud, find_agent(cloud.record, "Agent"))


def test_code_runs_and_keeps_its_variables(calculator: Calculator) -> None:
    calculator.run("answer = 6 * 7")
    assert "42" in calculator.run("print(answer)")


def test_what_the_code_raises_is_an_answer(calculator: Calculator) -> None:
    assert "ZeroDivisionError" in calculator.run("1 / 0")


def test_code_knows_nothing_of_the_agent(calculator: Calculator) -> None:
    said = calculator.run("import os; print('these:', sorted(os.environ))")
    assert "these:" in said
    assert "AGENT_MODEL_ID" not in said
    assert "AWS_SESSION_TOKEN" not in said


def test_the_agent_was_denied_nothing_and_has_no_right_to_other_sandboxes(calculator: Calculator) -> None:
    role = calculator.agent.role_arn()
    grants = RolePolicies(calculator.agent.access.iam(), role).grants()
    report = build_report(role, grants, read_decisions(Path(calculator.cloud.record.access_log), role_arn=role))
    assert not report.denials
    used = {decision.action for decision in read_decisions(Path(calculator.cloud.record.access_log), role_arn=role)}
    assert used >= {"bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"}
    tools = [grant for grant in grants if "Browser" in grant.action or "CodeInterpreter" in grant.action]
    assert len(tools) == 6
    assert not [grant for grant in tools if "*" in grant.resource]
