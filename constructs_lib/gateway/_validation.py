"""Checks of a gateway as a whole."""

from collections.abc import Mapping, Sequence

import jsii
from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import IValidation

from constructs_lib.gateway.interceptors import Interceptor


@jsii.implements(IValidation)
class HasSources:
    """Sources may be added after the gateway was made, so whether there is one is known at the end.

    Args:
        targets: The gateway's targets, as they will be then.
    """

    def __init__(self, targets: Mapping[str, agentcore.CfnGatewayTarget]) -> None:
        self._targets = targets

    def validate(self) -> list[str]:
        """Say what is wrong, if anything is."""
        if self._targets:
            return []
        return ["the gateway has no tool source; pass sources=[ToolSource.lambda_function(…)] or call add_source(…)"]


def check_interceptors(interceptors: Sequence[Interceptor]) -> None:
    """Refuse two of a kind, which the service would."""
    points = [interceptor.point for interceptor in interceptors]
    for point in ("REQUEST", "RESPONSE"):
        if points.count(point) > 1:
            raise ValueError(
                f"a gateway has at most one interceptor of each kind, got {points.count(point)} for {point}; let one"
                " function do the work of both"
            )
