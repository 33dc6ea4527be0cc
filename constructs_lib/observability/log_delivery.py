"""Logs and traces that AgentCore delivers for a resource."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import Place, place_of

# Groups below this prefix share one resource policy for log delivery, which CloudWatch Logs keeps by itself. That
# policy is limited to 5,120 characters, and a Region to ten of them.
VENDED_LOGS_PREFIX = "/aws/vendedlogs/bedrock-agentcore"
_MAX_DELIVERY_NAME = 50


class LogDelivery(Construct):
    """Delivers a resource's application logs to a log group of its own, and its traces to AWS X-Ray.

    The resource policies that let the delivery service write are not made here: CloudWatch Logs makes its own, and the
    one of X-Ray belongs to the account and Region, once, together with Transaction Search (five X-Ray policies exhaust
    the Region's quota). Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html and
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html.

    Args:
        source_arn: ARN of the AgentCore resource (runtime, memory, gateway …).
        source_name: Physical name of that resource; names the delivery, so that a replaced resource gets a new one.
        log_group_suffix: Last part of the log group's name. Use the resource's generated id, so that a retained group
            never stands in the way of a new deployment.
        retention: How long log events are kept.
        traces: Whether to deliver traces.
        encryption_key: Key that encrypts the log group; its policy is extended for CloudWatch Logs. Default: CloudWatch
            Logs' own key.
        removal_policy: What happens to the log group when it leaves the stack.

    Attributes:
        log_group: Where the application logs go.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source_arn: str,
        source_name: str,
        log_group_suffix: str,
        retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        traces: bool = True,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=f"{VENDED_LOGS_PREFIX}/{log_group_suffix}",
            retention=retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place_of(self))
        name = physical_name(source_name, max_length=_MAX_DELIVERY_NAME)
        self._deliver("Logs", f"{name}-logs", "APPLICATION_LOGS", source_arn, "CWL", self.log_group.log_group_arn)
        if traces:
            self._deliver("Traces", f"{name}-traces", "TRACES", source_arn, "XRAY", None)

    def _deliver(
        self, id: str, name: str, log_type: str, source_arn: str, destination_type: str, destination_arn: str | None
    ) -> None:
        source = logs.CfnDeliverySource(self, f"{id}Source", name=name, log_type=log_type, resource_arn=source_arn)
        destination = logs.CfnDeliveryDestination(
            self,
            f"{id}Destination",
            name=name,
            delivery_destination_type=destination_type,
            destination_resource_arn=destination_arn,
        )
        logs.CfnDelivery(self, id, delivery_source_name=source.ref, delivery_destination_arn=destination.attr_arn)


def grant_log_encryption(key: kms.IKey, place: Place) -> None:
    """Let CloudWatch Logs use `key` for the log groups of an account and Region, and for nothing else.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html

    The key may live in a stack that must not depend on that of the log groups, so none of them is named.
    """
    key.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            {
                "Sid": "CloudWatchLogs",
                "Effect": "Allow",
                # In every partition, service principals end in amazonaws.com.
                "Principal": {"Service": f"logs.{place.region}.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": "*",
                "Condition": {
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")},
                },
            }
        )
    )
