"""Credentials of an execution role, as a service gets them before it starts an agent or a container.

AgentCore assumes the role as `bedrock-agentcore.amazonaws.com` with `aws:SourceAccount` and `aws:SourceArn` of the
resource it acts for: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
Amazon ECS assumes it as `ecs-tasks.amazonaws.com`:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ministack.core import iam_evaluator
from ministack.services import iam, sts

SERVICE_PRINCIPALS = {"bedrock-agentcore": "bedrock-agentcore.amazonaws.com", "ecs": "ecs-tasks.amazonaws.com"}
"""Who assumes roles, by the service in the ARN of what it acts for."""
LIFETIME_SECONDS = 3600
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:.+/)?(?P<name>[\w+=,.@-]+)")
_SOURCE_ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>bedrock-agentcore|ecs):(?P<region>[a-z0-9-]+):(?P<account>\d{12}):.+"
)


class RefusedError(Exception):
    """The role does not exist, or its trust policy does not let the service assume it for this resource."""


def assume(role_arn: str, source_arn: str) -> dict[str, str]:
    """Open a session of a role on behalf of a resource.

    Args:
        role_arn: The execution role.
        source_arn: The resource the service acts for: AgentCore's, or a task; its account is `aws:SourceAccount`.

    Returns:
        `AccessKeyId`, `SecretAccessKey`, `SessionToken` and `Expiration` (ISO 8601), good for an hour.

    Raises:
        RefusedError: With the reason.
    """
    role, source = _ROLE_ARN.fullmatch(role_arn), _SOURCE_ARN.fullmatch(source_arn)
    if role is None or source is None:
        raise RefusedError(
            f"not the ARN of a role and of a resource of AgentCore or Amazon ECS: {role_arn!r}, {source_arn!r}"
        )
    record = iam._roles.get_scoped(role["account"], None, role["name"])
    if record is None or record.get("Arn") != role_arn:
        raise RefusedError(f"the role {role_arn} does not exist")
    principal = SERVICE_PRINCIPALS[source["service"]]
    if not _trusts(record["AssumeRolePolicyDocument"], role_arn, source_arn, source, principal):
        raise RefusedError(
            f"the trust policy of {role_arn} does not let {principal} assume it for {source_arn} "
            f"(aws:SourceAccount {source['account']})"
        )
    return _open_session(role["account"], role["name"], str(record.get("RoleId", role["name"])), source_arn)


def _trusts(document: object, role_arn: str, source_arn: str, source: re.Match[str], principal: str) -> bool:
    account, region = source["account"], source["region"]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{account}:root",
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=region,
        service_context={"aws:sourceaccount": account, "aws:sourcearn": source_arn},
    )
    matching = [
        statement["Effect"]
        for statement in _statements(document)
        if iam_evaluator._service_principal_matches(statement.get("Principal"), principal)
        and _names_action(statement)
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
    ]
    return "Allow" in matching and "Deny" not in matching


def _statements(document: object) -> Iterator[Mapping[str, object]]:
    parsed = json.loads(document) if isinstance(document, str) else document
    found = parsed.get("Statement", []) if isinstance(parsed, Mapping) else []
    yield from ([found] if isinstance(found, Mapping) else found)


def _names_action(statement: Mapping[str, object]) -> bool:
    actions = statement.get("Action", [])
    listed = [actions] if isinstance(actions, str) else actions
    return bool(listed) and bool(iam_evaluator._action_matches("sts:AssumeRole", listed, []))


def _open_session(account: str, role: str, role_id: str, source_arn: str) -> dict[str, str]:
    # The service names a session itself; ours says what it acts for.
    name = re.sub(r"[^\w+=,.@-]", "-", source_arn.rpartition("/")[2])[:64]
    expiration = time.time() + LIFETIME_SECONDS
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(96)
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role_id}:{name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": expiration,
        },
    )
    return {
        "AccessKeyId": key,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": datetime.fromtimestamp(expiration, UTC).isoformat(),
    }
