"""Constructs on the local cloud over time: agents that need each other, updates, replacement, a failed update."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib import AgentCode, AgentService, ModelAccess
from workbench.assembly import read_assembly
from workbench.local_cloud.agents import find_agent
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.deploy import destroy
from workbench.local_cloud.deployment import DeploymentError

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.local_cloud


def synthesize(
    output: Path,
    *,
    name: str = "assistant",
    variables: Mapping[str, str] | None = None,
    change: Callable[[agentcore.CfnRuntime], None] = lambda runtime: None,
) -> None:
    app = cdk.App(outdir=str(output), analytics_reporting=False)
    stack = cdk.Stack(app, "Assistant", env=cdk.Environment(region="us-east-1"))
    agent = AgentService(
        stack,
        "Agent",
        runtime_name=name,
        code=AgentCode.from_directory(
            ROOT / "agents/memory_assistant",
            entry_point=["opentelemetry-instrument", "main.py"],
            packages=[ROOT / "agents/shared"],
            aws_services=["bedrock-agentcore", "bedrock-runtime"],
        ),
        model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        environment=variables,
    )
    runtime = agent.runtime.node.default_child
    assert isinstance(runtime, agentcore.CfnRuntime)
    change(runtime)
    app.synth()


def test_an_agent_is_updated_replaced_and_kept_by_a_failed_update(tmp_path: Path) -> None:
    with LocalCloud(ROOT / ".workbench", work=tmp_path / "cloud") as cloud:

        def deploy(step: str) -> None:
            cloud.deploy(read_assembly(tmp_path / step))

        synthesize(tmp_path / "created")
        deploy("created")
        first = find_agent(cloud.record, "assistant")
        control = first.access.control()

        synthesize(tmp_path / "updated", variables={"AGENT_MEMORY_TOP_K": "5"})
        deploy("updated")
        updated = control.get_agent_runtime(agentRuntimeId=first.runtime_id)
        assert updated["agentRuntimeVersion"] == "2"
        assert updated["environmentVariables"]["AGENT_MEMORY_TOP_K"] == "5"

        synthesize(
            tmp_path / "broken",
            variables={"AGENT_MEMORY_TOP_K": "6"},
            change=lambda runtime: runtime.add_property_override("NetworkConfiguration.NetworkMode", "NOWHERE"),
        )
        with pytest.raises(DeploymentError, match="NOWHERE"):
            deploy("broken")
        kept = control.get_agent_runtime(agentRuntimeId=first.runtime_id)
        assert kept["environmentVariables"]["AGENT_MEMORY_TOP_K"] == "5"

        synthesize(tmp_path / "renamed", name="another_assistant")
        deploy("renamed")
        (replaced,) = control.list_agent_runtimes()["agentRuntimes"]
        assert replaced["agentRuntimeName"] == "another_assistant"
        assert replaced["agentRuntimeId"] != first.runtime_id

        destroy(read_assembly(tmp_path / "renamed"), cloud.endpoint)
        assert not control.list_agent_runtimes()["agentRuntimes"]


def test_two_agents_that_call_each_other_deploy(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT / "examples/two_agents",
        env={**os.environ, "PYTHONPATH": str(ROOT), "CDK_OUTDIR": str(tmp_path / "cdk.out")},
        check=True,
        capture_output=True,
    )
    with LocalCloud(ROOT / ".workbench", work=tmp_path / "cloud") as cloud:
        deployment = cloud.deploy(read_assembly(tmp_path / "cdk.out"))
        kinds = [resource.type for stack in deployment.stacks for resource in stack.resources]
    assert kinds.count("AWS::BedrockAgentCore::Runtime") == 2
