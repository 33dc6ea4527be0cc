"""Statements of policies, and the roles they are given to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource, mappings
from constructs_lib.safety.rules.values import alternatives, listed, text

ROLE, POLICY, MANAGED_POLICY = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
IDENTITY_POLICIES = (ROLE, POLICY, MANAGED_POLICY)
SERVICE = "bedrock-agentcore.amazonaws.com"
_UNKNOWN = re.compile(r"\$\{[^}]*\}")
_ROLE_PROPERTIES = ("RoleArn", "ExecutionRoleArn", "MemoryExecutionRoleArn", "EvaluationExecutionRoleArn")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Args:
        path: Where it stands in its resource.
        body: What it says.
    """

    path: str
    body: Mapping[str, object]

    @cached_property
    def allows(self) -> bool:
        """Whether it allows."""
        return self.body.get("Effect", "Allow") == "Allow"

    @cached_property
    def actions(self) -> list[str]:
        """Actions, with their wildcards."""
        return [text(each) for each in listed(self.body.get("Action"))]

    @cached_property
    def resources(self) -> list[str]:
        """Resources as text."""
        return [
            text(each)
            for value in listed(self.body.get("Resource"))
            for each in alternatives(value)
            if each is not None
        ]

    @cached_property
    def conditions(self) -> set[str]:
        """Condition keys, in lower case."""
        condition = self.body.get("Condition")
        operators = condition.values() if isinstance(condition, Mapping) else ()
        return {str(key).lower() for each in operators if isinstance(each, Mapping) for key in each}

    def grants(self, *actions: str) -> list[str]:
        """Those of `actions` that it allows, by name or by a wildcard."""
        if not self.allows:
            return []
        patterns = [each.lower() for each in self.actions]
        return [each for each in actions if any(fnmatchcase(each.lower(), pattern) for pattern in patterns)]


def statements(resource: Resource) -> Iterator[Statement]:
    """The statements that a role or policy gives to roles, not those of a trust policy."""
    if resource.type == ROLE:
        for index, policy in enumerate(mappings(resource.get("Policies"))):
            yield from _of_document(policy.get("PolicyDocument"), f"Properties.Policies.{index}.PolicyDocument")
    else:
        yield from _of_document(resource.get("PolicyDocument"), "Properties.PolicyDocument")


def trust_statements(role: Resource) -> Iterator[Statement]:
    """The statements of a role's trust policy."""
    return _of_document(role.get("AssumeRolePolicyDocument"), "Properties.AssumeRolePolicyDocument")


def agent_statements(resource: Resource) -> Iterator[Statement]:
    """The allowing statements of a role or policy that a role of AgentCore gets; none if no such role gets it."""
    if not roles_of(resource).isdisjoint(agent_roles(resource.template.deployment)):
        yield from (each for each in statements(resource) if each.allows)


def roles_of(resource: Resource) -> set[Resource]:
    """The roles that get the statements of a role or policy."""
    if resource.type == ROLE:
        return {resource}
    return resource.template.deployment.once(_roles_by_policy).get(resource, set())


def agent_roles(deployment: Deployment) -> set[Resource]:
    """Roles that AgentCore takes on: they trust it, or a resource of AgentCore has them."""
    return deployment.once(_agent_roles)


def _agent_roles(deployment: Deployment) -> set[Resource]:
    found = {each for each in deployment.of_type(ROLE) if any(map(trusts_agentcore, trust_statements(each)))}
    for template in deployment.templates:
        for each in template.resources.values():
            if each.type.startswith(AGENTCORE):
                found |= {role for path in _ROLE_PROPERTIES for role in each.refers(path) if role.type == ROLE}
    return found


def policies_of(role: Resource) -> Iterator[Resource]:
    """The resources that give statements to a role: itself and its policies."""
    yield role
    yield from role.template.deployment.once(_policies_by_role).get(role, [])


def trusts_agentcore(statement: Statement) -> bool:
    """Whether a statement of a trust policy lets AgentCore take on the role."""
    principal = statement.body.get("Principal")
    services = listed(principal.get("Service")) if isinstance(principal, Mapping) else []
    return statement.allows and any(text(each).startswith("bedrock-agentcore.") for each in services)


def everything(resource: str) -> bool:
    """Whether a resource of a statement stands for every resource of its kind, whatever the Region and account."""
    name = arn_name(resource)
    return resource == "*" or (name.endswith(("/*", ":*")) and name.count("/") <= 1 and "$" not in name)


def arn_name(resource: str) -> str:
    """The last part of an ARN, `type/name`; what is known at deployment only stands as `$`."""
    return _UNKNOWN.sub("$", resource).split(":", 5)[-1]


def _of_document(document: object, path: str) -> Iterator[Statement]:
    for each in alternatives(document):
        if isinstance(each, Mapping):
            found = listed(each.get("Statement"))
            for index, statement in enumerate(found):
                for body in alternatives(statement):
                    if isinstance(body, Mapping):
                        yield Statement(f"{path}.Statement.{index}", body)


def _roles_by_policy(deployment: Deployment) -> dict[Resource, set[Resource]]:
    found = {
        policy: {role for role in policy.refers("Roles") if role.type == ROLE}
        for policy in deployment.of_type(POLICY, MANAGED_POLICY)
    }
    for role in deployment.of_type(ROLE):
        for policy in role.refers("ManagedPolicyArns"):
            found.setdefault(policy, set()).add(role)
    return found


def _policies_by_role(deployment: Deployment) -> dict[Resource, list[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for policy, roles in deployment.once(_roles_by_policy).items():
        for role in roles:
            found.setdefault(role, []).append(policy)
    return found
