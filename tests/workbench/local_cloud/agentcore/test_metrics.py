"""What the server answers is measured, and it can be made to fail."""

import datetime as dt
import json
import time
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore.conftest import ARN, MEMORY, FakeEmulator, Server

SESSION = "session-" + "3" * 30
RUNTIME = {"Operation": "InvokeAgentRuntime", "Name": "assistant::DEFAULT", "Resource": ARN}
MEMORY_ARN = f"arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/{MEMORY}"


def _invoke(server: Server, prompt: str = "hi") -> dict[str, Any]:
    body = json.dumps({"prompt": prompt}).encode()
    answer = server.client().invoke_agent_runtime(agentRuntimeArn=ARN, payload=body, runtimeSessionId=SESSION)
    return {"body": answer["response"].read()}


def _remember(server: Server, text: str = "I like tea.") -> None:
    server.client().create_event(
        memoryId=MEMORY,
        actorId="ann",
        sessionId="s",
        eventTimestamp=dt.datetime.now(dt.UTC),
        payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
    )


def _fail(server: Server, **faults: object) -> httpx.Response:
    return httpx.put(f"{server.url}/_local/faults", json=faults, trust_env=False)


def _counts(server: Server, **dimensions: str) -> dict[str, list[float]]:
    names = ("Invocations", "SystemErrors", "UserErrors", "Throttles")
    return {name: server.values(name, **dimensions) for name in names}


def test_invocations_are_counted_with_their_time_and_sessions(server: Server) -> None:
    _invoke(server)
    _invoke(server, "stream")

    assert _counts(server, **RUNTIME) == {
        "Invocations": [1, 1],
        "SystemErrors": [0, 0],
        "UserErrors": [0, 0],
        "Throttles": [0, 0],
    }
    # The stream's three parts come 0.3 s apart, and its end belongs to it.
    assert server.values("Latency", **RUNTIME)[1] > 600
    assert server.values("SessionCount", **RUNTIME) == [1]
    assert server.values("Invocations", AggregateOperation="InvokeAgentRuntime") == [1, 1]
    assert server.values("Sessions", AggregateOperation="InvokeAgentRuntime") == [1]
    assert server.values("InboundAuthorizationSuccess", ResourceId=ARN) == [1, 1]


def test_an_agent_that_fails_or_ends_is_an_error(server: Server) -> None:
    for prompt in ("fail", "crash"):
        with pytest.raises(ClientError):
            _invoke(server, prompt)

    assert server.values("UserErrors", **RUNTIME) == [1, 1]
    assert server.values("Invocations", **RUNTIME) == [1, 1]


def test_callers_that_prove_nothing_are_counted(server: Server) -> None:
    path = f"/runtimes/{ARN.replace(':', '%3A').replace('/', '%2F')}/invocations"
    refused = httpx.post(server.url + path, json={"prompt": "hi"}, trust_env=False)

    assert refused.status_code == 403
    assert server.values("InboundAuthorizationFailure", ResourceId=ARN) == [1]
    named = {"ExceptionType": "AccessDeniedException", "ResourceId": ARN}
    assert server.values("InboundAuthorizationFailure", **named) == [1]
    assert server.values("UserErrors", **RUNTIME) == [1]


def test_a_runtimes_process_can_be_killed_in_each_invocation(server: Server) -> None:
    _invoke(server)
    _fail(server, runtime={"code": "ProcessKilled"}).raise_for_status()
    with pytest.raises(ClientError, match="broke off"):
        _invoke(server)
    _fail(server).raise_for_status()
    _invoke(server)

    assert server.values("UserErrors", **RUNTIME) == [0, 1, 0]
    assert server.values("SessionCount", **RUNTIME) == [1, 1]


def test_memory_calls_are_counted_and_what_they_make(server: Server) -> None:
    _remember(server)
    server.memory.jobs.wait(5)
    server.client().list_events(memoryId=MEMORY, actorId="ann", sessionId="s")

    created = {"Operation": "CreateEvent", "Resource": MEMORY_ARN}
    assert _counts(server, **created) == {
        "Invocations": [1],
        "SystemErrors": [0],
        "UserErrors": [0],
        "Throttles": [0],
    }
    assert server.values("Errors", **created) == [0]
    assert server.values("Latency", **created)[0] > 0
    assert server.values("Invocations", Operation="ListEvents", Resource=MEMORY_ARN) == [1]
    assert server.values("CreationCount", ItemType="Event", Resource=MEMORY_ARN) == [1]
    deadline = time.monotonic() + 5
    while not (found := server.values("CreationCount", ItemType="MemoryRecordsExtracted", Resource=MEMORY_ARN)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert sum(found) >= 1


def test_memory_can_be_made_to_fail_for_one_operation(server: Server) -> None:
    _fail(server, memory={"operations": ["CreateEvent"]}).raise_for_status()
    with pytest.raises(ClientError, match="switched on for memory") as failed:
        _remember(server)
    server.client().list_events(memoryId=MEMORY, actorId="ann", sessionId="s")

    assert failed.value.response["Error"]["Code"] == "ServiceException"
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    created = {"Operation": "CreateEvent", "Resource": MEMORY_ARN}
    assert server.values("SystemErrors", **created) == [1]
    assert server.values("Errors", **created) == [1]
    assert server.values("CreationCount", ItemType="Event", Resource=MEMORY_ARN) == []


def test_faults_are_listed_handed_to_the_emulator_and_ended(server: Server, emulator: FakeEmulator) -> None:
    on = _fail(server, model={"every": 3}, identity={"code": "UnauthorizedException"}).json()

    identity = {"code": "UnauthorizedException", "every": 1, "operations": []}
    model = {"code": "ThrottlingException", "every": 3, "operations": []}
    assert on["faults"] == {"model": model, "identity": identity}
    assert on["possible"]["memory"] == ["ServiceException", "ThrottledException"]
    assert emulator.faults == {"model": model}
    assert httpx.delete(f"{server.url}/_local/faults", trust_env=False).json()["faults"] == {}
    assert emulator.faults == {}


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"moon": {}}, "nothing named 'moon' can fail: choose from runtime, memory"),
        ({"memory": {"code": "Boom"}}, "memory does not fail with 'Boom': choose from ServiceException"),
        ({"memory": {"every": 0}}, "'every' is 1 or more, got 0"),
        ({"memory": {"often": 2}}, "a fault has code, every"),
        ({"memory": "yes"}, "faults are described by objects, got 'yes'"),
    ],
)
def test_faults_that_do_not_exist_are_refused(server: Server, faults: dict[str, object], message: str) -> None:
    _fail(server, memory={}).raise_for_status()
    refused = _fail(server, **faults)

    assert refused.status_code == 400
    assert message in refused.json()["error"]
    assert list(httpx.get(f"{server.url}/_local/faults", trust_env=False).json()["faults"]) == ["memory"]
