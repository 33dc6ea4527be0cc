"""What the role of an online evaluation may do.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-prerequisites.html
"""

from collections.abc import Sequence

import aws_cdk as cdk

from constructs_lib._place import Place, is_token

SERVICE_PRINCIPAL = "bedrock-agentcore.amazonaws.com"
INVOKE_FUNCTION_ACTIONS = ("lambda:GetFunction", "lambda:InvokeFunction")
QUERY_ACTIONS = ("logs:GetQueryResults", "logs:StartQuery")
INDEX_ACTIONS = ("logs:DescribeIndexPolicies", "logs:PutIndexPolicy")
# Not CreateLogGroup: the group for the results is made by the template, with retention and key.
WRITE_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")

# Where Transaction Search keeps the spans of an account and Region.
SPANS_LOG_GROUP = "aws/spans"


def source_arns(place: Place, *, name: str, evaluators: Sequence[str]) -> list[str]:
    """For whom AgentCore may assume the role: this evaluation, and the evaluators of yours that it uses."""
    resources = [f"online-evaluation-config/{name}-*", *(f"evaluator/{evaluator}-*" for evaluator in evaluators)]
    return [place.arn("bedrock-agentcore", resource) for resource in resources]


def log_statements(place: Place, *, source_arn: str, results_arn: str) -> list[dict[str, object]]:
    """To find an agent's traces, read them, and write what was found."""
    read = [source_arn, _spans_arn(place)]
    return [
        {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": _any_group_arn(place)},
        {"Effect": "Allow", "Action": list(QUERY_ACTIONS), "Resource": read},
        {"Effect": "Allow", "Action": list(INDEX_ACTIONS), "Resource": read},
        {"Effect": "Allow", "Action": list(WRITE_ACTIONS), "Resource": results_arn},
    ]


def acknowledgments(place: Place) -> Sequence[cdk.Acknowledgment]:
    """Why there are wildcards, for the AwsSolutions pack."""
    # A finding spells pseudo parameters out like this.
    region, account = (
        f"<AWS::{name}>" if is_token(value) else value
        for name, value in (("Region", place.region), ("AccountId", place.account))
    )
    shown = Place(region, account, "<AWS::Partition>")
    return (
        cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{_any_group_arn(shown)}]",
            reason="DescribeLogGroups lists names and reads no event, and lists those of the account and Region or"
            " nothing: IAM checks it against every log group.",
        ),
        cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{_spans_arn(shown)}]",
            reason="Transaction Search keeps the spans of all agents of an account and Region in one log group,"
            " aws/spans; the wildcard stands for its log streams, which X-Ray names.",
        ),
    )


def key_policy_statement(place: Place) -> dict[str, object]:
    """What AgentCore itself needs of a key that encrypts evaluators of an account and Region.

    The evaluators refer to the key, so it cannot name them one by one.
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-encryption.html
    """
    return {
        "Sid": "AgentCoreEvaluations",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE_PRINCIPAL},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": place.account},
            "ArnLike": {"aws:SourceArn": place.arn("bedrock-agentcore", "evaluator/*")},
        },
    }


def _any_group_arn(place: Place) -> str:
    return place.arn("logs", "log-group:*")


def _spans_arn(place: Place) -> str:
    return place.arn("logs", f"log-group:{SPANS_LOG_GROUP}:*")
