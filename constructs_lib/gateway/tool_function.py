"""A Lambda function whose tools a gateway offers, with a role that may do what its tools need."""

from collections.abc import Mapping, Sequence
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
from constructs_lib.gateway.descriptions import ToolDescription
from constructs_lib.gateway.tool_permissions import ToolPermission, permission_policy
from constructs_lib.gateway.tool_source import ToolSource
from constructs_lib.observability.log_delivery import grant_log_encryption

# A gateway waits no longer for a target.
_MAX_TIMEOUT = Duration.minutes(5)

_SYNCHRONOUS = (
    "The gateway waits for this function's answer and tells its caller if there is none, so no event is lost that a"
    " dead letter queue could keep."
)
_NO_NETWORK = (
    "It calls APIs of AWS over TLS under its role, and takes no address from its caller. A private network would need"
    " an endpoint of each service and keep nothing out: nothing comes in but the gateway's invocations."
)
_CONCURRENCY = (
    "A reserved concurrency would take from the account's, and the quotas of the gateway and of the APIs behind it"
    " bound the calls."
)
_NO_TRACES = "The gateway's trace has the time of each call of this function, and CloudTrail what it called."
_VARIABLES = "Its variables are names and ARNs of the template, which are no secret; AWS Lambda encrypts them."

_FINDINGS: Mapping[str, str] = {
    "NIST.800.53.R5::NIST.800.53.R5-LambdaDLQ": _SYNCHRONOUS,
    "HIPAA.Security::HIPAA.Security-LambdaDLQ": _SYNCHRONOUS,
    "Serverless::Serverless-LambdaDLQ": _SYNCHRONOUS,
    "NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC": _NO_NETWORK,
    "HIPAA.Security::HIPAA.Security-LambdaInsideVPC": _NO_NETWORK,
    "PCI.DSS.321::PCI.DSS.321-LambdaInsideVPC": _NO_NETWORK,
    "NIST.800.53.R5::NIST.800.53.R5-LambdaConcurrency": _CONCURRENCY,
    "HIPAA.Security::HIPAA.Security-LambdaConcurrency": _CONCURRENCY,
    "Serverless::Serverless-LambdaTracing": _NO_TRACES,
}
_CHECKOV: Mapping[str, str] = {
    "CKV_AWS_50": _NO_TRACES,
    "CKV_AWS_115": _CONCURRENCY,
    "CKV_AWS_116": _SYNCHRONOUS,
    "CKV_AWS_117": _NO_NETWORK,
    "CKV_AWS_173": _VARIABLES,
}


class ToolFunction(Construct):
    """A Python function behind a gateway: its code, its log and a role with exactly the permissions of its tools.

    Tools that read and tools that write belong into two functions, so that no role can do both.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html

    Args:
        code: Directory with the function's source; standard library and boto3 only.
        handler: Module and function in it.
        permissions: What the tools may do besides writing the log. Default: nothing.
        environment: Variables of the function. Default: none.
        exclude: Patterns of files of the directory that are no part of it. Default: none.
        timeout: How long a call may take, at most 5 minutes.
        description: Shown in the console. Default: none.
        log_retention: How long its log events are kept.
        encryption_key: Key that encrypts its log; its policy is extended. Default: CloudWatch Logs' own key.
        removal_policy: What happens to its log when it leaves the stack.

    Attributes:
        function: The L2 function.
        role: Its role.
        policy: What the role may do; the function waits for it.
        log_group: Its log.

    Raises:
        ValueError: If the directory is missing or the time-out is out of bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: Path,
        handler: str = "index.handler",
        permissions: Sequence[ToolPermission] = (),
        environment: Mapping[str, str] | None = None,
        exclude: Sequence[str] = (),
        timeout: Duration = Duration.seconds(30),  # noqa: B008 -- immutable
        description: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        _check(self, code, timeout)
        self.log_group = logs.LogGroup(
            self, "Logs", retention=log_retention, encryption_key=encryption_key, removal_policy=removal_policy
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place_of(self))
        self.role = iam.Role(
            self,
            "Role",
            description="What the tools of a function may do",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        own = ToolPermission(
            actions=("logs:CreateLogStream", "logs:PutLogEvents"), resources=(self.log_group.log_group_arn,)
        )
        self.policy = permission_policy(
            self,
            "Policy",
            role=self.role,
            permissions=[own, *permissions],
            description="What the tools of this function need, and its log",
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            code=lambda_.Code.from_asset(str(code), exclude=["__pycache__", *exclude]),
            handler=handler,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=timeout,
            environment=dict(environment or {}),
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
        )
        self.function.node.add_dependency(self.policy)
        cdk.Validations.of(self.function).acknowledge(
            *(cdk.Acknowledgment(id=finding, reason=reason) for finding, reason in _FINDINGS.items())
        )
        skip_checkov(self.function, _CHECKOV)

    def source(
        self,
        *,
        name: str,
        tools: Sequence[ToolDescription],
        description: str | None = None,
        request_headers: Sequence[str] = (),
    ) -> ToolSource:
        """The function as a source of a gateway; the arguments are those of `ToolSource.lambda_function`.

        Raises:
            ValueError: As `ToolSource.lambda_function` does.
        """
        return ToolSource.lambda_function(
            self.function, name=name, tools=tools, description=description, request_headers=request_headers
        )


def _check(scope: Construct, code: Path, timeout: Duration) -> None:
    if not code.is_dir():
        raise ValueError(f"the code of the tool function {scope.node.path!r} is a directory, got {str(code)!r}")
    if not 1_000 <= timeout.to_milliseconds() <= _MAX_TIMEOUT.to_milliseconds():
        raise ValueError(
            f"a gateway waits 5 minutes for a tool, got a time-out of {timeout.to_human_string()} for"
            f" {scope.node.path!r}; choose 1 second to 5 minutes"
        )
