"""Statements of policies, and the roles they are given to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource, mappings
from constructs_lib.safety.rules.values import alternatives, listed, text

ROLE, POLICY, MANAGED_POLICY = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
_ATTACHED = (POLICY, MANAGED_POLICY, "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy")
IDENTITY_POLICIES = (ROLE, *_ATTACHED)
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
        return [text(each) for each in _each(self.body.get("Action"))]

    @cached_property
    def all_but(self) -> list[str]:
        """Actions that it leaves out of all, where it is written that way."""
        return [text(each) for each in _each(self.body.get("NotAction"))]

    @cached_property
    def broad(self) -> bool:
        """Whether it allows a whole service, or all but some actions: a finding of its own, other rules leave it be."""
        return bool(self.all_but) or any(each == "*" or each.endswith(":*") for each in self.actions)

    @cached_property
    def resources(self) -> list[str]:
        """Resources as text; all but some count as all."""
        return ["*"] if "NotResource" in self.body else [text(each) for each in _each(self.body.get("Resource"))]

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
        if self.all_but:
            return [each for each in actions if not _matches(each, self.all_but)]
        return [each for each in actions if _matches(each, self.actions)]


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


def _matches(action: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _each(value: object) -> Iterator[object]:
    """Entries of a list or a single value, of conditions both sides."""
    for side in alternatives(value):
        for entry in listed(side):
            yield from (each for each in alternatives(entry) if each is not None)


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
        policy: {role for role in policy.refers("Roles") | policy.refers("RoleName") if role.type == ROLE}
        for policy in deployment.of_type(*_ATTACHED)
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
