"""An agent's execution role, and what it may do from its first second."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._place import Place, is_token
from constructs_lib.runtime._permissions import (
    RUNTIME_LOG_GROUPS,
    SERVICE_PRINCIPAL,
    baseline_acknowledgments,
    baseline_statements,
)


def execution_role(scope: Construct, place: Place, runtime_name: str) -> iam.Role:
    """A role that AgentCore assumes for one runtime of this account."""
    return iam.Role(
        scope,
        "Role",
        description="Execution role of an agent on AgentCore Runtime",
        assumed_by=iam.ServicePrincipal(
            SERVICE_PRINCIPAL,
            conditions={
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnLike": {"aws:SourceArn": place.arn("bedrock-agentcore", f"runtime/{runtime_name}-*")},
            },
        ),
    )


def baseline_policy(
    scope: Construct,
    role: iam.Role,
    place: Place,
    runtime_name: str,
    *,
    tracing: bool,
    needs: Sequence[Mapping[str, object]],
    code: Sequence[iam.PolicyStatement],
) -> iam.ManagedPolicy:
    """What the runtime waits for: its logs, its code, and what never waits for an agent itself."""
    log_groups = f"log-group:{RUNTIME_LOG_GROUPS}/{runtime_name}-*"
    statements = [*baseline_statements(place.arn("logs", log_groups), tracing=tracing), *needs]
    policy = iam.ManagedPolicy(
        scope,
        "Baseline",
        description="What this agent needs to start, to call its model and to log",
        roles=[role],
        document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
        statements=list(code),
    )
    # A finding spells pseudo parameters out like this.
    region, account = (
        f"<AWS::{name}>" if is_token(value) else value
        for name, value in (("Region", place.region), ("AccountId", place.account))
    )
    shown = f"arn:<AWS::Partition>:logs:{region}:{account}:{log_groups}"
    cdk.Validations.of(policy).acknowledge(*baseline_acknowledgments(shown))
    return policy
