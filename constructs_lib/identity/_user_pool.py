"""The hardened user pool of a directory, its domain, its risk configuration and its logs."""

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._findings import skip_checkov
from constructs_lib.identity._pool_key import encrypt
from constructs_lib.identity._token_claims import TokenClaims

# Custom attributes cannot be removed from a pool, so there are these two and no more.
TENANT_ATTRIBUTE, GROUPS_ATTRIBUTE = "custom:tenant", "custom:groups"
_PASSWORD_HISTORY = 24
_OPTIONAL_MFA = cdk.Acknowledgment(
    id="AwsSolutions::AwsSolutions-COG2",
    reason="Users may set up a second factor and threat protection asks those who have one at every risky sign-in."
    " Users of an identity provider have theirs there. mfa_required=True asks every user of the directory itself.",
)
_LOG_KEY_REASON = (
    "Amazon Cognito delivers to log groups that are not encrypted with a key of AWS KMS only (its API reference,"
    " CloudWatchLogsConfigurationType): this group keeps CloudWatch Logs' own encryption at rest."
)
_LOG_KEY_FINDINGS = tuple(
    cdk.Acknowledgment(id=f"{pack}::{pack}-CloudWatchLogGroupEncrypted", reason=_LOG_KEY_REASON)
    for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
)


def user_pool(
    scope: Construct,
    id: str,
    *,
    claims: TokenClaims,
    mfa_required: bool,
    self_sign_up: bool,
    password_length: int,
    email: cognito.UserPoolEmail | None,
    encryption_key: kms.IKey | None,
    removal_policy: RemovalPolicy,
) -> cognito.UserPool:
    """The pool."""
    pool = cognito.UserPool(
        scope,
        id,
        feature_plan=cognito.FeaturePlan.PLUS,
        standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        self_sign_up_enabled=self_sign_up,
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        auto_verify=cognito.AutoVerifiedAttrs(email=True),
        keep_original=cognito.KeepOriginalAttrs(email=True),
        email=email,
        mfa=cognito.Mfa.REQUIRED if mfa_required else cognito.Mfa.OPTIONAL,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        password_policy=cognito.PasswordPolicy(
            min_length=password_length,
            require_digits=True,
            require_lowercase=True,
            require_symbols=True,
            require_uppercase=True,
            password_history_size=_PASSWORD_HISTORY,
            temp_password_validity=Duration.days(3),
        ),
        # Mutable, because an identity provider writes it again at every sign-in.
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        custom_attributes={
            "tenant": cognito.StringAttribute(max_len=256, mutable=True),
            "groups": cognito.StringAttribute(max_len=2048, mutable=True),
        },
        deletion_protection=removal_policy != RemovalPolicy.DESTROY,
        removal_policy=removal_policy,
    )
    pool.add_trigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, claims.function, cognito.LambdaVersion.V2_0)
    if encryption_key is not None:
        encrypt(pool, encryption_key)
    if not mfa_required:
        cdk.Validations.of(pool).acknowledge(_OPTIONAL_MFA)
    return pool


def respond_to_risk(scope: Construct, id: str, pool_id: str) -> None:
    """What threat protection does; without this it would only look."""
    attachment = cognito.CfnUserPoolRiskConfigurationAttachment
    quiet = {"notify": False}
    attachment(
        scope,
        id,
        user_pool_id=pool_id,
        client_id="ALL",
        compromised_credentials_risk_configuration=attachment.CompromisedCredentialsRiskConfigurationTypeProperty(
            actions=attachment.CompromisedCredentialsActionsTypeProperty(event_action="BLOCK")
        ),
        account_takeover_risk_configuration=attachment.AccountTakeoverRiskConfigurationTypeProperty(
            actions=attachment.AccountTakeoverActionsTypeProperty(
                low_action=attachment.AccountTakeoverActionTypeProperty(event_action="MFA_IF_CONFIGURED", **quiet),
                medium_action=attachment.AccountTakeoverActionTypeProperty(event_action="MFA_IF_CONFIGURED", **quiet),
                high_action=attachment.AccountTakeoverActionTypeProperty(event_action="MFA_REQUIRED", **quiet),
            )
        ),
    )


def deliver_logs(
    scope: Construct, id: str, pool_id: str, *, retention: logs.RetentionDays, removal_policy: RemovalPolicy
) -> logs.LogGroup:
    """Sign-ins with their risk, and failed deliveries of messages, in a log group of their own."""
    group = logs.LogGroup(
        scope,
        f"{id}Group",
        # Below this prefix, CloudWatch Logs keeps the resource policy for the delivery by itself.
        log_group_name=f"/aws/vendedlogs/cognito/{pool_id}",
        retention=retention,
        removal_policy=removal_policy,
    )
    cdk.Validations.of(group).acknowledge(*_LOG_KEY_FINDINGS)
    skip_checkov(group, {"CKV_AWS_158": _LOG_KEY_REASON})
    configuration = cognito.CfnLogDeliveryConfiguration
    destination = configuration.CloudWatchLogsConfigurationProperty(log_group_arn=group.log_group_arn)
    configuration(
        scope,
        id,
        user_pool_id=pool_id,
        log_configurations=[
            configuration.LogConfigurationProperty(
                event_source=source, log_level=level, cloud_watch_logs_configuration=destination
            )
            for source, level in (("userAuthEvents", "INFO"), ("userNotification", "ERROR"))
        ],
    )
    return group
