import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, REGION, Cloud, FakeAgentCore, running

pytestmark = pytest.mark.local_cloud

MODEL = "amazon.nova-lite-v1:0"
MODEL_ARN = f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}"
PROFILE_ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/us.{MODEL}"
TOOLS = {"tools": [{"toolSpec": {"name": "forecast", "inputSchema": {"json": {"type": "object"}}}}]}


def user(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": [{"text": text}]}]


def allow(*resources: str, action: str = "bedrock:InvokeModel*", **condition: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": list(resources), "Condition": condition}


def test_converse_answers_with_the_endpoints_text_and_counts(cloud: Cloud) -> None:
    answer = cloud.client("bedrock-runtime").converse(modelId=MODEL, messages=user("hi"))
    assert answer["output"]["message"]["content"] == [{"text": "hello world"}]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}


def test_converse_asks_for_tools(cloud: Cloud) -> None:
    answer = cloud.client("bedrock-runtime").converse(modelId=MODEL, messages=user("weather?"), toolConfig=TOOLS)
    assert answer["stopReason"] == "tool_use"
    assert answer["output"]["message"]["content"] == [
        {"toolUse": {"toolUseId": "call_1", "name": "forecast", "input": {"city": "Ulm"}}}
    ]


def test_converse_stream_passes_text_on_as_it_comes(cloud: Cloud) -> None:
    stream = iter(cloud.client("bedrock-runtime").converse_stream(modelId=MODEL, messages=user("hi"))["stream"])
    assert next(stream) == {"messageStart": {"role": "assistant"}}
    assert next(stream)["contentBlockDelta"]["delta"] == {"text": "hello"}
    first = time.monotonic()
    rest = list(stream)
    # The endpoint waits 0.15 s after each of its two words.
    assert time.monotonic() - first > 0.2
    assert [next(iter(event)) for event in rest] == ["contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
    assert rest[-1]["metadata"]["usage"]["outputTokens"] == 2


def test_converse_stream_asks_for_tools(cloud: Cloud) -> None:
    request = {"modelId": MODEL, "messages": user("weather?"), "toolConfig": TOOLS}
    events = list(cloud.client("bedrock-runtime").converse_stream(**request)["stream"])
    start = events[1]["contentBlockStart"]
    assert start == {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "call_1", "name": "forecast"}}}
    deltas = [
        event["contentBlockDelta"]["delta"]["toolUse"]["input"] for event in events if "contentBlockDelta" in event
    ]
    assert "".join(deltas) == '{"city": "Ulm"}'
    assert events[-2] == {"messageStop": {"stopReason": "tool_use"}}


@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_an_endpoint_that_fails_is_an_error(cloud: Cloud, operation: str) -> None:
    call = getattr(cloud.client("bedrock-runtime"), operation)
    with pytest.raises(ClientError, match=r"answered 500.*out of memory") as failed:
        call(modelId=MODEL, messages=user("fail"))
    assert failed.value.response["Error"]["Code"] == "ModelErrorException"


def test_a_dead_endpoint_is_an_error_of_every_call(tmp_path: Path) -> None:
    nobody = FakeAgentCore(url="http://127.0.0.1:9")
    with running(tmp_path, "http://127.0.0.1:9", nobody) as cloud:
        client = cloud.client("bedrock-runtime")
        for call in (client.converse, client.converse_stream):
            with pytest.raises(ClientError, match="did not answer"):
                call(modelId=MODEL, messages=user("hi"))
        with pytest.raises(ClientError, match="failed"):
            client.invoke_model(modelId=MODEL, body=b'{"messages": []}')


def test_what_the_endpoint_cannot_take_is_refused(cloud: Cloud) -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"x"}}}
    with pytest.raises(ClientError, match="text and tools only, got image"):
        cloud.client("bedrock-runtime").converse(modelId=MODEL, messages=[{"role": "user", "content": [image]}])


def test_a_role_may_call_only_the_model_it_is_granted(cloud: Cloud) -> None:
    client = cloud.client("bedrock-runtime", cloud.role_session("OneModel", allow(MODEL_ARN)))
    client.converse(modelId=MODEL, messages=user("hi"))
    with pytest.raises(ClientError, match=r"foundation-model/amazon\.nova-pro"):
        client.converse(modelId="amazon.nova-pro-v1:0", messages=user("hi"))


def test_streaming_is_a_permission_of_its_own(cloud: Cloud) -> None:
    session = cloud.role_session("NoStream", allow(MODEL_ARN, action="bedrock:InvokeModel"))
    with pytest.raises(ClientError, match="InvokeModelWithResponseStream"):
        cloud.client("bedrock-runtime", session).converse_stream(modelId=MODEL, messages=user("hi"))


@pytest.mark.parametrize(
    ("role", "granted", "missing"),
    [("ProfileOnly", PROFILE_ARN, "foundation-model"), ("ModelOnly", MODEL_ARN, "inference-profile")],
)
def test_an_inference_profile_needs_itself_and_its_model(cloud: Cloud, role: str, granted: str, missing: str) -> None:
    with pytest.raises(ClientError, match=missing):
        cloud.client("bedrock-runtime", cloud.role_session(role, allow(granted))).converse(
            modelId=f"us.{MODEL}", messages=user("hi")
        )


def test_a_model_granted_by_profile_only_cannot_be_called_directly(cloud: Cloud) -> None:
    by_profile = allow(MODEL_ARN, StringEquals={"bedrock:InferenceProfileArn": PROFILE_ARN})
    client = cloud.client("bedrock-runtime", cloud.role_session("ByProfile", allow(PROFILE_ARN), by_profile))
    client.converse(modelId=f"us.{MODEL}", messages=user("hi"))
    with pytest.raises(ClientError, match="AccessDenied"):
        client.converse(modelId=MODEL, messages=user("hi"))


def test_a_global_profile_needs_the_model_without_a_region(cloud: Cloud) -> None:
    profile = PROFILE_ARN.replace("/us.", "/global.")
    local = cloud.role_session("GlobalLocal", allow(profile, MODEL_ARN))
    with pytest.raises(ClientError, match=f"arn:aws:bedrock:::foundation-model/{MODEL}"):
        cloud.client("bedrock-runtime", local).converse(modelId=f"global.{MODEL}", messages=user("hi"))
    anywhere = allow(f"arn:aws:bedrock:::foundation-model/{MODEL}", StringEquals={"aws:RequestedRegion": "unspecified"})
    session = cloud.role_session("Global", allow(profile, MODEL_ARN), anywhere)
    cloud.client("bedrock-runtime", session).converse(modelId=f"global.{MODEL}", messages=user("hi"))


def test_a_guardrail_needs_its_own_permission(cloud: Cloud) -> None:
    guardrail = {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}
    client = cloud.client("bedrock-runtime", cloud.role_session("Unguarded", allow(MODEL_ARN)))
    with pytest.raises(ClientError, match=r"ApplyGuardrail on resource: .*:guardrail/abc123"):
        client.converse(modelId=MODEL, messages=user("hi"), guardrailConfig=guardrail)


def test_a_hundred_streams_run_at_once(cloud: Cloud) -> None:
    client = cloud.client("bedrock-runtime")

    def one(_: int) -> int:
        return len(list(client.converse_stream(modelId=MODEL, messages=user("hi"))["stream"]))

    started = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(one, range(100))) == {6}
    # One after the other they would take thirty seconds.
    assert time.monotonic() - started < 10
