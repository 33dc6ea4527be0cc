"""What code interpreters and browsers have in common: a name that survives replacement, a network, a role."""

import hashlib
import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import Place, is_token
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.sandbox._permissions import SERVICE_PRINCIPAL

_MAX_NAME = 48
_DIGEST = 8
_MAX_DESCRIPTION = 4_096


class ToolName:
    """The name of a tool, which ends in a hash of what the service cannot change in place.

    Every property of these tools is create-only and their names are unique in an account and Region: with a fixed name,
    CloudFormation could not make the new tool while the old one is there, which it deletes last.

    Attributes:
        base: What the name says whatever the properties.
        name: Letters, digits and underscores, at most 48.
        pattern: ARN pattern of the tool, whatever the hash: while one replaces the other, both are in use.
    """

    def __init__(self, scope: Construct, place: Place, kind: str, properties: Mapping[str, object]) -> None:
        self.base = physical_name(scope.node.path, max_length=_MAX_NAME - _DIGEST - 1)
        # Tokens are numbered anew at every synth; what they resolve to is not.
        resolved = cdk.Stack.of(scope).resolve(properties)
        digest = hashlib.sha256(json.dumps(resolved, sort_keys=True).encode()).hexdigest()[:_DIGEST]
        self.name = f"{self.base}_{digest}"
        self.pattern = place.arn("bedrock-agentcore", f"{kind}/{self.base}_{'?' * _DIGEST}-*")


def checked_description(description: str | None) -> str | None:
    """The description, if the service takes it."""
    if description is None or is_token(description) or 1 <= len(description) <= _MAX_DESCRIPTION:
        return description
    raise ValueError(
        f"a description has 1 to {_MAX_DESCRIPTION} characters, got {len(description)}; leave it out for none"
    )


def network_properties(network: AgentNetwork | None) -> object:
    """What a tool's name has to say of its network.

    A subnet keeps its logical id when it is replaced for another zone or other addresses, so these belong to it. So
    does the network's path, because two stacks can use the same logical ids.
    """
    if network is None:
        return None
    subnets = network.vpc.select_subnets(subnet_group_name=network.agent_subnets.subnet_group_name).subnets
    return {
        "network": network.node.path,
        "subnets": [[each.subnet_id, each.availability_zone, each.ipv4_cidr_block] for each in subnets],
        "securityGroups": [network.agent_security_group.security_group_id],
    }


def bucket_properties(bucket: s3.IBucket | None) -> object:
    """What a tool's name has to say of its bucket: the name, or whose it is where CloudFormation makes one up."""
    if bucket is None:
        return None
    name = bucket.bucket_name
    return [bucket.node.path, name] if is_token(name) else name


def execution_role(scope: Construct, place: Place, arn_pattern: str, description: str) -> iam.Role:
    """A role that AgentCore assumes for the sessions of one tool of this account. It may do nothing yet."""
    return iam.Role(
        scope,
        "Role",
        description=description,
        assumed_by=iam.ServicePrincipal(
            SERVICE_PRINCIPAL,
            conditions={
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnLike": {"aws:SourceArn": arn_pattern},
            },
        ),
    )
