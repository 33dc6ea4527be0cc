"""Personal data in logs, masked for everybody who is not allowed to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from constructs_lib.observability.data_identifiers import PERSONAL_DATA, ManagedDataIdentifier

UNMASK_ACTION = "logs:Unmask"
_NAME = "mask-personal-data"
_DESCRIPTION = "Masks sensitive data for everybody without logs:Unmask"


@dataclass(frozen=True)
class LogMasking:
    """What a log group masks, as a data protection policy of CloudWatch Logs.

    Events are scanned when they arrive, so what was written before stays readable. Masked text is masked wherever it
    leaves the group: in the console, in queries, in metric filters and subscriptions.

    Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html

    Args:
        identifiers: Kinds of data that are masked; AWS advises to name only what one's logs can hold. Default:
            `PERSONAL_DATA`. Doubles count once, so `[*PERSONAL_DATA, *data_of("DE")]` is fine.
        findings: Log group that is told what was found and where, without the data. It must be another group than those
            that are masked; below `/aws/vendedlogs/`, CloudWatch Logs keeps the permission for it by itself. Default:
            the number of findings is a metric only, `LogEventsWithFindings` of `AWS/Logs`.

    Raises:
        ValueError: If nothing is to be masked.
    """

    identifiers: Sequence[ManagedDataIdentifier] = PERSONAL_DATA
    findings: logs.ILogGroup | None = None

    def __post_init__(self) -> None:
        named = tuple(dict.fromkeys(ManagedDataIdentifier(each) for each in self.identifiers))
        if not named:
            raise ValueError(
                "log masking needs at least one identifier, got none; pass log_masking=None to mask nothing"
            )
        object.__setattr__(self, "identifiers", named)

    def policy(self) -> logs.DataProtectionPolicy:
        """The L2 policy, for a log group of one's own: `logs.LogGroup(…, data_protection_policy=masking.policy())`."""
        return _policy(tuple(self.identifiers)) if self.findings is None else _made(self.identifiers, self.findings)

    def document(self, partition: str) -> dict[str, object]:
        """The policy in JSON, for PutDataProtectionPolicy on a log group that no template makes."""
        identifiers = [f"arn:{partition}:dataprotection::aws:data-identifier/{each.value}" for each in self.identifiers]
        told = {} if self.findings is None else {"CloudWatchLogs": {"LogGroup": self.findings.log_group_name}}
        operations: tuple[dict[str, object], ...] = (
            {"Audit": {"FindingsDestination": told}},
            {"Deidentify": {"MaskConfig": {}}},
        )
        return {
            "Name": _NAME,
            "Description": _DESCRIPTION,
            "Version": "2021-06-01",
            "Statement": [{"DataIdentifier": identifiers, "Operation": operation} for operation in operations],
        }

    @staticmethod
    def grant_unmask(grantee: iam.IGrantable, *log_groups: logs.ILogGroup) -> iam.Grant:
        """Allow `grantee`, who may read these log groups, to read what is masked in them as well.

        Nobody else may, unless another policy allows `logs:Unmask`: AWS's `CloudWatchLogsReadOnlyAccess` does not,
        policies that allow `logs:*` do.

        Raises:
            ValueError: If no log group is named.
        """
        if not log_groups:
            raise ValueError("grant_unmask needs the log groups to unmask, got none")
        arns = [group.log_group_arn for group in log_groups]
        return iam.Grant.add_to_principal(grantee=grantee, actions=[UNMASK_ACTION], resource_arns=arns)


DEFAULT_MASKING = LogMasking()


def policy_of(masking: LogMasking | None) -> logs.DataProtectionPolicy | None:
    """The L2 policy of what may be None."""
    return None if masking is None else masking.policy()


# One object for all log groups: each identifier is a round trip.
@cache
def _policy(identifiers: tuple[ManagedDataIdentifier, ...]) -> logs.DataProtectionPolicy:
    return _made(identifiers, None)


def _made(identifiers: Sequence[ManagedDataIdentifier], findings: logs.ILogGroup | None) -> logs.DataProtectionPolicy:
    return logs.DataProtectionPolicy(
        name=_NAME,
        description=_DESCRIPTION,
        identifiers=[logs.DataIdentifier(each.value) for each in identifiers],
        log_group_audit_destination=findings,
    )
