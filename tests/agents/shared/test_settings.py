import pytest

from agents.shared.errors import AgentError
from agents.shared.settings import GuardrailMode, InboundAuth, Settings
from tests.agents.conftest import MEMORY_ID, variables


def test_reads_every_variable() -> None:
    settings = Settings.from_environment(
        variables(AGENT_INBOUND_AUTH="JWT", AGENT_MEMORY_TOP_K="7", AGENT_MEMORY_RELEVANCE="0.25")
    )
    assert settings.model_id == "scripted"
    assert settings.memory_id == MEMORY_ID
    assert settings.memory_namespaces == ("/users/{actorId}/facts/", "/users/{actorId}/preferences/")
    assert (settings.memory_top_k, settings.memory_relevance) == (7, 0.25)
    assert settings.inbound_auth is InboundAuth.JWT
    assert settings.actor_header_allowed is True


def test_reads_the_gateway_and_the_table_of_sessions() -> None:
    url = "https://tools-0123456789.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp"
    settings = Settings.from_environment(
        variables(
            AGENT_INBOUND_AUTH="JWT",
            AGENT_GATEWAY_URL=url,
            AGENT_GATEWAY_AUTH="JWT",
            AGENT_SESSIONS_TABLE="sessions",
        )
    )
    assert (settings.gateway_url, settings.gateway_auth) == (url, InboundAuth.JWT)
    assert settings.sessions_table == "sessions"


def test_a_token_for_the_gateway_has_to_come_from_somewhere() -> None:
    with pytest.raises(AgentError, match="AGENT_INBOUND_AUTH=JWT"):
        Settings.from_environment(variables(AGENT_GATEWAY_AUTH="JWT"))


def test_reads_the_guardrail() -> None:
    settings = Settings.from_environment(variables(AGENT_GUARDRAIL_ID="abc123", AGENT_GUARDRAIL_VERSION="2"))
    assert (settings.guardrail_id, settings.guardrail_version) == ("abc123", "2")
    assert settings.guardrail_mode is GuardrailMode.ENFORCE
    shadow = variables(AGENT_GUARDRAIL_ID="a", AGENT_GUARDRAIL_VERSION="DRAFT", AGENT_GUARDRAIL_MODE="SHADOW")
    assert Settings.from_environment(shadow).guardrail_mode is GuardrailMode.SHADOW


@pytest.mark.parametrize("alone", [{"AGENT_GUARDRAIL_ID": "abc123"}, {"AGENT_GUARDRAIL_VERSION": "1"}])
def test_a_guardrail_is_named_by_its_id_and_its_version(alone: dict[str, str]) -> None:
    with pytest.raises(AgentError, match="set both or neither"):
        Settings.from_environment(variables(**alone))


def test_defaults() -> None:
    settings = Settings.from_environment({"AGENT_MODEL_ID": "m", "BEDROCK_AGENTCORE_MEMORY_ID": ""})
    assert settings.memory_id is None
    assert settings.memory_namespaces == ()
    assert (settings.memory_top_k, settings.memory_relevance) == (3, 0.5)
    assert settings.inbound_auth is InboundAuth.IAM
    assert settings.actor_header_allowed is False
    assert (settings.gateway_url, settings.gateway_auth, settings.sessions_table) == (None, InboundAuth.IAM, None)


def test_a_namespace_ends_in_a_slash_so_that_it_is_nobody_elses_beginning() -> None:
    settings = Settings.from_environment(variables(AGENT_MEMORY_NAMESPACES='["/users/{actorId}"]'))
    assert settings.memory_namespaces == ("/users/{actorId}/",)


def test_ignores_variables_of_others() -> None:
    assert Settings.from_environment(variables(PATH="/bin")) == Settings.from_environment(variables())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AGENT_MODEL_ID", ""),
        ("AGENT_INBOUND_AUTH", "NONE"),
        ("AGENT_ACTOR_HEADER_ALLOWED", "perhaps"),
        ("AGENT_GATEWAY_AUTH", "NONE"),
        ("AGENT_GATEWAY_URL", "http://tools.example.org/mcp"),
        ("AGENT_GATEWAY_URL", "https:///mcp"),
        ("AGENT_GATEWAY_URL", "tools"),
        ("AGENT_MEMORY_TOP_K", "0"),
        ("AGENT_MEMORY_TOP_K", "three"),
        ("AGENT_MEMORY_RELEVANCE", "1.5"),
        ("AGENT_MEMORY_NAMESPACES", "/users/{actorId}/"),
        ("AGENT_MEMORY_NAMESPACES", '["users/{actorId}/"]'),
        ("AGENT_MEMORY_NAMESPACES", '["/users/{memoryStrategyId}/"]'),
        ("AGENT_MEMORY_NAMESPACES", '["/users/{actorId/"]'),
        ("AGENT_MEMORY_NAMESPACES", '["/users/{}/"]'),
    ],
)
def test_fails_naming_the_variable_and_its_value(variable: str, value: str) -> None:
    with pytest.raises(AgentError) as caught:
        Settings.from_environment(variables(**{variable: value}))
    assert caught.value.code == "settings_invalid"
    assert variable in caught.value.message
    assert (repr(value) if value else "nothing") in caught.value.message


def test_fails_naming_everything_that_is_wrong() -> None:
    with pytest.raises(AgentError) as caught:
        Settings.from_environment({"AGENT_INBOUND_AUTH": "x", "AGENT_MEMORY_TOP_K": "x"})
    assert all(name in caught.value.message for name in ("AGENT_MODEL_ID", "AGENT_INBOUND_AUTH", "AGENT_MEMORY_TOP_K"))
