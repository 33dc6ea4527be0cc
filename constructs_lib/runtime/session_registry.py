"""Whose each session is, for as long as anything of it is kept."""

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib._place import place_of

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

SESSION_ATTRIBUTE = "session_id"
EXPIRY_ATTRIBUTE = "expires_at"

# One conditional write both makes a binding and checks it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
CLAIM_ACTION = "dynamodb:PutItem"
# A conditional one, for the row of an actor who has their data deleted.
RELEASE_ACTION = "dynamodb:DeleteItem"
# DynamoDB decrypts the table's key in the name of who calls.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
KEY_ACTION = "kms:Decrypt"

_NO_BACKUP_PLAN = (
    "The table is recovered to any second of its last 35 days. A binding that is lost is made again by the session's"
    " next use; AWS Backup would keep identities of users longer than that."
)


class SessionRegistry(Construct):
    """A table that binds session ids to actors: the first who uses an id keeps it, in every process and every agent.

    AgentCore Runtime lets whoever may invoke an agent name any session. What was said in a session is kept by actor,
    but a session's process is not: without a binding, another actor who knows an id would talk to the process of its
    owner. An agent asks the table once in each session process, with one conditional write, and refuses whom it does
    not know to be the owner.

    Bindings expire 400 days after a process last made sure of them, later than all that AgentCore Memory keeps of a
    conversation. Agents that share a registry share the ids.

    Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-sessions.html

    Args:
        encryption_key: Key that encrypts the table; agents may decrypt with it through DynamoDB. Default: DynamoDB's
            own key.
        removal_policy: What happens to the table when it leaves the stack. A table that is retained cannot be deleted
            by mistake either.

    Attributes:
        table: The L2 table.
        table_name: Its name, for `AGENT_SESSIONS_TABLE`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        self._key = encryption_key
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name=SESSION_ATTRIBUTE, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=EXPIRY_ATTRIBUTE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            encryption=(
                dynamodb.TableEncryption.CUSTOMER_MANAGED if encryption_key else dynamodb.TableEncryption.DEFAULT
            ),
            encryption_key=encryption_key,
            deletion_protection=removal_policy == RemovalPolicy.RETAIN,
            removal_policy=removal_policy,
        )
        self.table_name, self._arn = self.table.table_name, self.table.table_arn
        cdk.Validations.of(self.table).acknowledge(
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-DynamoDBInBackupPlan", reason=_NO_BACKUP_PLAN)
                for pack in ("NIST.800.53.R5", "HIPAA.Security")
            )
        )

    def grant_claim(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to bind sessions, and to find out whether one is bound to somebody else. Not to read any."""
        grants = [
            iam.Grant.add_to_principal(
                grantee=grantee, actions=[action], resource_arns=[resource], conditions=conditions or None
            )
            for action, resource, conditions in self._claim()
        ]
        return grants[0] if len(grants) == 1 else grants[0].combine(grants[1])

    def claim_statements(self) -> list[dict[str, object]]:
        """What `grant_claim` grants, as IAM policy statements in JSON."""
        return [
            {
                "Effect": "Allow",
                "Action": action,
                "Resource": resource,
                **({"Condition": conditions} if conditions else {}),
            }
            for action, resource, conditions in self._claim()
        ]

    def grant_release(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to remove bindings, besides `grant_claim`: for actors who have their data deleted."""
        return iam.Grant.add_to_principal(grantee=grantee, actions=[RELEASE_ACTION], resource_arns=[self._arn])

    def release_statements(self) -> list[dict[str, object]]:
        """What `grant_release` grants, as IAM policy statements in JSON."""
        return [{"Effect": "Allow", "Action": RELEASE_ACTION, "Resource": self._arn}]

    def metric_throttled_claims(self) -> "cloudwatch.Metric":
        """Claims that the table refused for their number: each is a request that nobody got in with."""
        return self.table.metric_throttled_requests_for_operation("PutItem")

    def _claim(self) -> list[tuple[str, str, dict[str, dict[str, str]]]]:
        claim: list[tuple[str, str, dict[str, dict[str, str]]]] = [(CLAIM_ACTION, self._arn, {})]
        if self._key is not None:
            service = f"dynamodb.{place_of(self).region}.amazonaws.com"
            claim.append((KEY_ACTION, self._key.key_arn, {"StringEquals": {"kms:ViaService": service}}))
        return claim
