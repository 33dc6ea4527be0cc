"""Grants against decisions: what is used, what is not, and what was denied."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from workbench.permissions.access_log import Decision
from workbench.permissions.grants import Grant


@dataclass(frozen=True)
class GrantUse:
    """A grant and how often it was needed.

    Args:
        grant: The grant.
        uses: Allowed requests it covers. Where grants overlap, a request counts for each of them.
        actions: The actions of those requests, most frequent first; tells what a wildcard is used for.
    """

    grant: Grant
    uses: int
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Denial:
    """A request that was denied.

    Args:
        action: What was asked for.
        resource: On what.
        reason: Why it was denied.
        times: How often.
    """

    action: str
    resource: str
    reason: str
    times: int


@dataclass(frozen=True)
class PermissionReport:
    """What a role may do, and did.

    Args:
        role_arn: The role.
        grants: Every grant, most used first.
        denials: Every denial, most frequent first.
        unexplained: Allowed requests no grant of the role covers, for example those a resource's policy allows.
    """

    role_arn: str
    grants: tuple[GrantUse, ...]
    denials: tuple[Denial, ...]
    unexplained: tuple[tuple[str, str], ...]

    @property
    def unused(self) -> tuple[Grant, ...]:
        """Grants nothing needed."""
        return tuple(use.grant for use in self.grants if not use.uses)

    @property
    def wildcards(self) -> tuple[Grant, ...]:
        """Grants wider than one action on one named resource."""
        return tuple(use.grant for use in self.grants if use.grant.wildcard)

    def to_dict(self) -> dict[str, object]:
        """The report for programs."""
        grants = [
            {**asdict(use.grant), "wildcard": use.grant.wildcard, "uses": use.uses, "used_for": list(use.actions)}
            for use in self.grants
        ]
        unexplained = [{"action": action, "resource": resource} for action, resource in self.unexplained]
        denials = [asdict(denial) for denial in self.denials]
        return {"role_arn": self.role_arn, "grants": grants, "denials": denials, "unexplained": unexplained}


def build_report(role_arn: str, grants: Sequence[Grant], decisions: Sequence[Decision]) -> PermissionReport:
    """Hold a role's grants against the decisions on it.

    Args:
        role_arn: The role.
        grants: What its policies allow.
        decisions: What it asked for.

    Returns:
        The report.
    """
    allowed = Counter((decision.action, decision.resource) for decision in decisions if decision.allowed)
    denied = Counter(
        (decision.action, decision.resource, decision.reason) for decision in decisions if not decision.allowed
    )
    uses = sorted((_use(grant, allowed) for grant in grants), key=lambda use: (-use.uses, use.grant.action))
    unexplained = [request for request in allowed if not any(grant.covers(*request) for grant in grants)]
    return PermissionReport(
        role_arn,
        tuple(uses),
        tuple(Denial(*request, times) for request, times in denied.most_common()),
        tuple(sorted(unexplained)),
    )


def _use(grant: Grant, allowed: Counter[tuple[str, str]]) -> GrantUse:
    actions: Counter[str] = Counter()
    for (action, resource), times in allowed.items():
        if grant.covers(action, resource):
            actions[action] += times
    return GrantUse(grant, actions.total(), tuple(action for action, _ in actions.most_common()))
