"""Who calls a tool, as a Cedar principal."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from constructs_lib.gateway.cedar.text import IAM_ENTITY, OAUTH_USER, UNAUTHENTICATED_USER

_ASSUMED_ROLE = re.compile(r"^(arn:[^:]+:sts::\d*:assumed-role/[^/]+)/.*$")


@dataclass(frozen=True)
class Principal:
    """A caller of a gateway. Made by `user`, `iam` or `anonymous`.

    Args:
        type: `AgentCore::OAuthUser`, `AgentCore::IamEntity` or `AgentCore::UnauthenticatedUser`.
        id: The token's `sub`, or the caller's ARN.
        tags: The token's claims as text; empty for IAM.
    """

    type: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def user(sub: str, claims: Mapping[str, object] | None = None) -> "Principal":
        """A user with a token of the identity provider.

        Each claim becomes a tag, which is always text: an array such as `cognito:groups` becomes its JSON text without
        spaces, `["admins","support"]`, numbers and booleans theirs.

        Args:
            sub: The verified token's `sub`.
            claims: The verified token's claims, `sub` among them or not. Default: only `sub`.

        Raises:
            ValueError: If `sub` is empty, or `claims` carries another `sub`.
        """
        if not sub:
            raise ValueError("a user needs a sub, got an empty one; pass the verified token's sub")
        carried = (claims or {}).get("sub", sub)
        if carried != sub:
            raise ValueError(f"the claims carry the sub {carried!r}, but sub is {sub!r}; pass one user's claims")
        tags = {name: _tag(value) for name, value in {**(claims or {}), "sub": sub}.items()}
        return Principal(OAUTH_USER, sub, tags)

    @staticmethod
    def iam(arn: str) -> "Principal":
        """A caller with AWS credentials.

        AgentCore names the caller of an assumed role without its session,
        `arn:aws:sts::111122223333:assumed-role/AgentRole`, so that it stays the same between calls.

        Args:
            arn: Its ARN, with or without the session.

        Raises:
            ValueError: If it is not an ARN.
        """
        if not arn.startswith("arn:"):
            raise ValueError(f"an IAM caller is named by its ARN, got {arn!r}")
        return Principal(IAM_ENTITY, _ASSUMED_ROLE.sub(r"\1", arn))

    @staticmethod
    def anonymous() -> "Principal":
        """A caller of a gateway without inbound authorization."""
        return Principal(UNAUTHENTICATED_USER, "anonymous")


def _tag(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
