"""Permissions of a tool, each with the reason for its wildcards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._findings import spelled


@dataclass(frozen=True, kw_only=True)
class ToolPermission:
    """What the tools of a function may do.

    Args:
        actions: IAM actions, without wildcards.
        resources: ARNs they are allowed on; `*` for actions that know no resources.
        reason: Why a wildcard is among the resources: kept with the finding it acknowledges. Default: there is none.
        conditions: IAM conditions. Default: none.

    Raises:
        ValueError: If an action has a wildcard, or a resource has one without a reason.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    reason: str = ""
    conditions: Mapping[str, Mapping[str, object]] | None = None

    def __post_init__(self) -> None:
        for name, given in (("actions", self.actions), ("resources", self.resources)):
            if isinstance(given, str) or not given:
                raise ValueError(f"{name} is a list with at least one entry, got {given!r}")
        wide = [action for action in self.actions if "*" in action]
        if wide:
            raise ValueError(f"a tool is allowed actions by their names, got {wide[0]!r}; name those that it calls")
        if any("*" in resource for resource in self.resources) and not self.reason:
            raise ValueError(f"say by reason= why {', '.join(self.actions)} is allowed on {list(self.resources)}")


def permission_policy(
    scope: Construct, id: str, *, role: iam.IRole, permissions: Sequence[ToolPermission], description: str
) -> iam.ManagedPolicy:
    """A managed policy of `role` with these permissions, whose wildcards are acknowledged with their reasons.

    Args:
        scope: The construct it belongs to.
        id: Its id there.
        role: Who gets the permissions.
        permissions: What is allowed.
        description: Shown in the console.
    """
    policy = iam.ManagedPolicy(
        scope,
        id,
        description=description,
        roles=[role],
        statements=[_statement(permission) for permission in permissions],
    )
    stack = cdk.Stack.of(scope)
    wide = {
        arn: permission.reason
        for permission in permissions
        for arn in (spelled(stack.resolve(resource)) for resource in permission.resources)
        if "*" in arn
    }
    cdk.Validations.of(policy).acknowledge(
        *(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn}]", reason=reason)
            for arn, reason in wide.items()
        )
    )
    return policy


def _statement(permission: ToolPermission) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(permission.actions), resources=list(permission.resources), conditions=permission.conditions
    )
