"""Logs and traces that AgentCore delivers for a resource."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import Place, place_of
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking, policy_of

# Groups below this prefix share one resource policy for log delivery, which CloudWatch Logs keeps by itself. That
# policy is limited to 5,120 characters, and a Region to ten of them.
VENDED_LOGS_PREFIX = "/aws/vendedlogs/bedrock-agentcore"
_MAX_DELIVERY_NAME = 50


class LogDelivery(Construct):
    """Delivers a resource's logs to log groups of its own, and its traces to AWS X-Ray.

    Which kinds of logs there are depends on the resource:

    | resource of AgentCore | application logs | usage logs | traces |
    | --- | --- | --- | --- |
    | runtime, code interpreter | yes | yes | yes |
    | browser | no | yes | yes |
    | memory, gateway, workload identity | yes | no | yes |

    Others, such as policy engines and evaluators, deliver nothing themselves: the gateway's traces hold the decisions.
    Application logs hold what was asked and answered, so personal data in them is masked.

    The resource policies that let the delivery service write are not made here: CloudWatch Logs makes its own, and the
    one of X-Ray belongs to the account and Region, once, together with Transaction Search: `AccountObservability`. Five
    X-Ray policies exhaust the Region's quota. Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html and
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html.

    Args:
        source_arn: ARN of the AgentCore resource (runtime, memory, gateway …).
        source_name: Physical name of that resource; names the delivery, so that a replaced resource gets a new one.
        log_group_suffix: Last part of the log group's name. Use the resource's generated id, so that a retained group
            never stands in the way of a new deployment.
        application_logs: Whether the resource has application logs.
        usage_logs: Whether to deliver usage logs: processor and memory of each session, by the second.
        retention: How long log events are kept.
        traces: Whether to deliver traces.
        masking: What is masked in application logs. None: nothing.
        encryption_key: Key that encrypts the log groups; its policy is extended for CloudWatch Logs. Default:
            CloudWatch Logs' own key.
        removal_policy: What happens to the log groups when they leave the stack.

    Attributes:
        log_group: Where the application logs go; the usage logs, if the resource has no others.
        usage_log_group: Where the usage logs go. None: nowhere.

    Raises:
        ValueError: If neither kind of logs is asked for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source_arn: str,
        source_name: str,
        log_group_suffix: str,
        application_logs: bool = True,
        usage_logs: bool = False,
        retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        traces: bool = True,
        masking: LogMasking | None = DEFAULT_MASKING,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        self._source_arn = source_arn
        self._name = physical_name(source_name, max_length=_MAX_DELIVERY_NAME)

        def log_group(id: str, name: str, masked: LogMasking | None) -> logs.LogGroup:
            return logs.LogGroup(
                self,
                id,
                log_group_name=f"{VENDED_LOGS_PREFIX}/{name}",
                retention=retention,
                encryption_key=encryption_key,
                data_protection_policy=policy_of(masked),
                removal_policy=removal_policy,
            )

        application = log_group("LogGroup", log_group_suffix, masking) if application_logs else None
        # Usage logs hold numbers only.
        self.usage_log_group = log_group("UsageLogGroup", f"{log_group_suffix}/usage", None) if usage_logs else None
        first = application or self.usage_log_group
        if first is None:
            raise ValueError("a delivery has logs to deliver, got application_logs=False and usage_logs=False")
        self.log_group: logs.LogGroup = first
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place_of(self))
        if application is not None:
            self._deliver("Logs", "APPLICATION_LOGS", application)
        if self.usage_log_group is not None:
            self._deliver("Usage", "USAGE_LOGS", self.usage_log_group)
        if traces:
            self._deliver("Traces", "TRACES", None)

    def _deliver(self, id: str, log_type: str, log_group: logs.LogGroup | None) -> None:
        """Deliver to a log group, or to X-Ray, which is one for the account and Region."""
        name = f"{self._name}-{id.lower()}"
        source = logs.CfnDeliverySource(
            self, f"{id}Source", name=name, log_type=log_type, resource_arn=self._source_arn
        )
        destination = logs.CfnDeliveryDestination(
            self,
            f"{id}Destination",
            name=name,
            delivery_destination_type="XRAY" if log_group is None else "CWL",
            destination_resource_arn=None if log_group is None else log_group.log_group_arn,
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
                # As AWS's page has them: each "*" is the same action with and without a plaintext, from and to a key.
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                # In a key's policy, "*" is this key, and it cannot be named: its ARN is not known yet.
                "Resource": "*",
                "Condition": {
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")},
                },
            }
        )
    )
