"""Addresses of AWS that become local ones, whatever the variables are called."""

import pytest

from workbench.local_cloud.front_ends.addresses import local_addresses

ENDPOINT = "http://127.0.0.1:4566"
HERE = "http://localhost:9000"


def _local(value: str, *origins: str) -> str:
    return local_addresses({"ANY": value}, endpoint=ENDPOINT, origins=origins, address=HERE)["ANY"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc/.well-known/openid-configuration",
            f"{ENDPOINT}/us-east-1_Abc/.well-known/openid-configuration",
        ),
        (
            "https://users-1.auth.us-east-1.amazoncognito.com/logout?client_id=a&logout_uri=http%3A%2F%2Flocalhost%3A8501",
            f"{ENDPOINT}/logout?client_id=a&logout_uri=http%3A%2F%2Flocalhost%3A9000",
        ),
        ("http://localhost:8501/oauth2callback", f"{HERE}/oauth2callback"),
        ("http://localhost:8501", HERE),
        ("http://localhost:85012/x", "http://localhost:85012/x"),
        ("https://bedrock.us-east-1.amazonaws.com", "https://bedrock.us-east-1.amazonaws.com"),
        (
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/a-1",
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/a-1",
        ),
    ],
)
def test_what_stands_for_a_service_or_the_front_end_itself_is_local(told: str, expected: str) -> None:
    assert _local(told, "http://localhost:8501") == expected


def test_a_domain_of_ones_own_is_the_front_ends_address_too() -> None:
    assert _local("https://chat.example.com/oauth2callback", "https://chat.example.com") == f"{HERE}/oauth2callback"
    assert _local("https://chat.example.com.evil.example/x", "https://chat.example.com").startswith("https://")
