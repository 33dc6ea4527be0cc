"""What the agents have in common, whoever builds them; nothing is called."""

from collections.abc import Iterator

import pytest
from strands import Agent
from strands.handlers import null_callback_handler
from strands.models import BedrockModel

from agents.cloud_engineer.agent import MAX_ANSWER_TOKENS
from agents.cloud_engineer.agent import build_agent as build_engineer
from agents.memory_assistant.agent import build_agent as build_assistant
from agents.shared.retries import ThrottledModelRetries
from agents.shared.session import Session
from agents.shared.settings import Settings
from tests.agents.conftest import SESSION, forget_clients, variables

GUARDED = {"AGENT_GUARDRAIL_ID": "gr0123456789", "AGENT_GUARDRAIL_VERSION": "7"}
BUILDERS = {"cloud_engineer": build_engineer, "memory_assistant": build_assistant}


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    forget_clients()
    yield
    forget_clients()


def build(name: str, **changed: str) -> Agent:
    return BUILDERS[name](Settings.from_environment(variables(**changed)), Session(SESSION, "ann"))


def bedrock(agent: Agent) -> BedrockModel:
    assert isinstance(agent.model, BedrockModel)
    return agent.model


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_an_agent_is_named_traced_and_tries_again_when_its_model_is_throttled(name: str) -> None:
    agent = build(name)
    assert (agent.agent_id, agent.name) == (name, name)
    assert agent.trace_attributes == {"session.id": SESSION, "actor.id": "ann"}
    assert isinstance(agent._retry_strategy, ThrottledModelRetries)
    assert agent.callback_handler is null_callback_handler


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_the_model_is_that_of_the_settings_under_their_guardrail(name: str) -> None:
    config = bedrock(build(name, **GUARDED)).get_config()
    assert config["model_id"] == "scripted"
    assert (config["guardrail_id"], config["guardrail_version"]) == ("gr0123456789", "7")
    assert "guardrail_id" not in bedrock(build(name)).get_config()


def test_only_an_agent_with_a_limit_of_its_own_sends_one() -> None:
    limits = {name: bedrock(build(name)).get_config().get("max_tokens") for name in BUILDERS}
    assert limits == {"cloud_engineer": MAX_ANSWER_TOKENS, "memory_assistant": None}
