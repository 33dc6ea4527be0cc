"""What every agent may do, and why some of it names no single resource."""

from collections.abc import Sequence

import aws_cdk as cdk

# Log streams only: the log groups are made by the template, with retention and key.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
LOG_ACTIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
TRACE_ACTIONS = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
# Not InvokeAgentRuntimeForUser: with it, the caller chooses whom the agent believes to serve.
INVOKE_ACTION = "bedrock-agentcore:InvokeAgentRuntime"
INVOKE_FOR_USER_ACTION = "bedrock-agentcore:InvokeAgentRuntimeForUser"

RUNTIME_LOG_GROUPS = "/aws/bedrock-agentcore/runtimes"

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"


def baseline_statements(log_groups_arn: str, *, tracing: bool) -> list[dict[str, object]]:
    """What an agent needs to run at all: to write its own logs and, if traced, its traces."""
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": list(LOG_ACTIONS), "Resource": log_groups_arn},
    ]
    if tracing:
        statements.append({"Effect": "Allow", "Action": list(TRACE_ACTIONS), "Resource": "*"})
    return statements


def baseline_acknowledgments(log_groups_arn: str) -> Sequence[cdk.Acknowledgment]:
    """Why the baseline has wildcards, for the AwsSolutions pack."""
    return (
        cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{log_groups_arn}]",
            reason="Runtime puts a generated id behind the runtime's name in the names of its log groups, and the"
            " policy has to exist before the runtime. A runtime's name holds no '-', so the pattern matches no other.",
        ),
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            reason="X-Ray's write and sampling actions know no resources, nor does ecr:GetAuthorizationToken: IAM"
            " accepts only '*' for them (service authorization reference of AWS X-Ray and Amazon ECR).",
        ),
    )
