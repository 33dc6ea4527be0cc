from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

import pytest

from workbench.permissions.grants import Grant, RolePolicies

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

ROLE = "arn:aws:iam::000000000000:role/path/agent"


@pytest.mark.parametrize(
    ("action", "resource", "request_", "covered"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", ("s3:GetObject", "arn:aws:s3:::b/k"), True),
        ("s3:getobject", "arn:aws:s3:::b/k", ("s3:GetObject", "arn:aws:s3:::b/k"), True),
        ("s3:Get*", "arn:aws:s3:::b/*", ("s3:GetObject", "arn:aws:s3:::b/deep/k"), True),
        ("s3:GetObjec?", "*", ("s3:GetObject", "anything"), True),
        ("s3:GetObject", "arn:aws:s3:::b/k", ("s3:GetObject", "arn:aws:s3:::b/K"), False),
        ("s3:GetObject", "arn:aws:s3:::b/[ab]", ("s3:GetObject", "arn:aws:s3:::b/a"), False),
        ("s3:Get", "*", ("s3:GetObject", "*"), False),
    ],
)
def test_covers_as_iam_matches(action: str, resource: str, request_: tuple[str, str], covered: bool) -> None:
    assert Grant("p", action, resource).covers(*request_) is covered


def test_excluded_actions_and_resources_turn_the_match_around() -> None:
    assert not Grant("p", "iam:*", "*", action_excluded=True).covers("iam:GetRole", "*")
    assert Grant("p", "iam:*", "*", action_excluded=True).covers("s3:GetObject", "*")
    assert Grant("p", "s3:GetObject", "arn:b", resource_excluded=True).covers("s3:GetObject", "arn:a")


class Iam:
    """IAM with one role that has an inline and a managed policy."""

    inline: Mapping[str, object] = {
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:b"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:b"},
            {"Effect": "Deny", "Action": "*", "Resource": "*"},
        ]
    }
    managed: Mapping[str, object] = {
        "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*", "Condition": {"Bool": {"x": "true"}}}
    }

    def get_paginator(self, operation: str) -> "_Pages":
        return _Pages(operation)

    def get_role_policy(self, **names: str) -> dict[str, object]:
        assert names == {"RoleName": "agent", "PolicyName": "inline"}
        return {"PolicyDocument": self.inline}

    def get_policy(self, **_: str) -> dict[str, object]:
        return {"Policy": {"DefaultVersionId": "v7"}}

    def get_policy_version(self, **names: str) -> dict[str, object]:
        assert names == {"PolicyArn": "arn:managed", "VersionId": "v7"}
        return {"PolicyVersion": {"Document": self.managed}}


class _Pages:
    def __init__(self, operation: str) -> None:
        self._operation = operation

    def paginate(self, *, RoleName: str) -> Iterator[dict[str, object]]:  # noqa: N803
        assert RoleName == "agent"
        if self._operation == "list_role_policies":
            yield {"PolicyNames": ["inline"]}
        else:
            yield {"AttachedPolicies": [{"PolicyArn": "arn:managed", "PolicyName": "managed"}]}


def test_reads_inline_and_managed_policies_each_grant_once() -> None:
    policies = RolePolicies(cast("IAMClient", Iam()), ROLE)
    assert policies.grants() == (
        Grant("inline", "s3:GetObject", "arn:b"),
        Grant("inline", "s3:PutObject", "arn:b"),
        Grant("managed", "iam:*", "*", conditional=True, action_excluded=True),
    )
    assert policies.denies() == 1
