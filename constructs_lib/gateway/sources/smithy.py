"""Tools of a service with a Smithy model."""

from dataclasses import dataclass

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib.gateway._permissions import allow
from constructs_lib.gateway.descriptions import PickedDescription
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.sources._description import check_size, description_in
from constructs_lib.gateway.tool_source import ToolSource

_Target = agentcore.CfnGatewayTarget
_ROLE = "GATEWAY_IAM_ROLE"


@dataclass(frozen=True, kw_only=True)
class SmithySource(ToolSource):
    """A service with a Smithy model as a target."""

    picked: PickedDescription
    resources: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size(self.name, self.picked)
        if self.outbound.kind not in (_ROLE, "OAUTH") or self.outbound.per_user:
            raise ValueError(
                f"{self.picked.source}: the service calls a Smithy target with its role or as an OAuth 2.0 client, not"
                f" with {self.outbound.grant or self.outbound.kind}; leave out outbound= of the source {self.name!r}"
            )
        operations = ", ".join(tool.name for tool in self.tools)
        if self.outbound.kind == _ROLE and not self.resources:
            raise ValueError(
                f"{self.picked.source}: the gateway's role may use {operations} on nothing, for the source"
                f" {self.name!r} has no resources; pass their ARNs, such as resources=[table.table_arn]"
            )
        if self.outbound.kind == _ROLE and not self.picked.actions:
            raise ValueError(
                f"{self.picked.source}: the model names no service of AWS, so {operations} needs another credential"
                f" than the gateway's role; pass outbound=OutboundAuth.oauth2(…) for the source {self.name!r}"
            )

    def bind(self, scope: Construct) -> BoundSource:
        """The picked model, and the actions of its operations on the resources given."""
        schema, statements = description_in(scope, self.picked.text)
        if self.outbound.kind == _ROLE:
            statements = [*statements, allow(self.picked.actions, self.resources)]
        return BoundSource(_Target.McpTargetConfigurationProperty(smithy_model=schema), statements)
