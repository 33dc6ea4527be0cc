"""Where the tools of a gateway come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.gateway.descriptions import PickedDescription, ToolDescription
from constructs_lib.gateway.outbound import OutboundAuth
from constructs_lib.gateway.sources._base import SourceBase

if TYPE_CHECKING:
    from aws_cdk import aws_apigateway as apigateway
    from aws_cdk import aws_lambda as lambda_

    from constructs_lib.gateway.sources.api_gateway import ApiOperation
    from constructs_lib.runtime.agent_service import AgentService

GITHUB_MCP_URL = "https://api.githubcopilot.com/mcp/"
ATLASSIAN_MCP_URL = "https://mcp.atlassian.com/v1/mcp"


@dataclass(frozen=True, kw_only=True)
class ToolSource(SourceBase):
    """One target of a gateway: tools, where they are, and with what the gateway gets in. Make one with a static method.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-targets-mcp.html

    Attributes:
        name: Name of the target, the first part of its tools' names: `Target___tool`.
        tools: Its tools as far as they are known at synth: all, except those of an MCP server that declares none.
        outbound: With what the gateway proves itself to it.
    """

    @staticmethod
    def lambda_function(
        function: "lambda_.IFunction",
        *,
        name: str,
        tools: Sequence[ToolDescription],
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> "ToolSource":
        """A Lambda function, which gets a tool's arguments as its event and the tool's name in its client context.

        Args:
            function: The function, or one of its versions or aliases; in the gateway's account and Region.
            name: Name of the target: letters, digits and single `-`, at most 100.
            tools: What it offers: `tools_from_handler(…)` or `tools_from_json(…)`.
            description: Shown in the console, at most 200 characters. Default: none.
            request_headers: Headers that the function gets in its client context, at most 10. Default: none.

        Raises:
            ValueError: If something is out of the service's bounds, or a schema says what a Lambda target cannot.
        """
        from constructs_lib.gateway.sources.lambda_function import LambdaSource

        return LambdaSource(
            name=name,
            tools=tuple(tools),
            outbound=OutboundAuth.gateway_role(),
            description=description,
            request_headers=tuple(request_headers),
            function=function,
        )

    @staticmethod
    def openapi(
        picked: PickedDescription,
        *,
        name: str,
        outbound: OutboundAuth,
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> "ToolSource":
        """An HTTP API with an OpenAPI description.

        Args:
            picked: Its operations: `OpenApiDescription.from_file(…).pick(…)`.
            name: Name of the target: letters, digits and single `-`, at most 100.
            outbound: With what the gateway gets in; `OutboundAuth.none()` for an API that is open to everyone.
            description: Shown in the console, at most 200 characters. Default: none.
            request_headers: Headers that reach the API, at most 10. Default: none.

        Raises:
            ValueError: If something is out of the service's bounds, or the credential does not fit.
        """
        from constructs_lib.gateway.sources.openapi import OpenApiSource

        return OpenApiSource(
            name=name,
            tools=picked.tools,
            outbound=outbound,
            description=description,
            request_headers=tuple(request_headers),
            origin=picked.source,
            picked=picked,
        )

    @staticmethod
    def smithy(
        picked: PickedDescription,
        *,
        name: str,
        resources: Sequence[str] = (),
        outbound: OutboundAuth | None = None,
        description: str | None = None,
    ) -> "ToolSource":
        """A service with a Smithy model, such as one of AWS.

        Args:
            picked: Its operations: `SmithyDescription.from_file(…).pick(…)`.
            name: Name of the target: letters, digits and single `-`, at most 100.
            resources: ARNs that the gateway's role may use the operations on. Required with the role.
            outbound: With what the gateway gets in: its role, or `OutboundAuth.oauth2(…)`. Default: its role.
            description: Shown in the console, at most 200 characters. Default: none.

        Raises:
            ValueError: If something is out of the service's bounds, the credential does not fit, or there are no
                resources.
        """
        from constructs_lib.gateway.sources.smithy import SmithySource

        return SmithySource(
            name=name,
            tools=picked.tools,
            outbound=outbound or OutboundAuth.gateway_role(),
            description=description,
            origin=picked.source,
            picked=picked,
            resources=tuple(resources),
        )

    @staticmethod
    def mcp_server(
        url: str,
        *,
        name: str,
        outbound: OutboundAuth,
        tools: Sequence[ToolDescription] = (),
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> "ToolSource":
        """A remote MCP server (streamable HTTP).

        Args:
            url: Its endpoint, https.
            name: Name of the target: letters, digits and single `-`, at most 100.
            outbound: With what the gateway gets in; `OutboundAuth.none()` for a server that is open to everyone.
            tools: What it offers through the gateway, and nothing else: `tools_from_json(…)`. Needed where each user
                authorizes the gateway, and for policies to name them. Default: what the server lists at deployment.
            description: Shown in the console, at most 200 characters. Default: none.
            request_headers: Headers that reach the server, at most 10. Default: none.

        Raises:
            ValueError: If the URL is not https, something is out of the service's bounds, or the credential does not
                fit.
        """
        from constructs_lib.gateway.sources.mcp_server import McpServerSource

        return McpServerSource(
            name=name,
            tools=tuple(tools),
            outbound=outbound,
            description=description,
            request_headers=tuple(request_headers),
            origin=url,
            url=url,
        )

    @staticmethod
    def github_mcp_server(
        *,
        outbound: OutboundAuth,
        tools: Sequence[ToolDescription] = (),
        name: str = "github",
        url: str = GITHUB_MCP_URL,
        read_only: bool = True,
    ) -> "ToolSource":
        """GitHub's own remote MCP server.

        https://github.com/github/github-mcp-server/blob/main/docs/remote-server.md

        Args:
            outbound: `OutboundAuth.api_key(…)` with a personal access token, or `OutboundAuth.oauth2_of_user(…)` with
                the credential of a GitHub app.
            tools: As for `mcp_server`.
            name: Name of the target.
            url: Its address; with data residency `https://copilot-api.<subdomain>.ghe.com/mcp/`.
            read_only: Whether GitHub refuses tools that write, whatever a policy says.

        Raises:
            ValueError: As `mcp_server` does.
        """
        return ToolSource.mcp_server(
            f"{url.rstrip('/')}/readonly" if read_only else url,
            name=name,
            outbound=outbound,
            tools=tools,
            description="GitHub's remote MCP server",
        )

    @staticmethod
    def atlassian_mcp_server(
        *,
        outbound: OutboundAuth,
        tools: Sequence[ToolDescription] = (),
        name: str = "atlassian",
        url: str = ATLASSIAN_MCP_URL,
    ) -> "ToolSource":
        """Atlassian's own remote MCP server (Rovo): Jira, Confluence and Compass.

        https://developer.atlassian.com/cloud/rovo-mcp/guides/authentication-and-authorization/

        Args:
            outbound: `OutboundAuth.api_key(…)` with a service account's key, or with a personal API token and
                `prefix="Basic"`, if your organization's administrator allows API tokens; or
                `OutboundAuth.oauth2_of_user(…)`.
            tools: As for `mcp_server`.
            name: Name of the target.
            url: The server's address.

        Raises:
            ValueError: As `mcp_server` does.
        """
        return ToolSource.mcp_server(
            url, name=name, outbound=outbound, tools=tools, description="Atlassian's Rovo MCP server"
        )

    @staticmethod
    def api_gateway(
        stage: "apigateway.Stage",
        *,
        name: str,
        operations: "Sequence[ApiOperation]",
        outbound: OutboundAuth | None = None,
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> "ToolSource":
        """A stage of a REST API on Amazon API Gateway.

        Args:
            stage: The stage, of a public REST API in the gateway's account and Region.
            name: Name of the target: letters, digits and single `-`, at most 100.
            operations: What the gateway offers of it, and nothing else.
            outbound: Its role for methods with IAM authorization, `OutboundAuth.api_key(…)`, or `OutboundAuth.none()`
                for methods open to everyone. Default: its role.
            description: Shown in the console, at most 200 characters. Default: none.
            request_headers: Headers that reach the API, at most 10. Default: none.

        Raises:
            ValueError: If the API has no such method, its authorization does not fit the credential, or something is
                out of the service's bounds.
        """
        from constructs_lib.gateway.sources.api_gateway import ApiGatewaySource

        return ApiGatewaySource(
            name=name,
            tools=tuple(operation.tool(stage.rest_api) for operation in operations),
            outbound=outbound or OutboundAuth.gateway_role(),
            description=description,
            request_headers=tuple(request_headers),
            origin=stage.node.path,
            stage=stage,
            operations=tuple(operations),
        )

    @staticmethod
    def agent(
        agent: "AgentService",
        *,
        name: str,
        tools: Sequence[ToolDescription] = (),
        endpoint: str = "DEFAULT",
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> "ToolSource":
        """Another agent, which speaks MCP; the gateway invokes it under its own role.

        A gateway aggregates MCP only: an agent that speaks HTTP or A2A cannot be one of its tools
        (https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-http-runtime.html).

        Args:
            agent: The agent, made with `protocol=ProtocolType.MCP` and without an authorizer.
            name: Name of the target: letters, digits and single `-`, at most 100.
            tools: What it offers: `tools_from_handler(…)` of its own source. Default: what it lists at deployment.
            endpoint: Endpoint of the agent.
            description: Shown in the console, at most 200 characters. Default: none.
            request_headers: Headers that reach the agent, at most 10; it has to allow them as well. Default: none.

        Raises:
            ValueError: If the agent does not speak MCP or is opened by tokens, or something is out of bounds.
        """
        from constructs_lib.gateway.sources.agent import AgentSource

        return AgentSource(
            name=name,
            tools=tuple(tools),
            outbound=OutboundAuth.gateway_role(service="bedrock-agentcore"),
            description=description,
            request_headers=tuple(request_headers),
            origin=agent.node.path,
            agent_service=agent,
            endpoint=endpoint,
        )
