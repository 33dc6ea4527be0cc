"""One rule of a tool policy: typed, or written in Cedar."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from constructs_lib.gateway._policy_arguments import KnownArguments
from constructs_lib.gateway.cedar.signatures import ToolSignature
from constructs_lib.gateway.cedar.text import ACTION, GATEWAY, IAM_ENTITY, OAUTH_USER, entity
from constructs_lib.gateway.policy_conditions import Claim, Condition

GATEWAY_ARN = "{gateway_arn}"
"""What stands for the gateway's ARN in Cedar given as text."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MAX_NAME = 48
_MAX_DESCRIPTION = 4_096


@dataclass(frozen=True)
class Tools:
    """A choice of tools that is not a list of names. Made by `every` or `of_target`.

    Args:
        target: The target whose tools are chosen. None: the tools of all targets.
    """

    target: str | None

    @staticmethod
    def every() -> "Tools":
        """Every tool of the gateway, also those it gains later."""
        return Tools(None)

    @staticmethod
    def of_target(target: str) -> "Tools":
        """Every tool of one target, also those it gains later."""
        return Tools(target)


@dataclass(frozen=True)
class ToolRule:
    """One rule of a policy. Made by `permit`, `forbid` or `cedar`.

    Args:
        name: The rule's name: at most 48 letters, digits and underscores, the first a letter.
        effect: `permit` or `forbid`; empty for a rule given as Cedar.
        tools: The tools it is about; none for a rule given as Cedar.
        groups: Groups of which the caller needs one.
        condition: What the call has to fulfil. None: nothing.
        statement: The rule given as Cedar; empty for a typed one.
        description: What it is for, for people who read it in AgentCore.
    """

    name: str
    effect: str
    tools: tuple[str, ...] | Tools = ()
    groups: tuple[str, ...] = ()
    condition: Condition | None = None
    statement: str = ""
    description: str | None = None

    @staticmethod
    def permit(
        name: str,
        *,
        tools: Sequence[str] | Tools,
        groups: Sequence[str] = (),
        claims: Mapping[str, str | Sequence[str]] | None = None,
        where: Condition | None = None,
        description: str | None = None,
    ) -> "ToolRule":
        """Allow calls of `tools` that fulfil all of the following, unless another rule forbids them.

        Without groups, claims and where, everybody who may call the gateway may call the tools.

        Args:
            name: The rule's name: at most 48 letters, digits and underscores, the first a letter.
            tools: Names as the gateway lists them, `Target___tool`, or a choice of `Tools`.
            groups: Groups of which the caller needs one. Default: no group is needed.
            claims: Claims of the caller's token, and the value, or one of the values, each needs to have.
            where: A condition on `Argument`s and `Claim`s.
            description: What the rule is for, at most 4,096 characters.

        Raises:
            ValueError: If the name is not one, the description is too long, no tool is named, or a value is empty.
        """
        return _typed("permit", name, tools, groups, claims, where, description)

    @staticmethod
    def forbid(
        name: str,
        *,
        tools: Sequence[str] | Tools,
        groups: Sequence[str] = (),
        claims: Mapping[str, str | Sequence[str]] | None = None,
        where: Condition | None = None,
        description: str | None = None,
    ) -> "ToolRule":
        """Deny calls of `tools` that fulfil all of the following, whatever the other rules allow.

        The arguments are those of `permit`.

        Raises:
            ValueError: If the name is not one, the description is too long, no tool is named, or a value is empty.
        """
        return _typed("forbid", name, tools, groups, claims, where, description)

    @staticmethod
    def cedar(name: str, statement: str, *, description: str | None = None) -> "ToolRule":
        """A rule written in Cedar: one statement, with `{gateway_arn}` in place of the gateway's ARN.

        It is checked against the gateway's tools like a typed rule.

        Args:
            name: The rule's name: at most 48 letters, digits and underscores, the first a letter.
            statement: The statement.
            description: What the rule is for, at most 4,096 characters.

        Raises:
            ValueError: If the name is not one, or the description is too long.
        """
        _check_labels(name, description)
        return ToolRule(name, "", statement=statement, description=description)

    def cedar_text(self, *, gateway_arn: str, jwt: bool, tools: Sequence[ToolSignature], groups_claim: str) -> str:
        """The rule as one Cedar statement.

        Raises:
            ValueError: If it does not fit the gateway.
        """
        if self.statement:
            return self.statement.strip().replace(GATEWAY_ARN, gateway_arn)
        condition = self._whole_condition(groups_claim)
        if condition is not None and condition.reads_claims and not jwt:
            raise ValueError(
                f"rule {self.name!r} asks for groups or claims, but the gateway is opened by IAM, whose callers have"
                " none; give the gateway a JwtAuthorizer, or write a rule on principal.id in Cedar"
            )
        scope = ",\n".join([
            f"  principal is {OAUTH_USER if jwt else IAM_ENTITY}",
            f"  {self._action()}",
            f"  resource == {entity(GATEWAY, gateway_arn)}",
        ])  # fmt: skip
        head = f"{self.effect}(\n{scope}\n)"
        if condition is None:
            return f"{head};"
        return f"{head} when {{\n  {condition.cedar(KnownArguments(self.name, self._chosen(tools)))}\n}};"

    def _action(self) -> str:
        if isinstance(self.tools, Tools):
            return "action" if self.tools.target is None else f"action in {entity(ACTION, self.tools.target)}"
        names = [entity(ACTION, tool) for tool in self.tools]
        return f"action == {names[0]}" if len(names) == 1 else f"action in [{', '.join(names)}]"

    def _chosen(self, tools: Sequence[ToolSignature]) -> list[ToolSignature]:
        if isinstance(self.tools, Tools):
            return [tool for tool in tools if self.tools.target in (None, tool.target)]
        return [tool for tool in tools if tool.name in self.tools]

    def _whole_condition(self, groups_claim: str) -> Condition | None:
        groups = [Claim(groups_claim).contains(group) for group in self.groups]
        parts = [*([reduce(or_, groups)] if groups else []), *([self.condition] if self.condition is not None else [])]
        return reduce(and_, parts) if parts else None


