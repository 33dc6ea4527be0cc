"""Tests of tool policies, in any pytest: no AWS account, no CDK, the Cedar engine that AgentCore uses.

What AgentCore does with a token and with arguments is modelled after its documentation; see the guide
"Write and test policies" for what that leaves open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from constructs_lib.gateway.cedar import Access, Decision, Principal, ToolPolicies, ToolSignature
from constructs_lib.gateway.cedar.text import OAUTH_USER, TARGET_SEPARATOR
from constructs_lib.gateway.descriptions.schemas import service_schema
from constructs_lib.gateway.descriptions.tool_description import ToolDescription
from constructs_lib.gateway.tool_policy import ToolPolicy

__all__ = [
    "AccessTable",
    "Principal",
    "access_table",
    "assert_allowed",
    "assert_denied",
    "lambda_tools_of",
    "tools_of",
]

NamedTools = Mapping[str, ToolDescription]
"""A gateway's tools by the name the gateway gives them, as `ToolGateway.tools` has them."""

_GATEWAY_ARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/under-test-abcdefghij"


def tools_of(target: str, tools: Iterable[ToolDescription]) -> dict[str, ToolDescription]:
    """The tools of one target as the gateway names them, `Target___tool`; join several targets by `|`."""
    return {f"{target}{TARGET_SEPARATOR}{tool.name}": tool for tool in tools}


def lambda_tools_of(target: str, tools: Iterable[ToolDescription]) -> dict[str, ToolDescription]:
    """The tools of a Lambda target as the gateway names and types them: without what such a target cannot say.

    An argument with a fixed choice of values, for example, is a plain text to the gateway and its policies.

    Raises:
        ValueError: If a Lambda target cannot have such a tool.
    """
    said = (replace(tool, input_schema=service_schema(tool.input_schema, where=tool.name)) for tool in tools)
    return tools_of(target, said)


def assert_allowed(
    policy: ToolPolicy,
    principal: Principal,
    tool: str,
    arguments: Mapping[str, object],
    *,
    tools: NamedTools,
    by: str | None = None,
) -> None:
    """Fail the test unless the policy allows the call.

    Args:
        policy: The policy.
        principal: Who calls: `Principal.user(sub, claims)` or `Principal.iam(arn)`.
        tool: `Target___tool`.
        arguments: The call's arguments.
        tools: The gateway's tools.
        by: The rule that has to permit it. Default: any.

    Raises:
        AssertionError: If the call is denied, or permitted by other rules only.
        ValueError: If the policy does not fit the tools, or the tool does not accept the arguments.
    """
    decision = _decide(policy, principal, tool, arguments, tools)
    call = f"{principal.id!r} calls {tool} with {dict(arguments)!r}"
    if not decision.allowed:
        raise AssertionError(f"{call}: expected to be allowed, but: {decision.reason}")
    _check_rule(call, decision, by)


def assert_denied(
    policy: ToolPolicy,
    principal: Principal,
    tool: str,
    arguments: Mapping[str, object],
    *,
    tools: NamedTools,
    by: str | None = None,
) -> None:
    """Fail the test unless the policy denies the call.

    A call that is refused because the tool is not there or does not accept the arguments says nothing about the
    policy: it is an error, not a denial.

    Args:
        policy: The policy.
        principal: Who calls: `Principal.user(sub, claims)` or `Principal.iam(arn)`.
        tool: `Target___tool`.
        arguments: The call's arguments.
        tools: The gateway's tools.
        by: The rule that has to forbid it. Default: any rule, or none that permits it.

    Raises:
        AssertionError: If the call is allowed, or `by` does not forbid it.
        ValueError: If the policy does not fit the tools, or the tool does not accept the arguments.
    """
    decision = _decide(policy, principal, tool, arguments, tools)
    call = f"{principal.id!r} calls {tool} with {dict(arguments)!r}"
    if decision.allowed:
        raise AssertionError(f"{call}: expected to be denied, but: {decision.reason}")
    _check_rule(call, decision, by)


@dataclass(frozen=True)
class AccessTable:
    """Who may use what. Its text is a Markdown table.

    Args:
        principals: The callers' names, in order.
        rows: For each tool, how far each of the callers may use it.
    """

    principals: tuple[str, ...]
    rows: Mapping[str, tuple[Access, ...]]

    def __str__(self) -> str:
        lines = [
            ("tool", *self.principals),
            *((tool, *(access.value for access in row)) for tool, row in self.rows.items()),
        ]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        text = [
            f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
        ]
        text.insert(1, f"| {' | '.join('-' * width for width in widths)} |")
        return "\n".join(text)


def access_table(policy: ToolPolicy, principals: Mapping[str, Principal], tools: NamedTools) -> AccessTable:
    """A table of who may use which tool: always, never, or depending on the arguments.

    Args:
        policy: The policy.
        principals: The callers by the name to show, for example `{"a clerk": Principal.user("ann", {...})}`.
        tools: The gateway's tools.

    Raises:
        ValueError: If the policy does not fit the tools.
    """
    policies = {name: _policies(policy, principal, tools) for name, principal in principals.items()}
    rows = {
        tool: tuple(policies[name].access(principal=principal, tool=tool) for name, principal in principals.items())
        for tool in tools
    }
    return AccessTable(tuple(principals), rows)


def _decide(
    policy: ToolPolicy, principal: Principal, tool: str, arguments: Mapping[str, object], tools: NamedTools
) -> Decision:
    decision = _policies(policy, principal, tools).decide(principal=principal, tool=tool, arguments=arguments)
    if decision.errors:
        raise ValueError(
            f"the call cannot be decided by the policy: {decision.errors[0]}; call a tool of the gateway with arguments"
            " that it accepts"
        )
    return decision


def _policies(policy: ToolPolicy, principal: Principal, tools: NamedTools) -> ToolPolicies:
    signatures = [ToolSignature(name, tool.input_schema) for name, tool in tools.items()]
    statements = policy.statements(tools=signatures, gateway_arn=_GATEWAY_ARN, jwt=principal.type == OAUTH_USER)
    texts = {name: statement.text for name, statement in statements.items()}
    return ToolPolicies(texts, tools=signatures, gateway_arn=_GATEWAY_ARN)


def _check_rule(call: str, decision: Decision, by: str | None) -> None:
    if by is not None and by not in decision.determining:
        raise AssertionError(f"{call}: expected the rule {by!r} to decide, but: {decision.reason}")
