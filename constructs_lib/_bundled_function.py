"""Small Lambda functions that ship with a construct."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._findings import skip_checkov
from constructs_lib._place import place_of
from constructs_lib.observability.log_delivery import grant_log_encryption

_NO_NETWORK = "This function makes no network call: it answers from the event and its own environment."
_CONCURRENCY = (
    "A reserved concurrency would refuse requests above it and would take from the account's, for a function that runs"
    " for milliseconds."
)
_NO_TRACES = "This function calls nothing, so a trace would show its duration, which its metrics have already."
_CALLS_AWS = "This function calls AWS's public endpoints only, with its role's permissions, and nothing in a network."
_SELDOM = "This function runs when a stack is deployed, and its log says what it did."


class BundledFunction(Construct):
    """A function that its caller waits for, with a role that may write its log and what else is stated.

    Args:
        code: Directory with an `index.py` that has a `handler`; standard library only.
        purpose: What the function is, for descriptions: `the token claims of a user directory`.
        caller: The service that waits for its answer.
        timeout: How long the caller waits.
        statements: What it may do besides; it is then one that runs at deployments. Default: nothing.
        retention: How long its log events are kept.
        encryption_key: Key that encrypts its log; its policy is extended. Default: CloudWatch Logs' own key.
        removal_policy: What happens to its log when it leaves the stack.

    Attributes:
        function: The function.
        policy: What its role may do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: Path,
        purpose: str,
        caller: str,
        timeout: Duration,
        retention: logs.RetentionDays,
        encryption_key: kms.IKey | None,
        removal_policy: RemovalPolicy,
        statements: Sequence[iam.PolicyStatement] = (),
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
            description=f"Lets {purpose} write their log",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=f"What {purpose} may do" if statements else f"The log of {purpose}",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_group.log_group_arn],
                ),
                *statements,
            ],
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"{purpose[0].upper()}{purpose[1:]}",
            code=lambda_.Code.from_asset(str(code), exclude=["__pycache__"]),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=timeout,
            role=role.without_policy_updates(),
            log_group=log_group,
        )
        self.function.node.add_dependency(self.policy)
        network, traces = (_CALLS_AWS, _SELDOM) if statements else (_NO_NETWORK, _NO_TRACES)
        cdk.Validations.of(self.function).acknowledge(
            *(cdk.Acknowledgment(id=finding, reason=reason) for finding, reason in _findings(caller, network, traces))
        )
        skip_checkov(self.function, _checkov_reasons(caller, network))


def _synchronous(caller: str) -> str:
    return (
        f"{caller} waits for this function's answer and refuses the request if there is none, so no event is lost: a"
        " dead letter queue would stay empty."
    )


def _checkov_reasons(caller: str, network: str) -> dict[str, str]:
    return {
        "CKV_AWS_115": _CONCURRENCY,
        "CKV_AWS_116": _synchronous(caller),
        "CKV_AWS_117": network,
        "CKV_AWS_173": "Its variables name groups and identity providers of the directory, which are no secret; AWS"
        " Lambda encrypts them with its own key.",
    }


def _findings(caller: str, network: str, traces: str) -> tuple[tuple[str, str], ...]:
    synchronous = _synchronous(caller)
    return (
        ("NIST.800.53.R5::NIST.800.53.R5-LambdaDLQ", synchronous),
        ("HIPAA.Security::HIPAA.Security-LambdaDLQ", synchronous),
        ("Serverless::Serverless-LambdaDLQ", synchronous),
        ("NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC", network),
        ("HIPAA.Security::HIPAA.Security-LambdaInsideVPC", network),
        ("PCI.DSS.321::PCI.DSS.321-LambdaInsideVPC", network),
        ("NIST.800.53.R5::NIST.800.53.R5-LambdaConcurrency", _CONCURRENCY),
        ("HIPAA.Security::HIPAA.Security-LambdaConcurrency", _CONCURRENCY),
        ("Serverless::Serverless-LambdaTracing", traces),
    )