def _typed(
    effect: str,
    name: str,
    tools: Sequence[str] | Tools,
    groups: Sequence[str],
    claims: Mapping[str, str | Sequence[str]] | None,
    where: Condition | None,
    description: str | None,
) -> ToolRule:
    _check_labels(name, description)
    if isinstance(tools, str) or (not isinstance(tools, Tools) and not tools):
        raise ValueError(f"rule {name!r} needs a list of tools, got {tools!r}; Tools.every() stands for all of them")
    if isinstance(groups, str) or "" in groups:
        raise ValueError(f"rule {name!r} needs a list of groups, none of them empty, got {groups!r}")
    if where is not None and not isinstance(where, Condition):
        raise ValueError(
            f"rule {name!r}: where takes a condition, got {where!r}; compare by .equals(...), and combine by &, | and ~"
        )
    conditions = [_claim(claim, value) for claim, value in (claims or {}).items()]
    conditions += [] if where is None else [where]
    chosen = tools if isinstance(tools, Tools) else tuple(tools)
    condition = reduce(and_, conditions) if conditions else None
    return ToolRule(name, effect, chosen, tuple(groups), condition, description=description)


def _claim(name: str, value: str | Sequence[str]) -> Condition:
    return Claim(name).equals(value) if isinstance(value, str) else Claim(name).one_of(value)


def _check_labels(name: str, description: str | None) -> None:
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
        raise ValueError(
            f"a rule's name is at most {_MAX_NAME} letters, digits and underscores, the first a letter, got {name!r}"
        )
    if description is not None and not 1 <= len(description) <= _MAX_DESCRIPTION:
        raise ValueError(
            f"rule {name!r} has a description of {len(description):,} characters; AgentCore takes 1 to"
            f" {_MAX_DESCRIPTION:,}"
        )
