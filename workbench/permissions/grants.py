"""What a role's policies grant, read through IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a policy allows.

    Args:
        policy: Name of the policy.
        action: The action as the policy states it; may hold `*` and `?`.
        resource: The resource as the policy states it; may hold `*` and `?`.
        conditional: Whether the statement has conditions. They are not evaluated here.
        action_excluded: Whether `action` is what the statement leaves out (`NotAction`).
        resource_excluded: Whether `resource` is what it leaves out (`NotResource`).
    """

    policy: str
    action: str
    resource: str
    conditional: bool = False
    action_excluded: bool = False
    resource_excluded: bool = False

    @property
    def wildcard(self) -> bool:
        """Whether the grant is wider than one action on one named resource."""
        return self.action_excluded or self.resource_excluded or bool(set("*?") & set(self.action + self.resource))

    def covers(self, action: str, resource: str) -> bool:
        """Whether the grant allows a request, conditions aside.

        Args:
            action: For example `s3:GetObject`.
            resource: The request's resource.
        """
        acts = bool(_pattern(self.action.casefold()).fullmatch(action.casefold()))
        reaches = bool(_pattern(self.resource).fullmatch(resource))
        return acts != self.action_excluded and reaches != self.resource_excluded


class RolePolicies:
    """The policies of a role.

    Args:
        iam: An IAM client of boto3.
        role_arn: The role.
    """

    def __init__(self, iam: "IAMClient", role_arn: str) -> None:
        self._iam = iam
        self._role = role_arn.rpartition("/")[2]

    def grants(self) -> tuple[Grant, ...]:
        """Everything they allow, one grant per action and resource; each once."""
        return tuple(dict.fromkeys(grant for name, document in self._documents for grant in _grants(name, document)))

    def denies(self) -> int:
        """How many statements deny."""
        return sum(
            statement.get("Effect") == "Deny" for _, document in self._documents for statement in _each(document)
        )

    @cached_property
    def _documents(self) -> tuple[tuple[str, object], ...]:
        return (*self._inline(), *self._attached())

    def _inline(self) -> Iterator[tuple[str, object]]:
        for page in self._iam.get_paginator("list_role_policies").paginate(RoleName=self._role):
            for name in page["PolicyNames"]:
                yield name, self._iam.get_role_policy(RoleName=self._role, PolicyName=name)["PolicyDocument"]

    def _attached(self) -> Iterator[tuple[str, object]]:
        for page in self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=self._role):
            for policy in page["AttachedPolicies"]:
                arn = policy["PolicyArn"]
                version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                document = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
                yield policy["PolicyName"], document


def _grants(policy: str, document: object) -> Iterator[Grant]:
    for statement in _each(document):
        if statement.get("Effect") != "Allow":
            continue
        conditional = bool(statement.get("Condition"))
        not_action, not_resource = "NotAction" in statement, "NotResource" in statement
        for action in _texts(statement.get("NotAction" if not_action else "Action")):
            for resource in _texts(statement.get("NotResource" if not_resource else "Resource")):
                yield Grant(policy, action, resource, conditional, not_action, not_resource)


def _each(document: object) -> Iterator[Mapping[str, object]]:
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", []) if isinstance(parsed, Mapping) else []
    yield from (statements if isinstance(statements, list) else [statements])


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    # Not fnmatch: in an ARN, brackets are plain characters.
    return re.compile("".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in text), re.S)
