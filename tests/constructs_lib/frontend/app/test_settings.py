"""What the container is told."""

import json

import pytest

from constructs_lib.frontend import _variables
from constructs_lib.frontend.app.chat_app.settings import Agent, ChatSettings, SettingsError
from tests.constructs_lib.frontend.app.fake_cloud import ARN
from tests.constructs_lib.frontend.app.support import variables


def test_reads_what_the_construct_sets() -> None:
    settings = ChatSettings.from_environment(variables())
    assert settings.agents[0] == Agent("Assistant", ARN, "Remembers what you tell it.")
    assert settings.endpoint == "http://localhost:1"
    assert settings.is_https is False
    assert "secret-of-the-client" not in repr(settings)
    assert "c" * 40 not in repr(settings)


def test_reads_exactly_the_variables_that_the_construct_sets() -> None:
    assert ChatSettings.VARIABLES == _variables.OWNED
    assert not ChatSettings.OPTIONAL & _variables.OWNED


def test_calls_aws_where_no_local_cloud_is_named() -> None:
    settings = ChatSettings.from_environment(variables(AWS_ENDPOINT_URL="", AWS_REGION="eu-central-1"))
    assert settings.endpoint == "https://bedrock-agentcore.eu-central-1.amazonaws.com"


def test_names_everything_that_is_missing() -> None:
    with pytest.raises(SettingsError, match="not set: CHAT_AGENTS, CHAT_CLIENT_ID"):
        ChatSettings.from_environment(variables(CHAT_AGENTS=" ", CHAT_CLIENT_ID=""))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("CHAT_AGENTS", "nonsense", "CHAT_AGENTS is a JSON list"),
        ("CHAT_AGENTS", "[]", "CHAT_AGENTS lists no agent"),
        ("CHAT_AGENTS", '[{"label": "A"}]', "CHAT_AGENTS is a JSON list"),
        ("CHAT_AGENTS", '[{"label": "A", "runtime_arn": "agent"}]', "no ARN, got 'agent'"),
        ("CHAT_AGENTS", json.dumps([{"label": "A", "runtime_arn": ARN}] * 2), "lists a runtime twice"),
        ("CHAT_REDIRECT_URI", "https://chat.example.com/", "ends in /oauth2callback"),
        ("CHAT_REDIRECT_URI", "http://chat.example.com/oauth2callback", "https address, or http on this machine"),
        ("AWS_ENDPOINT_URL", "http://10.0.0.1", "AWS_ENDPOINT_URL is an https address"),
        ("CHAT_USER_POOL_METADATA_URL", "ftp://pool", "CHAT_USER_POOL_METADATA_URL is an https address"),
        ("CHAT_COOKIE_SECRET", "short", "at least 32 characters"),
        ("CHAT_SCOPES", "email", "CHAT_SCOPES has the scope openid"),
    ],
)
def test_says_what_is_wrong(name: str, value: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        ChatSettings.from_environment(variables(**{name: value}))
