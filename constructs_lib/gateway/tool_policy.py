"""Who may use which tool of a gateway."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from constructs_lib.gateway import _policy_checks as checks
from constructs_lib.gateway.cedar.signatures import ToolSignature
from constructs_lib.gateway.policy_conditions import Argument, Claim, Condition
from constructs_lib.gateway.policy_rules import ToolRule, Tools

__all__ = ["Argument", "Claim", "Condition", "PolicyMode", "Statement", "ToolPolicy", "ToolRule", "Tools"]

COGNITO_GROUPS = "cognito:groups"
"""The claim in which Amazon Cognito's tokens carry a user's groups."""


class PolicyMode(Enum):
    """What a gateway does with the policies' decisions."""

    ENFORCE = "ENFORCE"
    """Denied calls are refused, and tools that cannot be called are not listed."""

    LOG_ONLY = "LOG_ONLY"
    """Every call passes, and the decision is logged: to watch new policies on real traffic, not to protect."""


@dataclass(frozen=True)
class ToolPolicy:
    """Who may use which tool of a gateway.

    What no rule permits is denied, and a rule that forbids wins over those that permit.
    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-understanding-cedar.html

    Args:
        rules: The rules, at least one of which permits something; at most 1,000.
        mode: Whether decisions are enforced or only logged.
        groups_claim: The claim with the caller's groups. Default: Amazon Cognito's.
        ignore_findings: Whether AgentCore takes rules that its own analysis objects to. Default: it does so for rules
            without any condition only, which it otherwise calls overly permissive or overly restrictive.

    Raises:
        ValueError: If there is no rule, or two have one name.
    """

    rules: Sequence[ToolRule]
    mode: PolicyMode = field(default=PolicyMode.ENFORCE, kw_only=True)
    groups_claim: str = field(default=COGNITO_GROUPS, kw_only=True)
    ignore_findings: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        if not self.rules:
            raise ValueError(
                "a tool policy without rules denies every call of every tool, because what no rule permits is denied;"
                " add a ToolRule.permit, or leave the policy away to allow every caller every tool"
            )
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}; a rule's name tells it apart in logs and decisions")

    def statements(self, *, tools: Iterable[ToolSignature], gateway_arn: str, jwt: bool) -> dict[str, "Statement"]:
        """Each rule as a Cedar statement, by the rule's name, permitting rules first; checked against the gateway.

        Args:
            tools: The gateway's tools.
            gateway_arn: The gateway's ARN; it may be a CDK token.
            jwt: Whether tokens open the gateway. Otherwise IAM does.

        Raises:
            ValueError: If a rule names a tool or an argument that is not there, compares it with a value of another
                type, can never match, asks for groups or claims without `jwt`, is not valid Cedar, or is over the
                service's limits, or if no rule permits anything.
        """
        signatures = list(tools)
        for rule in self.rules:
            checks.check_tools(rule.name, _named(rule), signatures)
        texts = {
            rule.name: rule.cedar_text(
                gateway_arn=gateway_arn, jwt=jwt, tools=signatures, groups_claim=self.groups_claim
            )
            for rule in self.rules
        }
        parsed = checks.check_statements(texts, tools=signatures, gateway_arn=gateway_arn, jwt=jwt)
        statements = [
            Statement(
                rule, texts[rule.name], bool(parsed[rule.name]["conditions"]), parsed[rule.name]["effect"] == "permit"
            )
            for rule in self.rules
        ]
        return {statement.rule.name: statement for statement in sorted(statements, key=lambda each: not each.permits)}


@dataclass(frozen=True)
class Statement:
    """A rule as Cedar, for one gateway.

    Args:
        rule: The rule.
        text: The Cedar statement.
        conditional: Whether it has a condition.
        permits: Whether it permits. Otherwise it forbids.
    """

    rule: ToolRule
    text: str
    conditional: bool
    permits: bool


def _named(rule: ToolRule) -> tuple[str, ...] | str | None:
    return rule.tools.target if isinstance(rule.tools, Tools) else rule.tools
