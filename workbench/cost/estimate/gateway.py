"""AgentCore Gateway and Policy: calls, searches, indexed tools, authorizations."""

import json
from collections.abc import Iterator

from workbench.cost.formulas import KB_PER_GB, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, at
from workbench.cost.usage import Usage

GATEWAY, _TARGET = "AWS::BedrockAgentCore::Gateway", "AWS::BedrockAgentCore::GatewayTarget"
TYPES = frozenset(
    {
        GATEWAY,
        _TARGET,
        "AWS::BedrockAgentCore::GatewayRule",
        "AWS::BedrockAgentCore::GatewayRateLimit",
        "AWS::BedrockAgentCore::PolicyEngine",
        "AWS::BedrockAgentCore::Policy",
    }
)
FAMILY = "AgentCore gateway"

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every gateway, each with the same share of the tool calls."""
    gateways = resources.of(GATEWAY)
    for gateway in gateways:
        share = 1 / len(gateways)
        targets = [
            each
            for each in resources.of(_TARGET)
            if resources.referred(each.stack, each.at("GatewayIdentifier")) in (gateway, None)
        ]
        yield from _gateway(gateway, targets, share, usage, prices)


def _gateway(gateway: Found, targets: list[Found], share: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    name, plan = gateway.name("Name"), usage.gateway
    tools = usage.turns * usage.usage.tool_calls_per_turn * share
    lists = usage.sessions * plan.lists_per_session * share
    calls = f"{number(tools)} tool calls + {number(lists)} lists of tools"
    yield CostLine(FAMILY, f"calls of {name}", tools + lists, prices.price("gateway-calls"), calls)
    if gateway.text("ProtocolConfiguration.Mcp.SearchType") == "SEMANTIC":
        turns = usage.turns * share
        yield CostLine(
            FAMILY,
            f"searches of {name}",
            turns * plan.searches_per_turn,
            prices.price("gateway-searches"),
            product((turns, "turns"), (plan.searches_per_turn, "searches")),
        )
        indexed = sum(_tools(each) for each in targets) + plan.tools
        yield CostLine(
            FAMILY,
            f"tools indexed by {name}",
            indexed,
            prices.price("gateway-indexed-tools"),
            product((indexed, "tools")),
        )
    if any(each.at("PrivateEndpoint") for each in targets):
        turns, size = usage.turns * share, usage.network.kb_per_turn
        formula = product((turns, "turns"), (size, "KB"))
        price = prices.price("gateway-private-data")
        yield CostLine(FAMILY, f"data to private targets of {name}", turns * size / KB_PER_GB, price, formula)
    if gateway.at("PolicyEngineConfiguration"):
        yield CostLine(
            "AgentCore policy", f"authorizations of {name}", tools + lists, prices.price("policy-authorizations"), calls
        )


def _tools(target: Found) -> int:
    """Tools that the template lists: of Lambda functions, and operations of an inline OpenAPI document."""
    tools = target.list("TargetConfiguration.Mcp.Lambda.ToolSchema.InlinePayload")
    document = target.at("TargetConfiguration.Mcp.OpenApiSchema.InlinePayload")
    return len(tools) + (_operations(document) if isinstance(document, str) else 0)


def _operations(document: str) -> int:
    try:
        paths = at(json.loads(document), "paths")
    except ValueError:
        return 0
    operations = paths.values() if isinstance(paths, dict) else []
    return sum(len(_METHODS & set(each)) for each in operations if isinstance(each, dict))
