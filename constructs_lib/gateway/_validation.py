"""Checks of a gateway as a whole."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import IValidation

from constructs_lib.gateway._checks import MAX_TARGETS
from constructs_lib.gateway.caller_identity import CallerIdentity
from constructs_lib.gateway.interceptors import Interceptor
from constructs_lib.gateway.tool_source import ToolSource

if TYPE_CHECKING:
    from constructs_lib.gateway.tool_gateway import ToolGateway


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


def check_addition(gateway: "ToolGateway", source: ToolSource) -> None:
    """Refuse a source that the gateway cannot take, or would lie to."""
    path, name = gateway.node.path, source.name
    if gateway.policy_engine is not None:
        raise ValueError(
            f"the gateway {path!r} has its policy, which was checked against the tools there were; add the source"
            f" {name!r} before the policy"
        )
    if name in gateway.targets:
        raise ValueError(
            f"the gateway {path!r} has a tool source {name!r} already, so two tools could have one name; give the one"
            f" described in {source.origin} another name="
        )
    if len(gateway.targets) >= MAX_TARGETS:
        raise ValueError(
            f"the gateway {path!r} has {MAX_TARGETS} tool sources, as many as the service takes by default; add"
            f" {name!r} to a second gateway"
        )
    if source.outbound.grant == "TOKEN_EXCHANGE" and gateway.authorizer is None:
        raise ValueError(
            f"the tool source {name!r} exchanges the caller's token, and callers of the gateway {path!r} have none;"
            " give the gateway an authorizer, or the source OutboundAuth.oauth2(…)"
        )
    wants_caller = CallerIdentity.HEADER in (header.lower() for header in source.request_headers)
    if wants_caller and gateway.authorizer is None:
        raise ValueError(
            f"the tool source {name!r} wants {CallerIdentity.HEADER!r}, and callers of the gateway {path!r} have no"
            " token that could name them; give the gateway an authorizer"
        )
    if wants_caller and not any(each.point == "REQUEST" and each.headers for each in gateway.interceptors):
        raise ValueError(
            f"the tool source {name!r} would believe what callers write into {CallerIdentity.HEADER!r}, for no"
            f" interceptor of the gateway {path!r} overwrites it; pass interceptors=[CallerIdentity(…).interceptor]"
        )
