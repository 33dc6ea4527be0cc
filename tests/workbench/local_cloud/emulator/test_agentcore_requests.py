import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, REGION, Cloud

pytestmark = pytest.mark.local_cloud

PREFIX = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
MEMORY = f"{PREFIX}:memory/mem-0123456789"
RUNTIME = f"{PREFIX}:runtime/agent-0123456789"
SESSION_ID = "s" * 33


def allow(action: str, resource: str, **condition: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def echoed(cloud: Cloud, response: dict[str, object]) -> dict[str, object]:
    metadata = response["ResponseMetadata"]
    assert isinstance(metadata, dict)
    return dict(metadata)


def test_the_server_learns_who_calls_and_a_caller_cannot_claim_to_be_another(cloud: Cloud) -> None:
    session = cloud.role_session("Identified", allow("bedrock-agentcore:*", "*"))
    client = cloud.client("bedrock-agentcore", session)

    def claim(request: object, **_: object) -> None:
        request.headers["x-local-principal-arn"] = "arn:aws:iam::000000000000:root"  # type: ignore[attr-defined]

    received: list[dict[str, object]] = []
    client.meta.events.register("before-sign.*.*", claim)
    client.meta.events.register(
        "before-parse.*.*", lambda response_dict, **_: received.append(json.loads(response_dict["body"]))
    )
    client.get_memory_record(memoryId="mem-0123456789", memoryRecordId="mem-" + "a" * 40)
    headers = received[0]["headers"]
    assert isinstance(headers, dict)
    assert headers["x-local-principal-arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Identified/agent-0123456789"
    assert (headers["x-local-account"], headers["x-local-region"]) == (ACCOUNT, REGION)


def test_a_permission_on_one_memory_does_not_open_another(cloud: Cloud) -> None:
    client = cloud.client(
        "bedrock-agentcore", cloud.role_session("OneMemory", allow("bedrock-agentcore:CreateEvent", MEMORY))
    )
    event = {"actorId": "a", "sessionId": "s", "eventTimestamp": 1, "payload": []}
    client.create_event(memoryId="mem-0123456789", **event)
    with pytest.raises(
        ClientError, match=r"CreateEvent on resource: .*:memory/mem-9999999999 because no identity"
    ) as denied:
        client.create_event(memoryId="mem-9999999999", **event)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert [(entry["action"], entry["resource"], entry["allowed"]) for entry in cloud.decisions("OneMemory")] == [
        ("bedrock-agentcore:CreateEvent", MEMORY, True),
        ("bedrock-agentcore:CreateEvent", MEMORY.replace("0123456789", "9999999999"), False),
    ]


def test_a_namespace_condition_limits_retrieval(cloud: Cloud) -> None:
    own = allow(
        "bedrock-agentcore:RetrieveMemoryRecords", MEMORY, StringLike={"bedrock-agentcore:namespace": "/users/ann/*"}
    )
    client = cloud.client("bedrock-agentcore", cloud.role_session("Namespaced", own))
    criteria = {"searchQuery": "tea"}
    client.retrieve_memory_records(memoryId="mem-0123456789", namespace="/users/ann/facts", searchCriteria=criteria)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.retrieve_memory_records(memoryId="mem-0123456789", namespace="/users/bob/facts", searchCriteria=criteria)


def test_a_namespace_condition_limits_listing_and_deletion(cloud: Cloud) -> None:
    listing = allow(
        "bedrock-agentcore:ListMemoryRecords", MEMORY, StringLike={"bedrock-agentcore:namespacePath": "/users/*/"}
    )
    deletion = allow(
        "bedrock-agentcore:DeleteMemoryRecord", MEMORY, StringLike={"bedrock-agentcore:namespace": "/users/*/*"}
    )
    client = cloud.client("bedrock-agentcore", cloud.role_session("UserData", listing, deletion))
    record = {"memoryId": "mem-0123456789", "memoryRecordId": "mem-" + "a" * 40}
    client.list_memory_records(memoryId="mem-0123456789", namespacePath="/users/ann/")
    client.delete_memory_record(**record, namespace="/users/ann/facts/")
    for refused in ({"namespace": "/handbook/"}, {}):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_memory_record(**record, **refused)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_memory_records(memoryId="mem-0123456789", namespacePath="/users/")


def test_actor_and_session_conditions_are_read_from_the_path(cloud: Cloud) -> None:
    condition = {"bedrock-agentcore:actorId": "ann", "bedrock-agentcore:sessionId": "one"}
    own = allow("bedrock-agentcore:ListEvents", MEMORY, StringEquals=condition)
    client = cloud.client("bedrock-agentcore", cloud.role_session("Actor", own))
    client.list_events(memoryId="mem-0123456789", actorId="ann", sessionId="one")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_events(memoryId="mem-0123456789", actorId="bob", sessionId="one")


def test_a_strategy_condition_is_read_from_the_search_criteria(cloud: Cloud) -> None:
    condition = {"bedrock-agentcore:strategyId": "facts-0123456789"}
    own = allow("bedrock-agentcore:RetrieveMemoryRecords", MEMORY, StringEquals=condition)
    client = cloud.client("bedrock-agentcore", cloud.role_session("Strategy", own))
    asked = {"memoryId": "mem-0123456789", "namespace": "/x"}
    client.retrieve_memory_records(**asked, searchCriteria={"searchQuery": "t", "memoryStrategyId": "facts-0123456789"})
    with pytest.raises(ClientError, match="AccessDenied"):
        client.retrieve_memory_records(**asked, searchCriteria={"searchQuery": "t"})


def test_invoking_needs_the_runtime_and_its_endpoint(cloud: Cloud) -> None:
    only_runtime = cloud.role_session("OnlyRuntime", allow("bedrock-agentcore:InvokeAgentRuntime", RUNTIME))
    with pytest.raises(ClientError, match="runtime-endpoint/DEFAULT"):
        invoke(cloud, only_runtime)
    both = cloud.role_session("RuntimeAndEndpoint", allow("bedrock-agentcore:InvokeAgentRuntime", f"{RUNTIME}*"))
    assert invoke(cloud, both) == b"data: first\n\ndata: second\n\n"


def test_acting_for_a_user_is_a_permission_of_its_own(cloud: Cloud) -> None:
    session = cloud.role_session("ForUser", allow("bedrock-agentcore:InvokeAgentRuntime", f"{RUNTIME}*"))
    with pytest.raises(ClientError, match="InvokeAgentRuntimeForUser"):
        invoke(cloud, session, runtimeUserId="ann")


def invoke(cloud: Cloud, session: boto3.Session | None = None, payload: bytes = b"\x00\xff", **more: str) -> bytes:
    client = cloud.client("bedrock-agentcore", session)
    answer = client.invoke_agent_runtime(agentRuntimeArn=RUNTIME, runtimeSessionId=SESSION_ID, payload=payload, **more)
    return bytes(answer["response"].read())


def test_control_plane_actions_are_decided_on_the_resource(cloud: Cloud) -> None:
    session = cloud.role_session("Reader", allow("bedrock-agentcore:GetMemory", MEMORY))
    control = cloud.client("bedrock-agentcore-control", session)
    control.get_memory(memoryId="mem-0123456789")
    with pytest.raises(ClientError, match="bedrock-agentcore:DeleteMemory"):
        control.delete_memory(memoryId="mem-0123456789")


def test_a_forged_signature_is_refused(cloud: Cloud) -> None:
    session = cloud.role_session("Forged", allow("bedrock-agentcore:*", "*"))
    credentials = session.get_credentials()
    assert credentials is not None
    keys = credentials.get_frozen_credentials()
    forged = boto3.Session(keys.access_key, "not-the-secret", keys.token, region_name=REGION)
    with pytest.raises(ClientError, match="signature"):
        cloud.client("bedrock-agentcore-control", forged).get_memory(memoryId="mem-0123456789")


def test_an_unsigned_request_does_not_reach_the_server(cloud: Cloud) -> None:
    answer = httpx.get(f"{cloud.endpoint}/memories/mem-0123456789/details", trust_env=False)
    assert answer.is_client_error
    assert "x-local-account" not in answer.text


def test_a_bearer_token_is_left_to_the_runtime(cloud: Cloud) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/invocations"
    answer = httpx.post(
        cloud.endpoint + path, headers={"authorization": "Bearer token"}, content=b"{}", trust_env=False
    )
    assert answer.text == "data: first\n\ndata: second\n\n"


@pytest.mark.parametrize("authorization", [None, "Basic dTpw"])
def test_a_runtime_also_answers_who_brings_no_token(cloud: Cloud, authorization: str | None) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/stopruntimesession"
    named = {"authorization": authorization} if authorization else {}
    heard = httpx.post(cloud.endpoint + path, headers=named, content=b"{}", trust_env=False).json()["headers"]
    assert (heard.get("authorization"), heard["x-local-principal-arn"]) == (authorization, "")


@pytest.mark.parametrize("scope", ["20260101/us-east-1/s3/aws4_request", "nothing"])
def test_a_signature_for_something_else_does_not_pass_for_checked(cloud: Cloud, scope: str) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/invocations"
    signed = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=0"
    answer = httpx.post(cloud.endpoint + path, headers={"authorization": signed}, content=b"{}", trust_env=False)
    assert answer.is_client_error
    assert "data: first" not in answer.text


def test_anybody_may_read_the_metadata_of_a_runtime(cloud: Cloud) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/invocations/.well-known/"
    answer = httpx.get(f"{cloud.endpoint}{path}oauth-protected-resource?qualifier=DEFAULT", trust_env=False)
    assert (answer.json()["path"], answer.json()["query"]) == (f"{path}oauth-protected-resource", "qualifier=DEFAULT")
    assert httpx.get(f"{cloud.endpoint}{path}other", trust_env=False).status_code == 404
    assert httpx.post(f"{cloud.endpoint}{path}oauth-protected-resource", trust_env=False).status_code == 404


def test_two_authorization_headers_are_refused(cloud: Cloud) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/invocations"
    both = [("authorization", "Bearer token"), ("authorization", "AWS4-HMAC-SHA256 Credential=test/nothing")]
    answer = httpx.post(cloud.endpoint + path, headers=both, content=b"{}", trust_env=False)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")


def test_a_bearer_token_opens_nothing_else(cloud: Cloud) -> None:
    path = f"/runtimes/{RUNTIME.replace('/', '%2F').replace(':', '%3A')}/commands-unknown"
    answer = httpx.post(cloud.endpoint + path, headers={"authorization": "Bearer token"}, trust_env=False)
    assert answer.status_code == 404


def test_an_arn_in_the_path_arrives_as_it_was_sent(cloud: Cloud) -> None:
    received: list[dict[str, object]] = []
    client = cloud.client("bedrock-agentcore-control")
    client.meta.events.register(
        "before-parse.*.*", lambda response_dict, **_: received.append(json.loads(response_dict["body"]))
    )
    client.list_tags_for_resource(resourceArn=MEMORY)
    assert received[0]["path"] == "/tags/" + MEMORY.replace(":", "%3A").replace("/", "%2F")


def test_answers_are_streamed_as_they_come(cloud: Cloud) -> None:
    client = cloud.client("bedrock-agentcore")
    started = time.monotonic()
    answer = client.invoke_agent_runtime(agentRuntimeArn=RUNTIME, runtimeSessionId=SESSION_ID, payload=b"{}")
    first = next(answer["response"].iter_lines(chunk_size=1))
    assert first == b"data: first"
    assert time.monotonic() - started < 0.25
    assert b"second" in answer["response"].read()


def test_a_caller_that_hangs_up_ends_the_request_behind(cloud: Cloud) -> None:
    cloud.agentcore.disconnected.clear()
    client = cloud.client("bedrock-agentcore")
    answer = client.invoke_agent_runtime(agentRuntimeArn=RUNTIME, runtimeSessionId=SESSION_ID, payload=b"hang")
    next(answer["response"].iter_lines(chunk_size=1))
    answer["response"]._raw_stream._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)
    answer["response"].close()
    assert cloud.agentcore.disconnected.wait(5)


def test_a_large_binary_payload_passes(cloud: Cloud) -> None:
    assert invoke(cloud, payload=bytes(range(256)) * 80_000).endswith(b"second\n\n")


def test_two_hundred_invocations_run_at_once(cloud: Cloud) -> None:
    client = cloud.client("bedrock-agentcore")

    def one(number: int) -> bytes:
        answer = client.invoke_agent_runtime(
            agentRuntimeArn=RUNTIME, runtimeSessionId=f"{SESSION_ID}{number}", payload=b"{}"
        )
        return bytes(answer["response"].read())

    started = time.monotonic()
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(one, range(200)))
    assert set(answers) == {b"data: first\n\ndata: second\n\n"}
    # One after the other they would take a minute.
    assert time.monotonic() - started < 15
