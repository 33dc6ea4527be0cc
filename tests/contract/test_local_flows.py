"""The issue's flows: the synthesized stage on the local cloud, the real agent under its own role, over boto3."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import httpx
import psutil
import pytest

from constructs_lib import AgentMemory
from stacks.environments import LOCAL
from stacks.platform_stage import PlatformStage
from workbench.assembly import read_assembly
from workbench.conversations.answers import AgentError
from workbench.conversations.client import new_session_id
from workbench.conversations.runner import hold
from workbench.conversations.script import Before, Conversation, read_conversations
from workbench.demonstration import permission_report
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.deploy import destroy
from workbench.telemetry.spans import SpanStore
from workbench.telemetry.store import MetricId, MetricStore
from workbench.telemetry.tree import traces

ROOT = Path(__file__).parent.parent.parent
# With what it depends on; the whole stage is deployed below, where it is deleted.
ASSISTANT = "Local/MemoryAssistant"
CONVERSATIONS = read_conversations(ROOT / "agents/memory_assistant/conversations.toml")

pytestmark = pytest.mark.local_cloud


def synthesize(output: Path) -> None:
    app = cdk.App(outdir=str(output), analytics_reporting=False)
    PlatformStage(app, environment=LOCAL)
    app.synth()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    output = tmp_path_factory.mktemp("flows")
    synthesize(output / "cdk.out")
    with LocalCloud(ROOT / ".workbench", work=output / "cloud") as cloud:
        cloud.deploy(read_assembly(output / "cdk.out"), stacks=[ASSISTANT])
        yield cloud


@pytest.fixture(scope="module")
def agent(cloud: LocalCloud) -> DeployedAgent:
    return find_agent(cloud.record, "memory_assistant")


def sessions(cloud: LocalCloud) -> Mapping[str, int]:
    rows = httpx.get(f"{cloud.agentcore_url}/_local/sessions", trust_env=False).json()
    return {row["sessionId"]: row["pid"] for row in rows}


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: ended(pid))


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_a_demonstration_conversation_goes_as_expected(conversation: Conversation, agent: DeployedAgent) -> None:
    for turn in hold(conversation, cache(agent.client)):
        assert not turn.failures, f"{turn.turn.prompt!r} was answered {turn.answer}: {turn.failures}"


def test_the_demonstration_covers_the_source_documents_flows() -> None:
    prompts = {turn.prompt for conversation in CONVERSATIONS for turn in conversation.turns}
    assert "What is 25 * 4 + 10?" in prompts
    assert "What is my favorite number multiplied by 5?" in prompts
    assert any("Earl Grey" in prompt for prompt in prompts)


def test_a_session_goes_on_after_its_process_was_killed(cloud: LocalCloud, agent: DeployedAgent) -> None:
    dora, session = agent.client("dora"), new_session_id()
    dora.ask("My favorite number is 42", session)
    process = sessions(cloud)[session]
    kill(process)

    answer = dora.ask("What is my favorite number multiplied by 5?", session)

    assert "210" in answer.text
    assert sessions(cloud)[session] != process


def test_fifty_sessions_of_fifty_actors_at_once_keep_apart(agent: DeployedAgent) -> None:
    canaries = {f"actor-{number}": f"canary{number * 7919 + 100_003}" for number in range(50)}

    def converse(actor: str) -> str:
        client, session = agent.client(actor), new_session_id()
        client.ask(f"My canary is {canaries[actor]}", session)
        return client.ask("What is my canary?", session).text

    with ThreadPoolExecutor(len(canaries)) as pool:
        answers = dict(zip(canaries, pool.map(converse, canaries), strict=True))

    for actor, answer in answers.items():
        assert re.findall(r"canary\d+", answer) == [canaries[actor]], actor


def test_what_one_actor_told_is_known_to_nobody_else_in_another_session(agent: DeployedAgent) -> None:
    agent.client("eve").ask("My canary is canary4242", new_session_id())
    agent.client("eve").wait_for_extraction()
    assert "4242" in agent.client("eve").ask("What is my canary?", new_session_id()).text
    assert "4242" not in agent.client("mallory").ask("What is my canary?", new_session_id()).text


def test_another_actor_cannot_take_over_a_session(agent: DeployedAgent) -> None:
    session = new_session_id()
    agent.client("frank").ask("My favorite number is 7", session)
    with pytest.raises(AgentError, match="another actor") as refused:
        agent.client("mallory").ask("What is my favorite number multiplied by 5?", session)
    assert refused.value.code == "session_of_another_actor"


def test_no_turn_was_denied_anything_and_the_report_says_what_was_used(cloud: LocalCloud, agent: DeployedAgent) -> None:
    agent.client("grace").ask("What is 1 + 1?", new_session_id())
    report = permission_report(cloud.record, agent)
    used = {use.grant.action for use in report.grants if use.uses}
    assert not report.denials
    assert used >= {
        "s3:GetObject",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock-agentcore:CreateEvent",
        "bedrock-agentcore:ListEvents",
        "bedrock-agentcore:RetrieveMemoryRecords",
    }


def test_a_turn_is_seen_as_a_trace_with_its_tokens_tools_and_memory(cloud: LocalCloud, agent: DeployedAgent) -> None:
    store, session = SpanStore(cloud.workspace.telemetry.spans), new_session_id()
    client = agent.client("ivan")
    client.ask("What is 25 * 4 + 10?", session)
    # What the process still holds is exported before it ends.
    client.stop_session(session)

    (trace,) = traces(store.of_session(session))
    (request,) = trace.roots
    parts = [node.part for node in request.all()]
    assert request.part == "request"
    assert {"agent", "model", "tool", "memory"} <= set(parts)
    assert {node.span.session_id for node in request.all()} == {session}
    assert {node.span.attributes.get("session.id", session) for node in request.all()} == {session}
    assert (trace.errors, trace.tokens.input > 0, trace.tokens.output > 0) == (0, True, True)


def test_spans_of_sessions_at_once_are_told_apart(cloud: LocalCloud, agent: DeployedAgent) -> None:
    # More than it takes until sessions are forked from a process that was started before, with another token.
    sessions_at_once = [new_session_id() for _ in range(6)]
    for session in sessions_at_once:
        agent.client("judy").ask("Hello", session)
        agent.client("judy").stop_session(session)

    store = SpanStore(cloud.workspace.telemetry.spans)
    for session in sessions_at_once:
        spans = store.of_session(session)
        assert len(traces(spans)) == 1
        assert {str(span.attributes["session.id"]) for span in spans if "session.id" in span.attributes} == {session}


def test_a_turn_is_measured_by_every_service_it_used(cloud: LocalCloud, agent: DeployedAgent) -> None:
    store, session = MetricStore(cloud.workspace.telemetry.metrics), new_session_id()
    agent.client("kim").ask("What is 2 + 2?", session)
    agent.client("kim").stop_session(session)

    def found() -> set[tuple[str, str, str]]:
        return {
            (one.namespace, one.name, one.dimensions.get("Operation") or one.dimensions.get("gen_ai.token.type", ""))
            for one in store.metrics()
        }

    expected = {
        ("AWS/Bedrock-AgentCore", "Latency", "InvokeAgentRuntime"),
        ("AWS/Bedrock-AgentCore", "SessionCount", "InvokeAgentRuntime"),
        ("AWS/Bedrock-AgentCore", "Invocations", "CreateEvent"),
        ("AWS/Bedrock-AgentCore", "Invocations", "RetrieveMemoryRecords"),
        ("AWS/Bedrock", "InputTokenCount", ""),
        ("bedrock-agentcore", "gen_ai.client.token.usage", "output"),
    }
    until(lambda: expected <= found())


def test_telemetry_log_records_reach_the_agents_log_group(cloud: LocalCloud, agent: DeployedAgent) -> None:
    session = new_session_id()
    agent.client("lea").ask("Hello", session)
    agent.client("lea").stop_session(session)
    logs = agent.access.session().client("logs", endpoint_url=cloud.endpoint)

    group = f"/aws/bedrock-agentcore/runtimes/{agent.arn.rpartition('/')[2]}-DEFAULT"
    events = logs.filter_log_events(logGroupName=group, logStreamNames=["otel-rt-logs"])["events"]
    assert any(json.loads(event["message"])["traceId"].strip("0") for event in events)


def test_a_memory_that_fails_is_said_counted_and_traced(cloud: LocalCloud, agent: DeployedAgent) -> None:
    faults, session = f"{cloud.agentcore_url}/_local/faults", new_session_id()
    mia = agent.client("mia")
    mia.ask("Hello", session)
    httpx.put(faults, json={"memory": {"operations": ["CreateEvent"]}}, trust_env=False).raise_for_status()
    try:
        answer = mia.ask("My favorite number is 3", session)
    finally:
        httpx.delete(faults, trust_env=False).raise_for_status()
    mia.stop_session(session)

    assert any("ServiceException" in notice for notice in answer.notices)
    failed = traces(SpanStore(cloud.workspace.telemetry.spans).of_session(session))[-1]
    assert failed.errors >= 1
    errors = [
        value
        for metric in MetricStore(cloud.workspace.telemetry.metrics).metrics("AWS/Bedrock-AgentCore", "SystemErrors")
        if metric.dimensions.get("Operation") == "CreateEvent"
        for _, value in _values(cloud, metric)
    ]
    assert sum(errors) >= 1


def _values(cloud: LocalCloud, metric: MetricId) -> list[tuple[float, float]]:
    store = MetricStore(cloud.workspace.telemetry.metrics)
    return store.values(metric.namespace, metric.name, metric.dimensions, start=0.0, end=time.time() + 60)


def test_without_grant_conversation_the_demonstration_fails_with_access_denied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rights that `grant_conversation` gives, which AgentService asks for when it is handed a memory.
    monkeypatch.setattr(AgentMemory, "conversation_statements", lambda memory: [])
    synthesize(tmp_path / "cdk.out")
    with LocalCloud(ROOT / ".workbench", work=tmp_path / "cloud") as cloud:
        cloud.deploy(read_assembly(tmp_path / "cdk.out"), stacks=[ASSISTANT])
        agent = find_agent(cloud.record, "memory_assistant")
        survives = next(
            item for item in CONVERSATIONS if any(turn.before is Before.STOP_SESSION for turn in item.turns)
        )
        turns = list(hold(survives, cache(agent.client)))
        report = permission_report(cloud.record, agent)

    assert any(turn.failures for turn in turns)
    assert any("AccessDenied" in notice for turn in turns if turn.answer for notice in turn.answer.notices)
    assert {denial.action for denial in report.denials} == {
        "bedrock-agentcore:CreateEvent",
        "bedrock-agentcore:ListEvents",
        "bedrock-agentcore:RetrieveMemoryRecords",
    }


def test_deleting_the_stage_leaves_nothing_behind(tmp_path: Path) -> None:
    synthesize(tmp_path / "cdk.out")
    assembly = read_assembly(tmp_path / "cdk.out")
    with LocalCloud(ROOT / ".workbench", work=tmp_path / "cloud") as cloud:
        cloud.deploy(assembly)
        agent = find_agent(cloud.record, "memory_assistant")
        agent.client("heidi").ask("What is 1 + 1?", new_session_id())
        running = list(sessions(cloud).values())
        destroy(assembly, cloud.endpoint)

        assert not agent.access.control().list_agent_runtimes()["agentRuntimes"]
        assert not agent.access.control().list_memories()["memories"]
        until(lambda: not sessions(cloud))
        until(lambda: all(ended(pid) for pid in running))
