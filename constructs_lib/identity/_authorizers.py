"""A `JwtAuthorizer` as the L2 constructs of runtimes and gateways take it."""

from typing import TypeVar

from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib.identity.jwt_authorizer import JwtAuthorizer
from constructs_lib.identity.required_claim import ClaimOperator, RequiredClaim

L2Claim = TypeVar("L2Claim", agentcore.RuntimeCustomClaim, agentcore.GatewayCustomClaim)

_OPERATORS: dict[ClaimOperator, agentcore.CustomClaimOperator] = {
    "CONTAINS": agentcore.CustomClaimOperator.CONTAINS,
    "CONTAINS_ANY": agentcore.CustomClaimOperator.CONTAINS_ANY,
}


def runtime_authorizer(authorizer: JwtAuthorizer) -> agentcore.RuntimeAuthorizerConfiguration:
    """For `agentcore.Runtime(authorizer_configuration=…)`."""
    return agentcore.RuntimeAuthorizerConfiguration.using_jwt(
        authorizer.discovery_url,
        list(authorizer.allowed_clients) or None,
        list(authorizer.allowed_audience) or None,
        list(authorizer.allowed_scopes) or None,
        [_claim(agentcore.RuntimeCustomClaim, claim) for claim in authorizer.required_claims] or None,
    )


def gateway_authorizer(authorizer: JwtAuthorizer) -> agentcore.IGatewayAuthorizerConfig:
    """For `agentcore.Gateway(authorizer_configuration=…)`."""
    return agentcore.GatewayAuthorizer.using_custom_jwt(
        discovery_url=authorizer.discovery_url,
        allowed_clients=list(authorizer.allowed_clients) or None,
        allowed_audience=list(authorizer.allowed_audience) or None,
        allowed_scopes=list(authorizer.allowed_scopes) or None,
        custom_claims=[_claim(agentcore.GatewayCustomClaim, claim) for claim in authorizer.required_claims] or None,
    )


def _claim(kind: type[L2Claim], claim: RequiredClaim) -> L2Claim:
    if claim.operator == "EQUALS":
        return kind.with_string_value(claim.name, claim.values[0])
    return kind.with_string_array_value(claim.name, list(claim.values), _OPERATORS[claim.operator])
