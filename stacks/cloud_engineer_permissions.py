"""What the tools of the cloud engineer may do: reading, proposing and carrying out are three roles, a change a fourth.

Which actions know resources: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Sequence

from aws_cdk import Stack

from constructs_lib.gateway.tool_permissions import ToolPermission

STACKS = "engineer-*"
"""Stacks that the engineer changes. CloudFormation derives the names of what is in a stack from the stack's."""

CHANGED_TYPES = (
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
)
"""What a change may consist of. Policies of queues and topics are not among it: by them a change could let anyone in,
although it needs no more actions than the queue or the topic itself."""

_LISTS = "The action lists what is there: it knows no resources, or is asked without naming one. It reads no content."
_ANY = "The user asks about any {} of the account; the action reads its configuration, not its content."
_NAMED = "Its name starts with that of its stack, which starts with 'engineer-'; what follows is known when it is made."


def reading(stack: Stack) -> Sequence[ToolPermission]:
    """What `inventory` reads."""
    return (
        ToolPermission(
            actions=(
                "ec2:DescribeInstances",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
                "s3:ListAllMyBuckets",
                "lambda:ListFunctions",
                "rds:DescribeDBInstances",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricStatistics",
                "cloudformation:ListStacks",
            ),
            resources=("*",),
            reason=_LISTS,
        ),
        ToolPermission(
            actions=("s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration"),
            resources=(f"arn:{stack.partition}:s3:::*",),
            reason=_ANY.format("bucket"),
        ),
        ToolPermission(
            actions=("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"),
            resources=(_arn(stack, "cloudformation", "stack/*"),),
            reason=_ANY.format("stack"),
        ),
    )


def pricing() -> Sequence[ToolPermission]:
    """What `prices` reads: AWS's public price list."""
    return (
        ToolPermission(
            actions=("pricing:DescribeServices", "pricing:GetAttributeValues", "pricing:GetProducts"),
            resources=("*",),
            reason="The price list is the same for everybody and knows no resources.",
        ),
    )


def proposing(stack: Stack, *, change_role_arn: str) -> Sequence[ToolPermission]:
    """What `changes` does: it makes change sets and hands them the role of changes; it carries out none.

    It deletes the change set of a proposal that failed. The empty stack that such a proposal of a new stack leaves in
    `REVIEW_IN_PROGRESS` stays: no condition of `cloudformation:DeleteStack` knows a stack's state, so whoever may
    delete that one may delete every stack `engineer-*` with what is in it.
    """
    return (
        ToolPermission(
            actions=("cloudformation:CreateChangeSet",),
            resources=(_arn(stack, "cloudformation", f"stack/{STACKS}/*"),),
            reason=_NAMED,
            conditions={
                # Without a role, CloudFormation would use the one that the stack was made with.
                "StringEquals": {"cloudformation:RoleArn": change_role_arn},
                "ForAllValues:StringEquals": {"cloudformation:ResourceTypes": list(CHANGED_TYPES)},
                "Null": {"cloudformation:ResourceTypes": "false"},
            },
        ),
        ToolPermission(
            actions=(
                "cloudformation:DeleteChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStacks",
            ),
            resources=(_arn(stack, "cloudformation", f"stack/{STACKS}/*"),),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=("iam:PassRole",),
            resources=(change_role_arn,),
            conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
    )


def executing(stack: Stack) -> Sequence[ToolPermission]:
    """What `approvals` does: it carries out change sets that are there; it makes none and passes no role."""
    return (
        ToolPermission(
            actions=("cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet"),
            resources=(_arn(stack, "cloudformation", f"stack/{STACKS}/*"),),
            reason=_NAMED,
        ),
    )


def changing(stack: Stack) -> Sequence[ToolPermission]:
    """What CloudFormation may do when it carries out a change: buckets, tables, queues, topics and alarms."""
    return (
        ToolPermission(
            actions=(
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ),
            resources=(f"arn:{stack.partition}:s3:::{STACKS}",),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=(
                "dynamodb:CreateTable",
                "dynamodb:DeleteTable",
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeContributorInsights",
                "dynamodb:DescribeKinesisStreamingDestination",
                "dynamodb:DescribeTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:GetResourcePolicy",
                "dynamodb:ListTagsOfResource",
                "dynamodb:TagResource",
                "dynamodb:UntagResource",
                "dynamodb:UpdateContinuousBackups",
                "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
            ),
            resources=(_arn(stack, "dynamodb", f"table/{STACKS}"),),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=(
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:GetQueueAttributes",
                "sqs:ListQueueTags",
                "sqs:SetQueueAttributes",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ),
            resources=(_arn(stack, "sqs", STACKS),),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=(
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:GetDataProtectionPolicy",
                "sns:GetTopicAttributes",
                "sns:ListSubscriptionsByTopic",
                "sns:ListTagsForResource",
                "sns:SetTopicAttributes",
                "sns:TagResource",
                "sns:UntagResource",
            ),
            resources=(_arn(stack, "sns", STACKS),),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=(
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ),
            resources=(_arn(stack, "cloudwatch", f"alarm:{STACKS}"),),
            reason=_NAMED,
        ),
        ToolPermission(
            actions=("cloudwatch:PutMetricAlarm",),
            resources=(_arn(stack, "cloudwatch", f"alarm:{STACKS}"),),
            reason=_NAMED,
            # Alarms can stop and terminate any instance of the account, run functions and start automations.
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-alarm-actions.html
            conditions={"ForAllValues:StringLike": {"cloudwatch:AlarmActions": [_arn(stack, "sns", STACKS)]}},
        ),
    )


def _arn(stack: Stack, service: str, resource: str) -> str:
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
