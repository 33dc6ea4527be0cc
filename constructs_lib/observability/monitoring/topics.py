"""Where alarms go."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib._place import Place, place_of

_PRINCIPAL = "cloudwatch.amazonaws.com"


class AlarmTopics(Construct):
    """Two encrypted topics: what somebody has to look at now, and what can wait for the day.

    Only CloudWatch alarms of this account and Region may publish to them. Subscribe with
    `topics.critical.add_subscription(…)`; a subscriber by e-mail has to confirm.

    Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html and
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html

    Args:
        encryption_key: Key that encrypts the messages; its policy is extended for CloudWatch. Default: a key of its
            own, because CloudWatch cannot use the one of AWS.
        removal_policy: What happens to that key when it leaves the stack.

    Attributes:
        critical: The L2 topic of critical alarms.
        warning: The L2 topic of warnings.
        encryption_key: The key.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        self.encryption_key = encryption_key or kms.Key(
            self,
            "Key",
            description="Encrypts the messages of alarms",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self.encryption_key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal(_PRINCIPAL)],
                # As AWS's page has it: GenerateDataKey and GenerateDataKeyWithoutPlaintext.
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                # In a key's policy, "*" is this key, and it cannot be named: its ARN is not known yet.
                resources=["*"],
                conditions=_alarms_of(place),
            )
        )
        self.critical = self._topic("Critical", "Alarms that somebody has to look at now", place)
        self.warning = self._topic("Warning", "Alarms that can wait for the day", place)

    def _topic(self, id: str, name: str, place: Place) -> sns.Topic:
        topic = sns.Topic(self, id, display_name=name, master_key=self.encryption_key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal(_PRINCIPAL)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=_alarms_of(place),
            )
        )
        return topic


def _alarms_of(place: Place) -> dict[str, dict[str, str]]:
    return {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnLike": {"aws:SourceArn": place.arn("cloudwatch", "alarm:*")},
    }
