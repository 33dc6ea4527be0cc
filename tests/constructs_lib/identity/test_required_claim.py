import dataclasses

import pytest
from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib.identity import JwtAuthorizer, RequiredClaim
from constructs_lib.identity._authorizers import gateway_authorizer
from tests.constructs_lib.support import agent, only, stack, template

URL = "https://login.example.com/tenant/.well-known/openid-configuration"
CLAIMS = (
    RequiredClaim.equals("tenant", "acme"),
    RequiredClaim.contains("cognito:groups", "operators"),
    RequiredClaim.contains_any("roles", ["admin", "auditor"]),
)
AUTHORIZER = JwtAuthorizer(discovery_url=URL, allowed_clients=["web"], required_claims=CLAIMS)
IN_TEMPLATE = {
    "DiscoveryUrl": URL,
    "AllowedClients": ["web"],
    "CustomClaims": [
        {
            "InboundTokenClaimName": "tenant",
            "InboundTokenClaimValueType": "STRING",
            "AuthorizingClaimMatchValue": {
                "ClaimMatchOperator": "EQUALS",
                "ClaimMatchValue": {"MatchValueString": "acme"},
            },
        },
        {
            "InboundTokenClaimName": "cognito:groups",
            "InboundTokenClaimValueType": "STRING_ARRAY",
            "AuthorizingClaimMatchValue": {
                "ClaimMatchOperator": "CONTAINS",
                "ClaimMatchValue": {"MatchValueString": "operators"},
            },
        },
        {
            "InboundTokenClaimName": "roles",
            "InboundTokenClaimValueType": "STRING_ARRAY",
            "AuthorizingClaimMatchValue": {
                "ClaimMatchOperator": "CONTAINS_ANY",
                "ClaimMatchValue": {"MatchValueStringList": ["admin", "auditor"]},
            },
        },
    ],
}


def test_reaches_a_runtime() -> None:
    of = stack()
    agent(of, authorizer=AUTHORIZER)
    runtime = only(template(of), "AWS::BedrockAgentCore::Runtime")["Properties"]
    assert runtime["AuthorizerConfiguration"]["CustomJWTAuthorizer"] == IN_TEMPLATE


def test_reaches_a_gateway() -> None:
    of = stack()
    agentcore.Gateway(of, "Gateway", gateway_name="tools", authorizer_configuration=gateway_authorizer(AUTHORIZER))
    gateway = only(template(of), "AWS::BedrockAgentCore::Gateway")["Properties"]
    assert gateway["AuthorizerType"] == "CUSTOM_JWT"
    assert gateway["AuthorizerConfiguration"]["CustomJWTAuthorizer"] == IN_TEMPLATE


def test_a_gateway_without_claims_names_none() -> None:
    of = stack()
    plain = JwtAuthorizer(discovery_url=URL, allowed_audience=["tools"], allowed_scopes=["tools/call"])
    agentcore.Gateway(of, "Gateway", gateway_name="tools", authorizer_configuration=gateway_authorizer(plain))
    gateway = only(template(of), "AWS::BedrockAgentCore::Gateway")["Properties"]
    assert gateway["AuthorizerConfiguration"]["CustomJWTAuthorizer"] == {
        "DiscoveryUrl": URL,
        "AllowedAudience": ["tools"],
        "AllowedScopes": ["tools/call"],
    }


def test_is_a_value_within_a_value() -> None:
    assert RequiredClaim.contains_any("roles", ["a", "b"]) == RequiredClaim.contains_any("roles", ("a", "b"))
    assert hash(AUTHORIZER) == hash(dataclasses.replace(AUTHORIZER, required_claims=list(CLAIMS)))


def test_fails_for_a_name_the_service_does_not_take() -> None:
    with pytest.raises(ValueError, match="got 'my role'"):
        RequiredClaim.contains("my role", "admin")


@pytest.mark.parametrize("value", ["", "Team Blue", "x" * 256])
def test_fails_for_a_value_the_service_does_not_take(value: str) -> None:
    with pytest.raises(ValueError, match=r"claim 'team' is compared with letters.*rename the value"):
        RequiredClaim.equals("team", value)


def test_fails_without_a_value() -> None:
    with pytest.raises(ValueError, match="'roles' is compared with nothing"):
        RequiredClaim.contains_any("roles", [])


def test_fails_for_a_string_in_place_of_a_list() -> None:
    with pytest.raises(ValueError, match=r"got the string 'admin'; pass \['admin'\]"):
        RequiredClaim.contains_any("roles", "admin")


def test_fails_for_claims_that_no_token_can_carry() -> None:
    with pytest.raises(ValueError, match="no token carries the claim 'tenant' as 'acme' and as 'other'"):
        JwtAuthorizer(
            discovery_url=URL,
            allowed_clients=["web"],
            required_claims=[RequiredClaim.equals("tenant", "acme"), RequiredClaim.equals("tenant", "other")],
        )
