"""What agents' traces need, once in an account and Region."""

from pathlib import Path
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from constructs_lib._bundled_function import BundledFunction
from constructs_lib._findings import spelled
from constructs_lib._place import Place, is_token, place_of
from constructs_lib.observability._account_permissions import (
    SPANS_LOG_GROUP,
    set_up_statements,
    spans_statement,
    traces_statement,
)
from constructs_lib.observability.log_delivery import grant_log_encryption
from constructs_lib.observability.log_masking import LogMasking

HANDLER = Path(__file__).parent / "handlers" / "account_settings"
POLICY_NAME = "agentcore-constructs"
RESOURCE_TYPE = "Custom::AccountObservability"
_FUNCTION_MINUTES = 5
_MAX_PERCENTAGE = 100
# What CloudWatch Logs takes, in the order of RetentionDays; INFINITE is none of them.
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
RETENTION_DAYS = dict(zip(logs.RetentionDays, _DAYS, strict=False))
_MADE: WeakKeyDictionary[IConstruct, dict[tuple[str, str], str]] = WeakKeyDictionary()


class AccountObservability(Construct):
    """CloudWatch Transaction Search and what it needs, for all agents of an account and Region.

    It lets CloudWatch Logs deliver the traces of AgentCore's resources to X-Ray, lets X-Ray write spans to the log
    group `aws/spans`, turns Transaction Search on, and sets what you say of it. What you do not say stays as it is.

    These settings are not the stack's but the account's: each is read first and written only if it differs, so the
    account may have them already, several stacks may say the same, and no stack takes them back when it is deleted.

    Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Enable-TransactionSearch.html and
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-XRayTraces.html

    Args:
        indexing_percentage: Share of the traces that X-Ray indexes for trace summaries and analytics, 0 to 100. All
            spans are in `aws/spans` anyway. Default: as it is; AWS's own is 1.
        spans_retention: How long `aws/spans` keeps spans. Default: as it is.
        spans_masking: What nobody without `logs:Unmask` sees in `aws/spans`, which belongs to everybody in the account.
            Evaluations and trace views then see asterisks, too. A policy of others that is there stays, and masks this
            besides. Default: as it is.
        log_retention: How long the log of the function that does it is kept.
        encryption_key: Key that encrypts `aws/spans` and that log; its policy is extended. Default: as it is, and
            CloudWatch Logs' own key.
        removal_policy: What happens to that log when it leaves the stack.

    Attributes:
        resource: The custom resource.
        function: The function that applies the settings.
        spans_log_group: `aws/spans`, for queries.

    Raises:
        ValueError: If the app has one for that account and Region already, or the percentage is none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        indexing_percentage: float | None = None,
        spans_retention: logs.RetentionDays | None = None,
        spans_masking: LogMasking | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        if indexing_percentage is not None and not 0 <= indexing_percentage <= _MAX_PERCENTAGE:
            raise ValueError(f"indexing_percentage is a share of 0 to 100, got {indexing_percentage:g}")
        place = place_of(self)
        _check_only_one(self, place)
        key_arn = encryption_key.key_arn if encryption_key else None
        function = BundledFunction(
            self,
            "Settings",
            code=HANDLER,
            purpose="the set-up of traces in this account and Region",
            caller="AWS CloudFormation",
            timeout=Duration.minutes(_FUNCTION_MINUTES),
            retention=log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            statements=set_up_statements(place, masking=spans_masking, key_arn=key_arn),
        )
        _acknowledge_wildcards(function, place)
        self.function = function.function
        stack = cdk.Stack.of(self)
        wanted = {
            "IndexingPercentage": indexing_percentage,
            "RetentionDays": _days(spans_retention),
            "KeyArn": key_arn,
            "Masking": stack.to_json_string(spans_masking.document(place.partition)) if spans_masking else None,
        }
        self.resource = cdk.CustomResource(
            self,
            "Resource",
            resource_type=RESOURCE_TYPE,
            service_token=self.function.function_arn,
            service_timeout=Duration.minutes(_FUNCTION_MINUTES + 1),
            removal_policy=RemovalPolicy.RETAIN,
            properties={
                "PolicyName": POLICY_NAME,
                "TracesStatement": stack.to_json_string(traces_statement(place)),
                "LogsStatement": stack.to_json_string(spans_statement(place)),
                **{name: value for name, value in wanted.items() if value is not None},
            },
        )
        self.resource.node.add_dependency(function.policy)
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place)
        self.spans_log_group = logs.LogGroup.from_log_group_name(self, "Spans", SPANS_LOG_GROUP)


def _check_only_one(construct: AccountObservability, place: Place) -> None:
    """Refuse a second one. Where the account is not known, each stage is deployed to one of its own."""
    stage = cdk.Stage.of(construct)
    account = f"of {stage.node.path if stage else ''}" if is_token(place.account) else place.account
    region = "" if is_token(place.region) else place.region
    made = _MADE.setdefault(construct.node.root, {})
    path = made.setdefault((account, region), construct.node.path)
    if path != construct.node.path:
        where = f"account {account} and Region {region}" if region else "one account and Region"
        raise ValueError(
            f"there is one AccountObservability for {where}, got {construct.node.path!r} besides {path!r}; keep one, in"
            " a stack that all others can rely on"
        )


def _days(retention: logs.RetentionDays | None) -> int | None:
    """The days that a retention stands for."""
    if retention is None:
        return None
    if retention is logs.RetentionDays.INFINITE:
        raise ValueError(
            "spans_retention is a number of days, got RetentionDays.INFINITE; leave it out to change nothing"
        )
    return RETENTION_DAYS[retention]


def _acknowledge_wildcards(function: BundledFunction, place: Place) -> None:
    stack = cdk.Stack.of(function)
    reasons = {
        "*": "X-Ray's settings, Application Signals, and the resource policies and log deliveries of CloudWatch Logs"
        " belong to the account and Region: their actions name no resource (service authorization reference).",
        place.arn("logs", f"log-group:{SPANS_LOG_GROUP}:*"): "The wildcard is the log group's own streams.",
        place.arn("logs", "log-group:/aws/application-signals/data:*"): "The wildcard is the log group's own streams.",
        place.arn("logs", "log-group:*"): "DescribeLogGroups looks for a log group that X-Ray has yet to make.",
        place.arn(
            "cloudtrail", "channel/aws-service-channel/application-signals/*"
        ): "Application Signals names its channel when it makes it.",
    }
    cdk.Validations.of(function.policy).acknowledge(
        *(
            cdk.Acknowledgment(
                id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{spelled(stack.resolve(arn))}]", reason=reason
            )
            for arn, reason in reasons.items()
        )
    )
