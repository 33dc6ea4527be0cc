"""Checks of a policy's rules against the gateway they are for."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from constructs_lib.gateway.cedar.decisions import parsed_statement
from constructs_lib.gateway.cedar.reasoning import Reasoning
from constructs_lib.gateway.cedar.signatures import ToolSignature, cedar_schema
from constructs_lib.gateway.cedar.text import GATEWAY, IAM_ENTITY, OAUTH_USER
from constructs_lib.gateway.cedar.validation import validation_errors

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-limitations-section.html
MIN_STATEMENT = 35
MAX_STATEMENT = 10_000
MAX_STATEMENTS = 200_000
MAX_SCHEMA = 400_000
MAX_POLICIES = 1_000

_LONGEST_ARN = f"arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:000000000000:gateway/{'g' * 59}"
"""An ARN as long as a gateway's can be, for lengths of statements whose ARN CDK does not know yet."""


def check_tools(rule: str, named: tuple[str, ...] | str | None, tools: Sequence[ToolSignature]) -> None:
    """Refuse names of tools, or of a target, that the gateway does not have."""
    names = [tool.name for tool in tools]
    if isinstance(named, str):
        targets = sorted({tool.target for tool in tools if tool.target})
        _check_known(rule, "target", named, targets)
        return
    for name in named or ():
        _check_known(rule, "tool", name, names)


def check_statements(
    statements: Mapping[str, str], *, tools: Sequence[ToolSignature], gateway_arn: str, jwt: bool
) -> dict[str, dict[str, object]]:
    """The statements parsed; refused if not valid for the gateway, never matching, or over the service's limits."""
    if not tools:
        raise ValueError(
            "the gateway has no tools that are known at synth, so there is nothing a policy could be about"
        )
    parsed = {name: parsed_statement(name, text) for name, text in statements.items()}
    if not any(statement["effect"] == "permit" for statement in parsed.values()):
        raise ValueError(
            f"the policy's rules ({', '.join(statements)}) only forbid, and what no rule permits is denied anyway, so"
            " every call would be denied; add a ToolRule.permit"
        )
    _check_limits(statements, gateway_arn)
    schema_text = cedar_schema(tools)
    if len(schema_text.encode()) > MAX_SCHEMA:
        raise ValueError(
            f"the gateway's {len(tools)} tools make a Cedar schema of {len(schema_text.encode()):,} bytes; AgentCore"
            f" takes {MAX_SCHEMA:,}, so spread the tools over two gateways"
        )
    for name, text in statements.items():
        _check_valid(name, text, tools)
        _check_can_match(name, parsed[name], gateway_arn=gateway_arn, jwt=jwt)
    return parsed


def _check_known(rule: str, kind: str, name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise ValueError(
        f"rule {rule!r} names the {kind} {name!r}, which the gateway does not have{hint} It has:"
        f" {', '.join(known) or 'none'}"
    )


def _check_limits(statements: Mapping[str, str], gateway_arn: str) -> None:
    if len(statements) > MAX_POLICIES:
        raise ValueError(f"a policy has at most {MAX_POLICIES:,} rules, got {len(statements):,}")
    sizes = {name: len(text.replace(gateway_arn, _LONGEST_ARN).encode()) for name, text in statements.items()}
    for name, size in sizes.items():
        if not MIN_STATEMENT <= size <= MAX_STATEMENT:
            raise ValueError(
                f"rule {name!r} is {size:,} bytes of Cedar; AgentCore takes {MIN_STATEMENT} to {MAX_STATEMENT:,}, so"
                " make several rules of it"
            )
    if sum(sizes.values()) > MAX_STATEMENTS:
        raise ValueError(
            f"the policy's rules are {sum(sizes.values()):,} bytes of Cedar; AgentCore takes {MAX_STATEMENTS:,} for one"
            " gateway, so put several tools or groups into one rule"
        )


def _check_valid(name: str, text: str, tools: Sequence[ToolSignature]) -> None:
    errors = validation_errors(text, tools=tools)
    if errors:
        raise ValueError(
            f"rule {name!r} does not fit the gateway: {errors[0]}. The gateway's tools are"
            f" {', '.join(tool.name for tool in tools)}; its Cedar schema is what constructs_lib.gateway.cedar's"
            " cedar_schema(tools) gives"
        )


def _check_can_match(name: str, statement: Mapping[str, object], *, gateway_arn: str, jwt: bool) -> None:
    ours = OAUTH_USER if jwt else IAM_ENTITY
    principal, resource = _scope(statement, "principal"), _scope(statement, "resource")
    wanted = principal.get("entity_type") or _entity(principal).get("type")
    if wanted not in (None, ours):
        raise ValueError(
            f"rule {name!r} can never match: it is for {wanted}, but callers of this gateway are {ours}, because"
            f" {'a JwtAuthorizer' if jwt else 'IAM'} opens it"
        )
    gateway = _entity(resource).get("id")
    if gateway not in (None, gateway_arn):
        raise ValueError(
            f'rule {name!r} can never match: it is for the gateway {gateway!r}; write {GATEWAY}::"{{gateway_arn}}"'
        )
    if gateway is None and _scope(statement, "action").get("op") != "All":
        raise ValueError(
            f"rule {name!r} names tools without their gateway, which AgentCore refuses; write"
            f' resource == {GATEWAY}::"{{gateway_arn}}"'
        )
    if not Reasoning(ours).possible([statement]):
        raise ValueError(f"rule {name!r} can never match: its conditions contradict each other; remove or correct it")


def _scope(statement: Mapping[str, object], part: str) -> Mapping[str, object]:
    scope = statement.get(part)
    return scope if isinstance(scope, Mapping) else {}


def _entity(scope: Mapping[str, object]) -> Mapping[str, object]:
    named = scope.get("entity")
    return named if isinstance(named, Mapping) else {}
