"""May this caller call this tool with these arguments? As Policy in AgentCore decides, by the same Cedar engine."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import cedarpy

from constructs_lib.gateway.cedar.arguments import UnfitArgumentsError, cedar_input
from constructs_lib.gateway.cedar.principals import Principal
from constructs_lib.gateway.cedar.reasoning import Reasoning
from constructs_lib.gateway.cedar.signatures import ToolSignature, cedar_schema
from constructs_lib.gateway.cedar.text import ACTION, GATEWAY, UNAUTHENTICATED_USER, entity

PREPARED = 64
"""Sets of policies that `decide` and `may_use` keep parsed."""


NOTHING_APPLIES = "No policy applies to the request (denied by default)."
"""AgentCore's words for a call that no policy permits."""


@dataclass(frozen=True)
class Decision:
    """What the policies say of one call.

    Args:
        allowed: Whether the call is allowed.
        determining: The policies that decided: the permits of an allowed call, the forbids of a denied one. Empty where
            no policy permits the call, which denies it.
        errors: Why a policy, or the call as a whole, could not be evaluated. Such a call is denied, or decided by the
            other policies.
    """

    allowed: bool
    determining: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        if self.determining:
            return f"{'Allowed' if self.allowed else 'Denied'} by {', '.join(self.determining)}."
        if self.errors:
            return f"The request could not be evaluated (denied): {self.errors[0]}."
        return NOTHING_APPLIES


class Access(Enum):
    """How far a caller may use a tool."""

    ALWAYS = "always"
    """Every call with arguments that the tool accepts."""

    BY_ARGUMENTS = "by arguments"
    """It depends on the arguments."""

    NEVER = "never"
    """No call."""


class ToolPolicies:
    """The policies of a gateway, parsed once for many decisions. Immutable, usable by several threads.

    Args:
        policies: Cedar text of one statement each, by name.
        tools: The gateway's tools.
        gateway_arn: The gateway's ARN.

    Raises:
        ValueError: If a text is not one Cedar statement.
    """

    def __init__(self, policies: Mapping[str, str], *, tools: Iterable[ToolSignature], gateway_arn: str) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._gateway_arn = gateway_arn
        self._schema = cedarpy.Schema.from_str(cedar_schema(self._tools.values()))
        statements = {name: parsed_statement(name, text) for name, text in policies.items()}
        document = {"staticPolicies": statements, "templates": {}, "templateLinks": []}
        self._policies = cedarpy.PolicySet.from_json_str(json.dumps(document))

    def decide(self, *, principal: Principal, tool: str, arguments: Mapping[str, object]) -> Decision:
        """Whether `principal` may call `tool` with `arguments`. What cannot be evaluated is denied."""
        signature = self._tools.get(tool)
        if signature is None:
            return Decision(allowed=False, errors=(f"the gateway has no tool {tool!r}",))
        try:
            values = cedar_input(signature, arguments)
        except UnfitArgumentsError as error:
            return Decision(allowed=False, errors=(str(error),))
        request = {
            "principal": {"type": principal.type, "id": principal.id},
            "action": {"type": ACTION, "id": tool},
            "resource": {"type": GATEWAY, "id": self._gateway_arn},
            "context": {"input": values},
        }
        result = cedarpy.is_authorized(request, self._policies, self._entities(principal), self._schema)
        diagnostics = result.diagnostics
        return Decision(result.allowed, tuple(sorted(diagnostics.reasons)), tuple(diagnostics.errors))

    def access(self, *, principal: Principal, tool: str) -> Access:
        """How far `principal` may use `tool`, before anything is known of the arguments.

        Each policy is reduced as far as it goes without arguments. What is left of them is possible where some
        arguments remain that a permit allows and no forbid denies.
        """
        if tool not in self._tools:
            return Access.NEVER
        request = {
            "principal": entity(principal.type, principal.id),
            "action": entity(ACTION, tool),
            "resource": entity(GATEWAY, self._gateway_arn),
            "context": None,
        }
        result = cedarpy.is_authorized_partial(request, self._policies, self._entities(principal), self._schema)
        if result.decision is not cedarpy.Decision.NoDecision:
            return Access.ALWAYS if result.allowed else Access.NEVER
        # Cedar leaves `unknown && false` as it is, because the unknown could be an error: reason on.
        residuals = list(result.residuals.values())
        forbids = [residual for residual in residuals if residual["effect"] == "forbid"]
        permits = [residual for residual in residuals if residual["effect"] == "permit"]
        reasoning = Reasoning(principal.type)
        possible = any(reasoning.possible([permit], forbids) for permit in permits)
        return Access.BY_ARGUMENTS if possible else Access.NEVER

    def may_use(self, *, principal: Principal, tool: str) -> bool:
        """Whether some call of `tool` by `principal` could be allowed: what `tools/list` shows."""
        return self.access(principal=principal, tool=tool) is not Access.NEVER

    def _entities(self, principal: Principal) -> str:
        caller: dict[str, object] = {
            "uid": {"type": principal.type, "id": principal.id},
            "attrs": {} if principal.type == UNAUTHENTICATED_USER else {"id": principal.id},
            "parents": [],
        }
        if principal.tags:
            caller["tags"] = dict(principal.tags)
        gateway = {"uid": {"type": GATEWAY, "id": self._gateway_arn}, "attrs": {}, "parents": []}
        return json.dumps([caller, gateway])


def decide(
    policies: Mapping[str, str],
    *,
    principal: Principal,
    tool: str,
    arguments: Mapping[str, object],
    gateway_arn: str,
    tools: Iterable[ToolSignature],
) -> Decision:
    """Whether `principal` may call `tool` with `arguments`.

    Args:
        policies: Cedar text of one statement each, by name.
        principal: Who calls.
        tool: `Target___tool`.
        arguments: The call's arguments.
        gateway_arn: The gateway's ARN.
        tools: The gateway's tools.

    Raises:
        ValueError: If a text is not one Cedar statement.
    """
    prepared = _prepared(tuple(policies.items()), tuple(tools), gateway_arn)
    return prepared.decide(principal=principal, tool=tool, arguments=arguments)


def may_use(
    policies: Mapping[str, str], *, principal: Principal, tool: str, gateway_arn: str, tools: Iterable[ToolSignature]
) -> bool:
    """Whether some call of `tool` by `principal` could be allowed: what `tools/list` shows.

    Raises:
        ValueError: If a text is not one Cedar statement.
    """
    return _prepared(tuple(policies.items()), tuple(tools), gateway_arn).may_use(principal=principal, tool=tool)


def parsed_statement(name: str, text: str) -> dict[str, object]:
    """The one statement of `text` in Cedar's JSON form.

    Raises:
        ValueError: If the text is not Cedar, or not exactly one statement without placeholders.
    """
    try:
        document = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise ValueError(f"policy {name!r} is not valid Cedar: {error}; it reads {text.strip()!r}") from None
    statements = list(document["staticPolicies"].values())
    if len(statements) != 1 or document["templates"]:
        count = len(statements) + len(document["templates"])
        raise ValueError(
            f"policy {name!r} has to be one Cedar statement without placeholders, got {count} of them; AgentCore stores"
            " one statement in each policy"
        )
    statement: dict[str, object] = statements[0]
    return statement


@lru_cache(maxsize=PREPARED)
def _prepared(
    policies: tuple[tuple[str, str], ...], tools: tuple[ToolSignature, ...], gateway_arn: str
) -> ToolPolicies:
    return ToolPolicies(dict(policies), tools=tools, gateway_arn=gateway_arn)
