"""Gateways' targets: what they call, with which credentials, in which order they are made."""

import json
from collections import Counter
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.permissions import ROLE, policies_of, statements
from constructs_lib.safety.rules.template import AGENTCORE, Resource, mappings
from constructs_lib.safety.rules.values import absent, alternatives, can_be, literal

RULES = RuleSet()
GATEWAY, TARGET = f"{AGENTCORE}Gateway", f"{AGENTCORE}GatewayTarget"
_MCP = "TargetConfiguration.Mcp"
_ENDPOINTS = (
    f"{_MCP}.McpServer.Endpoint",
    "TargetConfiguration.Http.Passthrough.Endpoint",
    "TargetConfiguration.Inference.Provider.Endpoint",
)
_KEYED = ("OpenApiSchema", "SmithyModel")


@RULES.rule(
    "TargetWithoutCredentials",
    Severity.ERROR,
    "A target of an HTTP API has credentials",
    TARGET,
    why="A gateway calls an API described by OpenAPI or Smithy with the credentials of the target only: without any,"
    " AgentCore refuses the target or the API is open to everybody.",
    remedy="State CredentialProviderConfigurations: an API key, OAuth, or the gateway's IAM role.",
)
def _credentials(target: Resource) -> Iterator[Hit]:
    kind = next((name for name in _KEYED if not absent(target.get(f"{_MCP}.{name}"))), None)
    if kind and absent(target.get("CredentialProviderConfigurations")):
        yield Hit("Properties.CredentialProviderConfigurations", f"the target has a {kind} and no credentials")


@RULES.rule(
    "McpServerWithoutCredentials",
    Severity.WARNING,
    "An MCP server behind a gateway asks who calls",
    TARGET,
    why="A server that takes calls without credentials can be called past the gateway, its policies and its logs.",
    remedy="State CredentialProviderConfigurations (OAuth or the gateway's IAM role) and have the server check them.",
)
def _mcp_server(target: Resource) -> Iterator[Hit]:
    if not absent(target.get(f"{_MCP}.McpServer")) and absent(target.get("CredentialProviderConfigurations")):
        yield Hit(
            "Properties.CredentialProviderConfigurations", "the gateway calls this MCP server without credentials"
        )


@RULES.rule(
    "TargetNotHttps",
    Severity.ERROR,
    "A gateway calls targets by HTTPS",
    TARGET,
    why="Credentials and answers of tools go over the network in the clear.",
    remedy="Give the endpoint or the OpenAPI document's servers with https://.",
)
def _https(target: Resource) -> Iterator[Hit]:
    for path in _ENDPOINTS:
        address = literal(target.get(path))
        if address and not address.startswith("https://"):
            yield Hit(f"Properties.{path}", f"the endpoint is {address!r}", address)
    for server in _servers(target):
        if server.startswith("http://"):
            yield Hit(f"Properties.{_MCP}.OpenApiSchema.InlinePayload", f"the API's server is {server!r}", server)


@RULES.rule(
    "TargetPassesTokenOn",
    Severity.WARNING,
    "A gateway does not hand its callers' tokens on",
    TARGET,
    why="A token for the gateway that reaches a target lets the target act as the user elsewhere; MCP's authorization"
    " forbids it.",
    remedy="Exchange the token: OAUTH with the grant type TOKEN_EXCHANGE.",
)
def _passthrough(target: Resource) -> Iterator[Hit]:
    for index, each in enumerate(mappings(target.get("CredentialProviderConfigurations"))):
        if can_be(each.get("CredentialProviderType"), "JWT_PASSTHROUGH"):
            yield Hit(f"Properties.CredentialProviderConfigurations.{index}", "the caller's token is passed through")


@RULES.rule(
    "ApiKeyInAddress",
    Severity.WARNING,
    "An API key goes in a header",
    TARGET,
    why="Query parameters stand in the access logs of every server on the way.",
    remedy="Set CredentialLocation to HEADER, if the API takes it.",
)
def _query_key(target: Resource) -> Iterator[Hit]:
    for index, each in enumerate(mappings(target.get("CredentialProviderConfigurations"))):
        provider = each.get("CredentialProvider")
        key = provider.get("ApiKeyCredentialProvider") if isinstance(provider, dict) else None
        if isinstance(key, dict) and can_be(key.get("CredentialLocation"), "QUERY_PARAMETER"):
            yield Hit(f"Properties.CredentialProviderConfigurations.{index}", "the API key is a query parameter")


