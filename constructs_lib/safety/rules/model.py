"""What a rule is, what it finds, and the rules there are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from constructs_lib.safety.rules.template import Resource, Template

PACK = "AgentCoreChecks"
"""Name of the rule pack, the part before `::` of an acknowledgement's id."""


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


class Demand(StrEnum):
    """When a rule applies."""

    ALWAYS = "always"
    PRODUCTION = "production"
    PERMISSIONS_BOUNDARY = "permissions boundary"
    GUARDRAIL = "guardrail"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is demanded beyond the rules that always apply.

    Args:
        production: Patterns (`*`, `?`) of the names of templates that are for production: in an assembly the construct
            path of their stack (`Prod/State`), otherwise the file's name. Default: none is.
        permissions_boundary: Whether every role of AgentCore has to have a permissions boundary.
        guardrail: Whether models may be called with a guardrail only.
    """

    production: Sequence[str] = ()
    permissions_boundary: bool = False
    guardrail: bool = False

    def demands(self, demand: Demand, template: Template) -> bool:
        """Whether rules of this demand apply to the template."""
        if demand is Demand.PRODUCTION:
            return any(fnmatchcase(template.name, pattern) for pattern in self.production)
        return {
            Demand.ALWAYS: True,
            Demand.PERMISSIONS_BOUNDARY: self.permissions_boundary,
            Demand.GUARDRAIL: self.guardrail,
        }[demand]


@dataclass(frozen=True)
class Hit:
    """A place that breaks a rule.

    Args:
        path: Where in the resource, for example `Properties.AuthorizerType`.
        message: What is wrong there, with the value met.
        detail: What tells this finding from others of the rule in the same resource, for acknowledgements.
    """

    path: str
    message: str
    detail: str = ""


Check = Callable[[Resource], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Args:
        id: Its name, in acknowledgements and reports.
        severity: How bad its findings are.
        title: What has to be so, in one line.
        why: What happens otherwise.
        remedy: What to do.
        types: Types of the resources it looks at.
        check: Yields the places in one such resource that break the rule.
        demand: When it applies.
    """

    id: str
    severity: Severity
    title: str
    why: str
    remedy: str
    types: tuple[str, ...]
    check: Check
    demand: Demand = Demand.ALWAYS


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that a resource breaks.

    Args:
        template: Name of the template.
        logical_id: Logical id of the resource.
        rule: Id of the rule.
        message: What is wrong, with the value met.
        path: Where in the resource.
        severity: How bad it is.
        detail: What tells findings of one rule in one resource apart; may be empty.
        acknowledged: The reason why it stands, if somebody acknowledged it.
    """

    template: str
    logical_id: str
    rule: str
    message: str
    path: str
    severity: Severity
    detail: str = ""
    acknowledged: str = ""

    @property
    def name(self) -> str:
        """The rule's id, with the detail in brackets if there is one."""
        return f"{self.rule}[{self.detail}]" if self.detail else self.rule

    @property
    def acknowledgement(self) -> str:
        """The id by which to acknowledge this finding."""
        return f"{PACK}::{self.name}"


class RuleSet:
    """The rules of one module, in the order in which they are written."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def rule(
        self,
        id: str,
        severity: Severity,
        title: str,
        *types: str,
        why: str,
        remedy: str,
        demand: Demand = Demand.ALWAYS,
    ) -> Callable[[Check], Check]:
        """Make the decorated function the check of a new rule."""

        def add(check: Check) -> Check:
            self.rules.append(Rule(id, severity, title, why, remedy, types, check, demand))
            return check

        return add
