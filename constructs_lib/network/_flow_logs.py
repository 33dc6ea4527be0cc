"""Who wrote to whom in a network."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import place_of


def flow_log_destination(scope: Construct, group: logs.ILogGroup) -> ec2.FlowLogDestination:
    """A log group, written by a role that may do nothing else."""
    place = place_of(scope)
    role = iam.Role(
        scope,
        "FlowLogRole",
        description="Lets the VPC write its flow logs",
        # Against a confused deputy, as https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html has it.
        assumed_by=iam.ServicePrincipal(
            "vpc-flow-logs.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnLike": {"aws:SourceArn": place.arn("ec2", "vpc-flow-log/*")},
            },
        ),
    )
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    iam.ManagedPolicy(
        scope,
        "FlowLogPolicy",
        description="What flow logs need to be written",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[group.log_group_arn],
            )
        ],
    )
    # The L2 would write an inline policy.
    return ec2.FlowLogDestination.to_cloud_watch_logs(group, role.without_policy_updates())
