"""Tools of a remote MCP server."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib._place import is_token
from constructs_lib.gateway.descriptions import ToolDescription
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.tool_source import ToolSource

_Target = agentcore.CfnGatewayTarget


@dataclass(frozen=True, kw_only=True)
class McpServerSource(ToolSource):
    """A remote MCP server as a target."""

    url: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_token(self.url) and not self.url.startswith("https://"):
            raise ValueError(
                f"the MCP server of the tool source {self.name!r} is reached by https, got {self.url!r}; tokens and"
                " keys would travel in the open"
            )
        if not is_token(self.url) and "@" in urlsplit(self.url).netloc:
            raise ValueError(
                f"there is a name or a password in the address of the tool source {self.name!r}, where everybody who"
                " sees the template reads it; give the tool source an API key or an OAuth 2.0 credential"
            )
        if self.outbound.kind == "GATEWAY_IAM_ROLE":
            raise ValueError(
                f"the gateway's role opens no remote MCP server such as {self.url!r}; give the tool source"
                f" {self.name!r} an API key or an OAuth 2.0 credential, or make it with ToolSource.agent(…) if it runs"
                " on AgentCore Runtime"
            )
        if self.outbound.per_user and not self.tools:
            raise ValueError(
                f"the tool source {self.name!r} ({self.url}) is authorized by each user, and without tools= its"
                " deployment would wait until an administrator has signed in there; pass tools=tools_from_json(…)"
            )

    @property
    def tools_required(self) -> bool:
        """A server lists its own tools."""
        return False

    def bind(self, _scope: Construct) -> BoundSource:
        """The endpoint and, if they are declared, the tools. The server knows nothing of IAM."""
        return BoundSource(mcp_server_configuration(self.url, self.tools))


def mcp_server_configuration(
    url: str, tools: Sequence[ToolDescription]
) -> agentcore.CfnGatewayTarget.McpTargetConfigurationProperty:
    """An MCP server as the service takes it; declared tools keep it from asking the server for them."""
    return _Target.McpTargetConfigurationProperty(
        mcp_server=_Target.McpServerTargetConfigurationProperty(
            endpoint=url,
            mcp_tool_schema=_Target.McpToolSchemaConfigurationProperty(inline_payload=_listed(tools))
            if tools
            else None,
        )
    )


def _listed(tools: Sequence[ToolDescription]) -> str:
    """The tools as MCP's `tools/list` answers them."""
    listed = [
        {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input_schema,
            **({"outputSchema": tool.output_schema} if tool.output_schema is not None else {}),
        }
        for tool in tools
    ]
    return json.dumps({"tools": listed}, separators=(",", ":"))
