"""The memory assistant as `AgentService` deploys it with a guardrail: its own process and role, on the whole cloud."""

import json
import time
from collections.abc import Iterator

import aws_cdk as cdk
import pytest

from constructs_lib import AgentCode, AgentMemory, AgentService, MemoryStrategy, ModelAccess
from constructs_lib.safety import ContentGuardrail, GuardrailMode
from tests.conftest import ROOT
from workbench.assembly import read_assembly
from workbench.conversations.client import new_session_id
from workbench.demonstration import permission_report
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.cloud import LocalCloud

AGENTS = ROOT / "agents"
MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
pytestmark = pytest.mark.local_cloud


def add_assistant(stack: cdk.Stack, name: str, guardrail: ContentGuardrail, mode: GuardrailMode) -> None:
    """The assistant under a guardrail; where that is enforced, the model cannot be called without it."""
    AgentService(
        stack,
        name,
        runtime_name=f"{name}_assistant",
        code=AgentCode.from_directory(
            AGENTS / "memory_assistant",
            entry_point=["main.py"],
            packages=[AGENTS / "shared"],
            aws_services=["bedrock-agentcore", "bedrock-runtime", "dynamodb"],
        ),
        model=ModelAccess.inference_profile(MODEL).streaming_only(),
        memory=AgentMemory(stack, f"{name}Memory", strategies=[MemoryStrategy.semantic_facts()]),
        guardrail=guardrail,
        guardrail_mode=mode,
        guardrail_required=mode is GuardrailMode.ENFORCE,
        environment={"AGENT_ACTOR_HEADER_ALLOWED": "true"},
        allowed_headers=["X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"],
    )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    output = tmp_path_factory.mktemp("guarded")
    app = cdk.App(outdir=str(output / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Guarded", env=cdk.Environment(region="us-east-1"))
    guardrail = ContentGuardrail.cloud_engineering(stack, "Guardrail")
    add_assistant(stack, "guarded", guardrail, GuardrailMode.ENFORCE)
    add_assistant(stack, "shadowed", guardrail, GuardrailMode.SHADOW)
    app.synth()
    with LocalCloud(ROOT / ".workbench", work=output / "cloud") as cloud:
        cloud.deploy(read_assembly(output / "cdk.out"))
        yield cloud


@pytest.fixture
def guarded(cloud: LocalCloud) -> DeployedAgent:
    return find_agent(cloud.record, "guarded_assistant")


def test_a_question_off_topic_is_stopped_and_the_conversation_goes_on(
    cloud: LocalCloud, guarded: DeployedAgent
) -> None:
    ann, session = guarded.client("ann"), new_session_id()
    ann.ask("My favorite number is 42", session)
    blocked = ann.ask("Should I put my savings into bitcoin or into stocks?", session)
    assert blocked.text == "I cannot help with this request. Please ask something else, or put it another way."
    assert [notice for notice in blocked.notices if "safety rule" in notice]
    assert "210" in ann.ask("What is my favorite number multiplied by 5?", session).text
    metric = until_written(guarded, session)
    assert (metric["Interventions"], metric["TopicPolicy"], metric["Mode"]) == (1, 1, "ENFORCE")


def until_written(agent: DeployedAgent, session: str) -> dict[str, object]:
    """The first line of metrics that a session has written to its runtime's log group."""
    endpoint = agent.access.endpoint
    logs = agent.access.session().client("logs", endpoint_url=endpoint)
    group = f"/aws/bedrock-agentcore/runtimes/{agent.arn.rpartition('/')[2]}-DEFAULT"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        found = [json.loads(line) for line in lines if line.startswith('{"_aws"') and session in line]
        if found:
            metric: dict[str, object] = found[0]
            return metric
        time.sleep(0.2)
    raise AssertionError(f"no line of metrics in {group}")


def test_a_credential_never_gets_into_the_memory(guarded: DeployedAgent) -> None:
    bob, session = guarded.client("bob"), new_session_id()
    bob.ask("My access key is AKIAIOSFODNN7EXAMPLE", session)
    bob.ask("My address is bob@example.org", session)
    bob.wait_for_extraction()
    later = new_session_id()
    assert "AKIA" not in bob.ask("What is my access key?", later).text
    assert "bob@example.org" not in bob.ask("What is my address?", later).text


def test_a_shadow_lets_everything_pass(cloud: LocalCloud) -> None:
    shadowed = find_agent(cloud.record, "shadowed_assistant")
    answer = shadowed.client("eve").ask("My savings are in bitcoin and stocks", new_session_id())
    assert "bitcoin" in answer.text
    assert not answer.notices
    report = permission_report(cloud.record, shadowed)
    assert not report.denials
    assert "bedrock:ApplyGuardrail" in {use.grant.action for use in report.grants if use.uses}


def test_the_role_needed_nothing_it_does_not_have(cloud: LocalCloud, guarded: DeployedAgent) -> None:
    guarded.client("grace").ask("What is 1 + 1?", new_session_id())
    report = permission_report(cloud.record, guarded)
    used = {use.grant.action for use in report.grants if use.uses}
    assert not report.denials
    assert used >= {"bedrock:ApplyGuardrail", "bedrock:InvokeModelWithResponseStream"}
