"""Where an agent's logs go: made by the template, because the agent could set neither retention nor key."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.observability.log_masking import LogMasking, policy_of
from constructs_lib.runtime._permissions import RUNTIME_LOG_GROUPS


class AgentLogs:
    """The log groups of one runtime.

    Attributes:
        application: Requests, responses and errors.
        usage: Processor and memory of each session, by the second. None: not delivered.
        output: What the agent prints, by endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        runtime_name: str,
        runtime_arn: str,
        runtime_id: str,
        tracing: bool,
        usage_logs: bool,
        retention: logs.RetentionDays,
        masking: LogMasking | None,
        encryption_key: kms.IKey | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        self._scope = scope
        self._runtime_id = runtime_id
        self._retention, self._key, self._removal_policy = retention, encryption_key, removal_policy
        self._masking = masking
        delivery = LogDelivery(
            scope,
            "Logs",
            source_arn=runtime_arn,
            source_name=runtime_name,
            log_group_suffix=f"runtime/{runtime_id}",
            retention=retention,
            usage_logs=usage_logs,
            traces=tracing,
            masking=masking,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self.application, self.usage = delivery.log_group, delivery.usage_log_group
        self.output: dict[str, logs.LogGroup] = {}

    def add_output(self, id: str, endpoint: str) -> None:
        """Make the group of what the agent prints when it is invoked through an endpoint."""
        self.output[endpoint] = logs.LogGroup(
            self._scope,
            id,
            log_group_name=f"{RUNTIME_LOG_GROUPS}/{self._runtime_id}-{endpoint}",
            retention=self._retention,
            encryption_key=self._key,
            data_protection_policy=policy_of(self._masking),
            removal_policy=self._removal_policy,
        )
