"""Tools of an API with an OpenAPI description."""

from dataclasses import dataclass

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib.gateway.descriptions import PickedDescription
from constructs_lib.gateway.descriptions.tool_description import AcceptedCredential
from constructs_lib.gateway.outbound import OutboundAuth
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.sources._description import check_size, description_in
from constructs_lib.gateway.tool_source import ToolSource

_Target = agentcore.CfnGatewayTarget
# A token that was made once and stored is sent like one that is fetched.
_PREFIXES = {"bearer token": "bearer", "oauth2": "bearer", "basic": "basic"}


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

        accepted = self.picked.credentials
        if accepted and not any(_takes(each, self.outbound) for each in accepted):
            operations = ", ".join(tool.name for tool in self.tools)
            asked = ", or ".join(f"{each.kind} ({each.place} {each.name!r})" for each in accepted)
            raise ValueError(
                f"{self.picked.source}: {operations} asks for {asked}, and outbound= of the tool source {self.name!r}"
                f" sends {_sent(self.outbound)}; pass the credential that the API asks for"
            )

    def bind(self, scope: Construct) -> BoundSource:
        """The picked description. The API knows nothing of IAM."""
        schema, statements = description_in(scope, self.picked.text)
        return BoundSource(_Target.McpTargetConfigurationProperty(open_api_schema=schema), statements)


def _takes(accepted: AcceptedCredential, outbound: OutboundAuth) -> bool:
    """Whether an API that takes `accepted` understands what is sent."""
    if outbound.kind == "OAUTH":
        return accepted.kind in ("oauth2", "bearer token")
    if outbound.kind != "API_KEY" or outbound.place != accepted.place:
        return False
    # Header names know no case, query parameters do.
    names = (outbound.parameter, accepted.name)
    same = names[0].lower() == names[1].lower() if accepted.place == "header" else names[0] == names[1]
    return same and (accepted.kind == "api key" or (outbound.prefix or "").lower() == _PREFIXES[accepted.kind])


def _sent(outbound: OutboundAuth) -> str:
    if outbound.kind == "API_KEY":
        return f"a key ({outbound.place} {outbound.parameter!r}, prefix {outbound.prefix!r})"
    return "an OAuth 2.0 token" if outbound.kind == "OAUTH" else "nothing"
