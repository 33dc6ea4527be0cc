"""Tools of an API with an OpenAPI description."""

from dataclasses import dataclass

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib.gateway.descriptions import PickedDescription
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.sources._description import check_size, description_in
from constructs_lib.gateway.tool_source import ToolSource

_Target = agentcore.CfnGatewayTarget


@dataclass(frozen=True, kw_only=True)
class OpenApiSource(ToolSource):
    """An API with an OpenAPI description as a target."""

    picked: PickedDescription

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size(self.name, self.picked)
        if self.outbound.kind == "GATEWAY_IAM_ROLE":
            raise ValueError(
                f"{self.picked.source}: the gateway's role opens {', '.join(self.picked.hosts) or 'no host'} only if it"
                f" may, and what it may cannot be told from an OpenAPI description; make the source {self.name!r} from"
                " the API's stage (ToolSource.api_gateway) or the service's Smithy model, or give it an API key or an"
                " OAuth 2.0 credential"
            )

    def bind(self, scope: Construct) -> BoundSource:
        """The picked description. The API knows nothing of IAM."""
        schema, statements = description_in(scope, self.picked.text)
        return BoundSource(_Target.McpTargetConfigurationProperty(open_api_schema=schema), statements)
