"""The trigger that puts groups and tenant into tokens."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._bundled_function import BundledFunction

HANDLER = Path(__file__).parent / "handlers" / "token_claims"
ENVIRONMENT = "DIRECTORY"


class TokenClaims(BundledFunction):
    """A function that Amazon Cognito calls for every token."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        retention: logs.RetentionDays,
        encryption_key: kms.IKey | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(
            scope,
            id,
            code=HANDLER,
            purpose="the token claims of a user directory",
            caller="Amazon Cognito",
            # Amazon Cognito waits for five seconds at most.
            timeout=Duration.seconds(5),
            retention=retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )

    def know(self, groups: Sequence[str], tenants: Mapping[str, str]) -> None:
        """Tell the function the directory's groups, and which identity provider belongs to which tenant."""
        directory = {"groups": sorted(groups), "tenants": dict(sorted(tenants.items()))}
        self.function.add_environment(ENVIRONMENT, json.dumps(directory, separators=(",", ":")))