@RULES.rule(
    "TargetWithoutTools",
    Severity.ERROR,
    "A target has tools",
    TARGET,
    why="AgentCore refuses a target with an empty list of tools, and the deployment rolls back.",
    remedy="Describe the function's tools in ToolSchema.InlinePayload.",
)
def _no_tools(target: Resource) -> Iterator[Hit]:
    if target.get(f"{_MCP}.Lambda.ToolSchema.InlinePayload") == []:
        yield Hit(f"Properties.{_MCP}.Lambda.ToolSchema.InlinePayload", "the target has no tool")


@RULES.rule(
    "ToolTwice",
    Severity.ERROR,
    "Tools of a target have different names",
    TARGET,
    why="The second tool of a name cannot be called.",
    remedy="Rename one of them.",
)
def _tool_twice(target: Resource) -> Iterator[Hit]:
    path = f"{_MCP}.Lambda.ToolSchema.InlinePayload"
    names = Counter(literal(tool.get("Name")) for tool in mappings(target.get(path)))
    for name, count in names.items():
        if name and count > 1:
            yield Hit(f"Properties.{path}", f"{count} tools are called {name!r}", name)


@RULES.rule(
    "TargetNameTwice",
    Severity.ERROR,
    "Targets of a gateway have different names",
    GATEWAY,
    why="A tool's name is TARGET___TOOL: AgentCore refuses the second target of a name.",
    remedy="Rename one of them.",
)
def _target_twice(gateway: Resource) -> Iterator[Hit]:
    names = Counter(literal(target.get("Name")) for target in _targets(gateway))
    for name, count in names.items():
        if name and count > 1:
            yield Hit("Properties.Name", f"{count} targets of this gateway are called {name!r}", name)


@RULES.rule(
    "TargetBeforePermission",
    Severity.WARNING,
    "A target is made after the permission to call it",
    TARGET,
    why="AgentCore tries the gateway's role when it makes a target: a first deployment fails when CloudFormation makes"
    " the target before the role's policy.",
    remedy="Add DependsOn with the policy of the gateway's role to the target.",
)
def _order(target: Resource) -> Iterator[Hit]:
    called = target.refers(f"{_MCP}.Lambda.LambdaArn")
    for gateway in target.refers("GatewayIdentifier"):
        for role in gateway.refers("RoleArn"):
            for policy in policies_of(role):
                gives = any(
                    each.grants("lambda:InvokeFunction")
                    and called & policy.template.referred(each.body.get("Resource"))
                    for each in statements(policy)
                )
                late = policy.type != ROLE and policy.template is target.template and not target.depends_on(policy)
                if gives and late:
                    yield Hit("DependsOn", f"the target does not wait for {policy.logical_id}", policy.logical_id)


@RULES.rule(
    "GatewayNameUpperCase",
    Severity.WARNING,
    "A gateway's name is in lower case",
    GATEWAY,
    why="AgentCore makes the gateway's id in lower case: a trust policy or permission that is built from the"
    " name in its"
    " own case matches nothing.",
    remedy="Write the name in lower case.",
)
def _upper_case(gateway: Resource) -> Iterator[Hit]:
    name = literal(gateway.get("Name"))
    if name and name != name.lower():
        yield Hit("Properties.Name", f"the name is {name!r}")


def _targets(gateway: Resource) -> list[Resource]:
    found = gateway.template.deployment.of_type(TARGET)
    return [each for each in found if gateway in each.refers("GatewayIdentifier")]


def _servers(target: Resource) -> list[str]:
    for side in alternatives(target.get(f"{_MCP}.OpenApiSchema.InlinePayload")):
        document = literal(side) if side is not None else None
        try:
            servers = json.loads(document or "null")
        except ValueError:
            continue
        listed = servers.get("servers") if isinstance(servers, dict) else None
        return [str(each.get("url", "")) for each in listed or [] if isinstance(each, dict)]
    return []
