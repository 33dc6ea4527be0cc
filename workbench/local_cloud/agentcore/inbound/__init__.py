"""Inbound authorization by bearer token, for runtimes and gateways alike.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/inbound-jwt-authorizer.html
"""

from workbench.local_cloud.agentcore.inbound.tokens import TokenVerifier, VerifiedToken

__all__ = ["TokenVerifier", "VerifiedToken"]
