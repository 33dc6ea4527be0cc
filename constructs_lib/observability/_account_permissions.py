"""What X-Ray and CloudWatch Logs are allowed in an account and Region, and what the one who sets it up may do."""

from aws_cdk import aws_iam as iam

from constructs_lib._place import Place
from constructs_lib.observability.log_masking import LogMasking

SPANS_LOG_GROUP = "aws/spans"
_GROUPS_OF_XRAY = (SPANS_LOG_GROUP, "/aws/application-signals/data")
_SIGNALS = "application-signals.cloudwatch.amazonaws.com"
# X-Ray and the resource policies of CloudWatch Logs have no resources that a permission could name.
XRAY_ACTIONS = (
    "xray:GetIndexingRules",
    "xray:GetTraceSegmentDestination",
    "xray:ListResourcePolicies",
    "xray:PutResourcePolicy",
    "xray:UpdateIndexingRule",
    "xray:UpdateTraceSegmentDestination",
)
LOGS_POLICY_ACTIONS = ("logs:DescribeResourcePolicies", "logs:PutResourcePolicy")
# X-Ray makes its log groups, and the role of Application Signals, with the permissions of who turns the search on.
LOG_GROUP_ACTIONS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutRetentionPolicy")
MASKING_ACTIONS = ("logs:GetDataProtectionPolicy", "logs:PutDataProtectionPolicy")
# A policy that reports what it finds is a log delivery, too; those have no resource that a permission could name.
FINDINGS_ACTION = "logs:CreateLogDelivery"


def traces_statement(place: Place) -> dict[str, object]:
    """X-Ray's policy: the delivery service may write the traces of AgentCore's resources of this account and Region.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-XRayTraces.html
    """
    return {
        "Sid": "AgentCoreTraces",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "xray:PutTraceSegments",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": place.account},
            "ArnLike": {"aws:SourceArn": place.arn("logs", "delivery-source:*")},
            "ForAllValues:ArnLike": {"logs:LogGeneratingResourceArns": [place.arn("bedrock-agentcore", "*")]},
        },
    }


def spans_statement(place: Place) -> dict[str, object]:
    """CloudWatch Logs' policy: X-Ray may write the spans of this account and Region.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search-Cloudformation.html
    """
    return {
        "Sid": "TransactionSearchXRayAccess",
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [place.arn("logs", f"log-group:{name}:*") for name in _GROUPS_OF_XRAY],
        "Condition": {
            "ArnLike": {"aws:SourceArn": place.arn("xray", "*")},
            "StringEquals": {"aws:SourceAccount": place.account},
        },
    }


def set_up_statements(place: Place, *, masking: LogMasking | None, key_arn: str | None) -> list[iam.PolicyStatement]:
    """What the function that sets an account up may do.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Enable-TransactionSearch.html#Enable-TransactionSearch-prerequisites
    and https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/data-protection-policy-permissions.html
    """
    role = f"arn:{place.partition}:iam::{place.account}:role/aws-service-role/{_SIGNALS}"
    role_arn = f"{role}/AWSServiceRoleForCloudWatchApplicationSignals"
    channels = place.arn("cloudtrail", "channel/aws-service-channel/application-signals/*")
    group_actions = [
        *LOG_GROUP_ACTIONS,
        *(["logs:AssociateKmsKey"] if key_arn else []),
        *(MASKING_ACTIONS if masking else []),
    ]
    account_actions = [
        *XRAY_ACTIONS,
        *LOGS_POLICY_ACTIONS,
        "application-signals:StartDiscovery",
        *([FINDINGS_ACTION] if masking and masking.findings else []),
    ]
    statements = [
        _allow(account_actions, ["*"]),
        _allow(group_actions, [place.arn("logs", f"log-group:{name}:*") for name in _GROUPS_OF_XRAY]),
        _allow(["logs:DescribeLogGroups"], [place.arn("logs", "log-group:*")]),
        _allow(["iam:GetRole"], [role_arn]),
        _allow(["cloudtrail:CreateServiceLinkedChannel"], [channels]),
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[role_arn],
            conditions={"StringEquals": {"iam:AWSServiceName": _SIGNALS}},
        ),
    ]
    return [*statements, *([_allow(["kms:DescribeKey"], [key_arn])] if key_arn else [])]


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
