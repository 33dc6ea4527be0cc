"""A gateway that takes tokens, asked by an agent for itself."""

import time
from collections.abc import Iterator

import pytest
from strands.types.content import Messages

from tests.agents.conftest import Process, forget_clients, variables
from tests.agents.fake_gateway import FakeGateway, token
from tests.agents.fake_identity import FakeIdentity, serve_identity
from tests.agents.scripted_model import Step, UseTool, texts


def ordering(messages: Messages) -> Step:
    if "toolResult" in messages[-1]["content"][0]:
        return f"It says {texts(messages[-1])}"
    return UseTool("Orders___get", {"text": texts(messages[-1])})


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIdentity]:
    with serve_identity() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        fake.token = token("the-agent", exp=time.time() + 600)
        forget_clients()
        yield fake
    forget_clients()


def process(gateway: FakeGateway) -> Process:
    environ = variables(
        BEDROCK_AGENTCORE_MEMORY_ID="",
        AGENT_GATEWAY_URL=gateway.url,
        AGENT_GATEWAY_AUTH="JWT",
        AGENT_GATEWAY_CREDENTIAL="tools-client",
        AGENT_GATEWAY_SCOPES="tools/list tools/call",
    )
    return Process(ordering, environ)


def say(to: Process, prompt: str, **headers: str) -> dict[str, object]:
    return to.say(prompt, headers={"WorkloadAccessToken": "opaque", **headers})


def test_a_tool_receives_the_agent(gateway: FakeGateway, identity: FakeIdentity) -> None:
    assert say(process(gateway), "tea")["response"] == "It says the-agent has tea"
    assert identity.requests == [
        {
            "workloadIdentityToken": "opaque",
            "resourceCredentialProviderName": "tools-client",
            "scopes": ["tools/list", "tools/call"],
            "oauth2Flow": "M2M",
        }
    ]


def test_a_token_is_used_until_shortly_before_it_ends(gateway: FakeGateway, identity: FakeIdentity) -> None:
    assistant = process(gateway)
    say(assistant, "one")
    say(assistant, "two")
    assert len(identity.requests) == 1
    identity.token = token("the-agent", exp=time.time() + 30)
    assistant = process(gateway)
    say(assistant, "one")
    say(assistant, "two", WorkloadAccessToken="newer")
    assert identity.requests[-1]["workloadIdentityToken"] == "newer"


def test_a_token_that_is_refused_is_not_used_again(gateway: FakeGateway, identity: FakeIdentity) -> None:
    assistant = process(gateway)
    say(assistant, "one")
    gateway.expired.add(identity.token)
    identity.token = token("the-agent", exp=time.time() + 600, renewed=True)
    answer = say(assistant, "two")
    assert answer["notices"] == ["The tools could not be reached (HTTP 401)."]
    assert say(assistant, "three")["response"] == "It says the-agent has three"


@pytest.mark.parametrize("failure", ["AccessDeniedException", "ResourceNotFoundException"])
def test_without_a_token_the_answer_comes_without_tools(
    gateway: FakeGateway, identity: FakeIdentity, failure: str
) -> None:
    identity.failure = failure
    assistant = Process(lambda _: "Hello", process(gateway).environ)
    answer = say(assistant, "tea")
    assert answer["notices"] == [f"The tools could not be reached ({failure})."]
    assert assistant.model.offered[0] == ["calculator"]
    identity.failure = None
    assert say(assistant, "tea")["notices"] == []


def test_without_a_workload_token_the_answer_comes_without_tools(gateway: FakeGateway, identity: FakeIdentity) -> None:
    answer = process(gateway).say("tea")
    assert answer["notices"] == ["The tools could not be reached (NoCredentialsError)."]
    assert identity.requests == []
