"""What is kept away from the front end before it sees it."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.observability.log_delivery import grant_log_encryption

MIN_RATE, MAX_RATE = 10, 2_000_000_000
DEFAULT_REQUESTS_PER_ADDRESS = 2_000
# AWS WAF takes log groups with this prefix only.
_LOG_PREFIX = "aws-waf-logs-"
# By how much evil they stop for how little: known bad addresses, known exploits, then what is bad in any web request.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
_MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# Tokens and codes: nobody needs them to see why a request was stopped.
_SECRET_HEADERS = ("authorization", "cookie")

_ACL = wafv2.CfnWebACL


def web_acl(scope: Construct, id: str, *, requests_per_address: int, edge: bool = False) -> wafv2.CfnWebACL:
    """Managed rules and a limit per address, for a load balancer or, with `edge`, for a distribution.

    https://docs.aws.amazon.com/waf/latest/developerguide/web-acl.html
    """
    return _ACL(
        scope,
        id,
        scope="CLOUDFRONT" if edge else "REGIONAL",
        description="Chat front end",
        default_action=_ACL.DefaultActionProperty(allow={}),
        visibility_config=_visibility("Requests"),
        rules=[
            _ACL.RuleProperty(
                name="RateLimit",
                priority=0,
                action=_ACL.RuleActionProperty(block={}),
                statement=_ACL.StatementProperty(
                    rate_based_statement=_ACL.RateBasedStatementProperty(
                        limit=requests_per_address, aggregate_key_type="IP", evaluation_window_sec=300
                    )
                ),
                visibility_config=_visibility("RateLimit"),
            ),
            *(_managed(name, priority) for priority, name in enumerate(_MANAGED, start=1)),
        ],
    )


def log_requests(
    scope: Construct,
    id: str,
    acl: wafv2.CfnWebACL,
    *,
    retention: logs.RetentionDays,
    encryption_key: kms.IKey | None,
    removal_policy: RemovalPolicy,
) -> logs.LogGroup:
    """What the web ACL let through and what it stopped, without tokens and codes.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    """
    group = logs.LogGroup(
        scope,
        f"{id}LogGroup",
        # With the generated id, a retained group never stands in the way of a new deployment.
        log_group_name=f"{_LOG_PREFIX}{acl.attr_id}",
        retention=retention,
        encryption_key=encryption_key,
        removal_policy=removal_policy,
    )
    if encryption_key is not None:
        grant_log_encryption(encryption_key, place_of(scope))
    field = wafv2.CfnLoggingConfiguration.FieldToMatchProperty
    wafv2.CfnLoggingConfiguration(
        scope,
        f"{id}Logging",
        resource_arn=acl.attr_arn,
        log_destination_configs=[
            # Without the ":*" at the end that a log group's ARN has in CloudFormation.
            Stack.of(scope).format_arn(
                service="logs",
                resource="log-group",
                resource_name=group.log_group_name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
        ],
        redacted_fields=[
            *(field(single_header={"Name": header}) for header in _SECRET_HEADERS),
            field(query_string={}),
        ],
    )
    return group


def _managed(name: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return _ACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=_ACL.OverrideActionProperty(none={}),
        statement=_ACL.StatementProperty(
            managed_rule_group_statement=_ACL.ManagedRuleGroupStatementProperty(vendor_name="AWS", name=name)
        ),
        visibility_config=_visibility(name),
    )


def _visibility(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return _ACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
