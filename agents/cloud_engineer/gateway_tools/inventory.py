"""Tools that read the account. The gateway calls `handler` with a tool's arguments as the event.

Amazon EC2, S3, RDS, CloudWatch and CloudFormation speak XML, which a gateway's Smithy targets do not. Of Lambda
functions, what is shown holds no environment variables.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypedDict

import boto3
from botocore.exceptions import ClientError

from .answers import CLIENT_CONFIG, Answer, LambdaContext, RefusalError, answer, tool_of

MOST = 50
"""Items of one answer."""


class _Range(TypedDict, total=False):
    CidrIp: str
    CidrIpv6: str


class _Permission(TypedDict, total=False):
    IpRanges: list[_Range]
    Ipv6Ranges: list[_Range]


class _SecurityGroup(TypedDict, total=False):
    IpPermissions: list[_Permission]


def list_instances(state: Literal["any", "running", "stopped"] = "any") -> Answer:
    """List the EC2 instances of the account in this Region: type, state, addresses, network, tags.

    Args:
        state: Which instances.
    """
    filters = [] if state == "any" else [{"Name": "instance-state-name", "Values": [state]}]
    pages = _client("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    found = (each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"])
    keys = ("InstanceId", "InstanceType", "State", "LaunchTime", "VpcId", "SubnetId", "PublicIpAddress", "Tags")
    return _several({**_some(each, *keys), "SecurityGroups": each.get("SecurityGroups", [])} for each in found)


def list_networks() -> Answer:
    """List the VPCs of the account in this Region with their subnets."""
    ec2 = _client("ec2")
    vpcs = [each for page in ec2.get_paginator("describe_vpcs").paginate() for each in page["Vpcs"]]
    subnets = [each for page in ec2.get_paginator("describe_subnets").paginate() for each in page["Subnets"]]
    keys = ("SubnetId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch")
    return _several(
        {
            **_some(vpc, "VpcId", "CidrBlock", "IsDefault", "Tags"),
            "Subnets": [_some(each, *keys) for each in subnets if each["VpcId"] == vpc["VpcId"]][:MOST],
        }
        for vpc in vpcs
    )


def list_security_groups(open_to_the_world: bool = False) -> Answer:
    """List the security groups of the account in this Region with what they let in.

    Args:
        open_to_the_world: Whether to list only groups that let every address of the internet in.
    """
    pages = _client("ec2").get_paginator("describe_security_groups").paginate()
    groups = (each for page in pages for each in page["SecurityGroups"])
    keys = ("GroupId", "GroupName", "Description", "VpcId", "IpPermissions")
    return _several(_some(each, *keys) for each in groups if not open_to_the_world or _is_open(each))


def list_buckets() -> Answer:
    """List the S3 buckets of the account, of all Regions."""
    return _several(_some(each, "Name", "CreationDate") for each in _client("s3").list_buckets()["Buckets"])


def describe_bucket(bucket: str) -> Answer:
    """Describe an S3 bucket: encryption, versioning, public access.

    Args:
        bucket: The bucket's name.
    """
    s3 = _client("s3")
    return {
        "Name": bucket,
        "Encryption": _or_none(lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]),
        "Versioning": s3.get_bucket_versioning(Bucket=bucket).get("Status", "never enabled"),
        "PublicAccessBlock": _or_none(
            lambda: s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        ),
    }


def list_databases() -> Answer:
    """List the RDS databases of the account in this Region: engine, size, encryption, backups, public access."""
    pages = _client("rds").get_paginator("describe_db_instances").paginate()
    keys = (
        "DBInstanceIdentifier", "DBInstanceClass", "Engine", "EngineVersion", "DBInstanceStatus", "AllocatedStorage",
        "MultiAZ", "PubliclyAccessible", "StorageEncrypted", "BackupRetentionPeriod", "DeletionProtection",
    )  # fmt: skip
    return _several(_some(each, *keys) for page in pages for each in page["DBInstances"])


def list_functions() -> Answer:
    """List the Lambda functions of the account in this Region: runtime, memory, time-out, size."""
    pages = _client("lambda").get_paginator("list_functions").paginate()
    keys = (
        "FunctionName", "Runtime", "Handler", "MemorySize", "Timeout", "CodeSize", "LastModified", "Architectures",
        "Description",
    )  # fmt: skip
    return _several(_some(each, *keys) for page in pages for each in page["Functions"])


def list_alarms(state: Literal["any", "ALARM", "OK", "INSUFFICIENT_DATA"] = "any") -> Answer:
    """List the CloudWatch metric alarms of the account in this Region.

    Args:
        state: Which alarms.
    """
    given = {} if state == "any" else {"StateValue": state}
    pages = _client("cloudwatch").get_paginator("describe_alarms").paginate(**given)
    keys = (
        "AlarmName", "AlarmDescription", "StateValue", "StateReason", "StateUpdatedTimestamp", "Namespace",
        "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Threshold", "ComparisonOperator",
    )  # fmt: skip
    return _several(_some(each, *keys) for page in pages for each in page["MetricAlarms"])


def read_metric(
    namespace: str,
    metric: str,
    statistic: Literal["Average", "Sum", "Minimum", "Maximum", "SampleCount"] = "Average",
    dimensions: dict[str, str] | None = None,
    hours: int = 3,
) -> Answer:
    """Read a CloudWatch metric of the last hours, in about 60 points.

    Args:
        namespace: Its namespace, such as "AWS/Lambda".
        metric: Its name, such as "Errors".
        statistic: What of it.
        dimensions: Its dimensions, all of them, such as {"FunctionName": "orders"}.
        hours: How far back, 1 to 336.
    """
    if not 1 <= hours <= 336:
        raise RefusalError("hours_invalid", f"hours is 1 to 336, got {hours}.", "Ask for a shorter time.")
    now = datetime.datetime.now(datetime.UTC)
    answer = _client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in (dimensions or {}).items()],
        StartTime=now - datetime.timedelta(hours=hours),
        EndTime=now,
        Period=hours * 60,
        Statistics=[statistic],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return {"statistic": statistic, "points": [_plain(point) for point in points]}


def list_stacks() -> Answer:
    """List the CloudFormation stacks of the account in this Region that are not deleted."""
    pages = _client("cloudformation").get_paginator("list_stacks").paginate()
    keys = ("StackName", "StackStatus", "StackStatusReason", "CreationTime", "LastUpdatedTime", "TemplateDescription")
    stacks = (each for page in pages for each in page["StackSummaries"] if each["StackStatus"] != "DELETE_COMPLETE")
    return _several(_some(each, *keys) for each in stacks)


def describe_stack(stack_name: str) -> Answer:
    """Describe a CloudFormation stack: state, outputs, and its latest events with the reasons of failures.

    Args:
        stack_name: The stack's name.
    """
    cloudformation = _client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    events = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    keys = ("Timestamp", "LogicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason")
    described = _some(stack, "StackName", "StackStatus", "StackStatusReason", "CreationTime", "LastUpdatedTime", "Tags")
    latest = [_some(each, *keys) for each in events[:20]]
    return {**described, "Outputs": _plain(stack.get("Outputs", [])), "Events": latest}


TOOLS: dict[str, Callable[..., Answer]] = {
    each.__name__: each
    for each in (
        list_instances, list_networks, list_security_groups, list_buckets, describe_bucket, list_databases,
        list_functions, list_alarms, read_metric, list_stacks, describe_stack,
    )
}  # fmt: skip


def handler(event: Mapping[str, object], context: LambdaContext) -> Answer:
    """Run the tool that the gateway names."""
    tool = TOOLS[tool_of(context)]
    return answer(lambda: tool(**event), remedy="Check the name; if the access is denied, go on without.")


def _client(service: str) -> Any:
    client: Any = boto3.client
    return client(service, config=CLIENT_CONFIG)


def _several(items: Iterable[Answer]) -> Answer:
    found: list[Answer] = []
    for each in items:
        if len(found) == MOST:
            return {"items": found, "more": True}
        found.append(each)
    return {"items": found, "more": False}


def _some(item: Mapping[str, object], *keys: str) -> Answer:
    return {key: _plain(item[key]) for key in keys if key in item}


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _is_open(group: _SecurityGroup) -> bool:
    rules = group.get("IpPermissions", [])
    ranges = [each.get("CidrIp") for rule in rules for each in rule.get("IpRanges", [])]
    return "0.0.0.0/0" in ranges or any(
        each.get("CidrIpv6") == "::/0" for rule in rules for each in rule.get("Ipv6Ranges", [])
    )


def _or_none(read: Callable[[], object]) -> object:
    """What is read, or None where the bucket has no such configuration."""
    try:
        return _plain(read())
    except ClientError as error:
        if error.response["Error"]["Code"].endswith("NotFoundError") or "NoSuch" in error.response["Error"]["Code"]:
            return None
        raise
