"""Where an agent browses the web."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.runtime._grants import GrantedPermissions
from constructs_lib.sandbox._permissions import BROWSE_ACTIONS, TAKE_OVER_ACTIONS, WATCH_ACTIONS
from constructs_lib.sandbox._recordings import DEFAULT_RETENTION_DAYS, recording_policy, recordings_bucket
from constructs_lib.sandbox._tool import (
    ToolName,
    bucket_properties,
    checked_description,
    execution_role,
    network_properties,
)

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

_Network = agentcore.BrowserNetworkConfiguration


@jsii.implements(iam.IGrantable)
class WebBrowser(Construct):
    """A browser of AgentCore: sessions of Chromium apart from the agent, which drives them and whose work is recorded.

    Recordings go to a bucket that only the browser's role writes to: pages, clicks, what was typed, requests and their
    answers. Pages can carry orders for the agent; give the agent no right that a page must not have.

    A browser cannot be changed, only replaced: another network, bucket or description gives another one, with another
    id, and ends the sessions of the old one.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-tool.html

    Args:
        network: Private network the browser is in, so that it reaches the sites there and, unlike otherwise, nothing
            else. Default: the public network, with the whole web.
        recording: Whether sessions are recorded.
        recording_bucket: Bucket for the recordings, in the browser's account and Region. Default: an own one.
        recording_retention: How long the own bucket keeps recordings, in whole days. Default: 90 days.
        signing: Whether requests are signed, so that sites that know Web Bot Auth recognize an agent of AWS (preview).
        description: Shown in the console, at most 4,096 characters. Default: none.
        tracing: Whether traces are delivered.
        log_retention: How long log events are kept.
        encryption_key: Key that encrypts the own bucket and the log group; its policy is extended for CloudWatch Logs.
            Default: the AWS managed key of Amazon S3, and CloudWatch Logs' own key.
        removal_policy: What happens to recordings and log group when they leave the stack. CloudFormation deletes a
            bucket only if it is empty.

    Attributes:
        browser: The L2 browser.
        browser_name: Its name.
        browser_id: Its id, for `AGENT_BROWSER_ID`.
        browser_arn: Its ARN.
        role: Its execution role, which writes recordings. Grant to the browser, not to the role.
        recording_bucket: Where recordings go. None: there are none.
        recording_prefix: First part of their keys in it.
        log_group: Its usage logs: processor and memory of each session, by the second. There are no others; recordings
            say what happened.

    Raises:
        ValueError: If the description is too long, or what is said of recordings contradicts itself.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: AgentNetwork | None = None,
        recording: bool = True,
        recording_bucket: s3.IBucket | None = None,
        recording_retention: Duration | None = None,
        signing: bool = False,
        description: str | None = None,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        checked_description(description)
        retention = _checked_retention(recording_retention, recording_bucket, recording=recording)
        place = place_of(self)
        self.recording_bucket: s3.IBucket | None = recording_bucket
        if recording and recording_bucket is None:
            self.recording_bucket = recordings_bucket(
                self, place, retention=retention, key=encryption_key, removal_policy=removal_policy
            )
        name = ToolName(
            self,
            place,
            "browser-custom",
            {
                "description": description,
                "vpc": network_properties(network),
                "recording": recording,
                "bucket": bucket_properties(recording_bucket),
                "signing": signing,
            },
        )
        self.browser_name, self.recording_prefix = name.name, name.base
        self.role = execution_role(self, place, name.pattern, "Writes the recordings of a browser of AgentCore")
        self._grants = GrantedPermissions(self, self.role, description="What this browser was granted")
        self.browser = agentcore.BrowserCustom(
            self,
            "Browser",
            browser_custom_name=name.name,
            description=description,
            # The L2 would write an inline policy.
            execution_role=self.role.without_policy_updates(),
            network_configuration=_network(self, network),
            recording_config=_recording(self.recording_bucket, self.recording_prefix),
            browser_signing=agentcore.BrowserSigning.ENABLED if signing else None,
        )
        if self.recording_bucket is not None:
            policy = recording_policy(self, self.role, place, self.recording_bucket, self.recording_prefix)
            self.browser.node.add_dependency(policy)
        self.browser_id, self.browser_arn = self.browser.browser_id, self.browser.browser_arn
        self.log_group = LogDelivery(
            self,
            "Logs",
            source_arn=self.browser_arn,
            source_name=name.name,
            log_group_suffix=f"browser/{self.browser_id}",
            application_logs=False,
            usage_logs=True,
            retention=log_retention,
            traces=tracing,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        ).log_group

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The identity of the browser: pass this construct to any `grant_*` method."""
        return self._grants

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what an agent needs: to start sessions of this browser, to drive them, to stop them."""
        return self._grant(grantee, BROWSE_ACTIONS)

    def grant_watch(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow people to look at running sessions of this browser, whose ids they have to know."""
        return self._grant(grantee, WATCH_ACTIONS)

    def grant_take_over(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow people to look at running sessions, to take one over from the agent, and to give it back."""
        return self._grant(grantee, [*WATCH_ACTIONS, *TAKE_OVER_ACTIONS])

    def use_statements(self) -> list[dict[str, object]]:
        """What `grant_use` grants, as IAM policy statements in JSON."""
        return [{"Effect": "Allow", "Action": list(BROWSE_ACTIONS), "Resource": self.browser_arn}]

    def metric_session_duration(self) -> "cloudwatch.Metric":
        """Mean time that sessions lasted."""
        return self.browser.metric_session_duration()

    def metric_invocations(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation: `StartBrowserSession`, `StopBrowserSession` …"""
        return self.browser.metric_invocations_for_api_operation(operation)

    def metric_latency(self, operation: str) -> "cloudwatch.Metric":
        """Mean time in milliseconds from a call of an operation to the start of its answer."""
        return self.browser.metric_latency_for_api_operation(operation)

    def metric_throttles(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that the service refused for their number."""
        return self.browser.metric_throttles_for_api_operation(operation)

    def metric_user_errors(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that failed by the caller's fault."""
        return self.browser.metric_user_errors_for_api_operation(operation)

    def metric_system_errors(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that failed by the service's fault."""
        return self.browser.metric_system_errors_for_api_operation(operation)

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        return iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=[self.browser_arn])


def _network(scope: Construct, network: AgentNetwork | None) -> _Network:
    if network is None:
        return _Network.using_public_network()
    return _Network.using_vpc(
        scope,
        vpc=network.vpc,
        vpc_subnets=network.agent_subnets,
        security_groups=[network.agent_security_group],
    )


def _recording(bucket: s3.IBucket | None, prefix: str) -> agentcore.RecordingConfig:
    if bucket is None:
        return agentcore.RecordingConfig(enabled=False)
    location = s3.Location(bucket_name=bucket.bucket_name, object_key=prefix)
    return agentcore.RecordingConfig(enabled=True, s3_location=location)


def _checked_retention(retention: Duration | None, bucket: s3.IBucket | None, *, recording: bool) -> Duration:
    if not recording and (bucket is not None or retention is not None):
        raise ValueError(
            "recording=False records nothing, got recording_bucket= or recording_retention= as well; leave these out"
        )
    if bucket is not None and retention is not None:
        raise ValueError(
            f"recording_retention= is for the browser's own bucket, got recording_bucket={bucket.node.path!r} as well;"
            " give that bucket a lifecycle rule instead"
        )
    if retention is None:
        return Duration.days(DEFAULT_RETENTION_DAYS)
    days = float(retention.to_days(integral=False))
    if not days.is_integer() or days < 1:
        raise ValueError(f"recordings are kept for whole days, at least one, got {days:g} days")
    return retention
