import dataclasses

import pytest

from constructs_lib import JwtAuthorizer
from tests.constructs_lib.support import agent, only, stack, template

URL = "https://login.example.com/tenant/.well-known/openid-configuration"


def test_reaches_the_runtime_as_given() -> None:
    of = stack()
    agent(of, authorizer=JwtAuthorizer(discovery_url=URL, allowed_clients=["web"], allowed_scopes=["agent/invoke"]))
    runtime = only(template(of), "AWS::BedrockAgentCore::Runtime")["Properties"]
    assert runtime["AuthorizerConfiguration"]["CustomJWTAuthorizer"] == {
        "DiscoveryUrl": URL,
        "AllowedClients": ["web"],
        "AllowedScopes": ["agent/invoke"],
    }


def test_is_a_value() -> None:
    one = JwtAuthorizer(discovery_url=URL, allowed_audience=["agent"])
    assert one == JwtAuthorizer(discovery_url=URL, allowed_audience=("agent",))
    assert hash(one) == hash(dataclasses.replace(one))
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.discovery_url = "https://other"  # type: ignore[misc]


def test_fails_without_client_and_audience() -> None:
    with pytest.raises(ValueError, match=r"without allowed_clients and allowed_audience accepts every token"):
        JwtAuthorizer(discovery_url=URL, allowed_scopes=["agent/invoke"])


@pytest.mark.parametrize("url", ["http://login.example.com/.well-known/openid-configuration", "login.example.com"])
def test_fails_for_a_url_that_is_not_https(url: str) -> None:
    with pytest.raises(ValueError, match=f"has to be https, got '{url}'"):
        JwtAuthorizer(discovery_url=url, allowed_clients=["web"])


def test_fails_for_a_url_that_is_no_discovery_document() -> None:
    with pytest.raises(
        ValueError, match=r"has to end in /.well-known/openid-configuration, got 'https://login.example.com'"
    ):
        JwtAuthorizer(discovery_url="https://login.example.com", allowed_clients=["web"])


def test_fails_for_a_string_in_place_of_a_list() -> None:
    with pytest.raises(ValueError, match=r"allowed_clients is a sequence of strings.*pass \['web'\]"):
        JwtAuthorizer(discovery_url=URL, allowed_clients="web")


def test_fails_for_an_empty_client() -> None:
    with pytest.raises(ValueError, match="allowed_clients contains an empty string"):
        JwtAuthorizer(discovery_url=URL, allowed_clients=["web", ""])
