"""The trigger that puts groups and tenant into tokens."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.observability.log_delivery import grant_log_encryption

HANDLER = Path(__file__).parent / "handlers" / "token_claims"
ENVIRONMENT = "DIRECTORY"

_SYNCHRONOUS = (
    "Amazon Cognito waits for this function's answer and refuses the sign-in if there is none, so no event is lost:"
    " a dead letter queue or a failure destination would stay empty."
)
_NO_NETWORK = "This function makes no network call: it answers from the event and its own environment."
_CONCURRENCY = (
    "A reserved concurrency would refuse sign-ins above it and would take from the account's, for a function that"
    " runs for milliseconds."
)
_NO_TRACES = "This function calls nothing, so a trace would show its duration, which its metrics have already."
_FINDINGS = (
    ("NIST.800.53.R5::NIST.800.53.R5-LambdaDLQ", _SYNCHRONOUS),
    ("HIPAA.Security::HIPAA.Security-LambdaDLQ", _SYNCHRONOUS),
    ("Serverless::Serverless-LambdaDLQ", _SYNCHRONOUS),
    ("Serverless::Serverless-LambdaAsyncFailureDestination", _SYNCHRONOUS),
    ("NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC", _NO_NETWORK),
    ("HIPAA.Security::HIPAA.Security-LambdaInsideVPC", _NO_NETWORK),
    ("PCI.DSS.321::PCI.DSS.321-LambdaInsideVPC", _NO_NETWORK),
    ("NIST.800.53.R5::NIST.800.53.R5-LambdaConcurrency", _CONCURRENCY),
    ("HIPAA.Security::HIPAA.Security-LambdaConcurrency", _CONCURRENCY),
    ("Serverless::Serverless-LambdaTracing", _NO_TRACES),
)


class TokenClaims(Construct):
    """A function that Amazon Cognito calls for every token, with a role that may write its log and nothing else.

    Attributes:
        function: The function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        retention: logs.RetentionDays,
        encryption_key: kms.IKey | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        log_group = logs.LogGroup(
            self, "Logs", retention=retention, encryption_key=encryption_key, removal_policy=removal_policy
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place_of(self))
        role = iam.Role(
            self,
            "Role",
            description="Lets the token claims of a user directory write their log",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            description="The log of the token claims",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_group.log_group_arn],
                )
            ],
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description="Groups and tenant of a user in the tokens of a user directory",
            code=lambda_.Code.from_asset(str(HANDLER), exclude=["__pycache__"]),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            # Amazon Cognito waits for five seconds at most.
            timeout=Duration.seconds(5),
            role=role.without_policy_updates(),
            log_group=log_group,
        )
        self.function.node.add_dependency(policy)
        cdk.Validations.of(self.function).acknowledge(
            *(cdk.Acknowledgment(id=finding, reason=reason) for finding, reason in _FINDINGS)
        )

    def know(self, groups: Sequence[str], tenants: Mapping[str, str]) -> None:
        """Tell the function the directory's groups, and which identity provider belongs to which tenant."""
        directory = {"groups": sorted(groups), "tenants": dict(sorted(tenants.items()))}
        self.function.add_environment(ENVIRONMENT, json.dumps(directory, separators=(",", ":")))
