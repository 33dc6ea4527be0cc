"""What Amazon Cognito may do with the key of a user pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html
"""

from collections.abc import Mapping

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib._findings import skip_checkov
from constructs_lib._place import Place, place_of

_SERVICES = ("cognito-idp.amazonaws.com", "identitystore.amazonaws.com")
_USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*")
_POOL = "kms:EncryptionContext:aws:cognito-idp:userpool-arn"
_ANYONE_THROUGH_POOLS = (
    "Amazon Cognito's own key policy: '*' holds for callers of this account that come through Amazon Cognito only"
    " (kms:CallerAccount, kms:ViaService), and IAM decides who that is."
)


def encrypt(pool: cognito.UserPool, key: kms.IKey) -> None:
    """Encrypt a pool with a key, and extend the key's policy for it."""
    resource = pool.node.default_child
    assert isinstance(resource, cognito.CfnUserPool)  # noqa: S101 -- the L2's own resource
    # The L2 does not know the property.
    configuration: Mapping[str, object] = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key.key_arn}
    resource.add_property_override("KeyConfiguration", configuration)
    for statement in _statements(place_of(pool)):
        key.add_to_resource_policy(iam.PolicyStatement.from_json({"Effect": "Allow", "Resource": "*", **statement}))
    skip_checkov(key, {"CKV_AWS_33": _ANYONE_THROUGH_POOLS})


def _statements(place: Place) -> list[dict[str, object]]:
    # The account's pools and not this one: the key comes before the pool.
    pools = place.arn("cognito-idp", "userpool/*")
    from_pools: dict[str, object] = {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnLike": {"aws:SourceArn": pools},
    }
    through_pools = {"kms:CallerAccount": place.account, "kms:ViaService": f"cognito-idp.{place.region}.amazonaws.com"}
    log_groups = {"StringLike": {"kms:EncryptionContext:SourceArn": place.arn("logs", "*")}}
    return [
        {
            "Sid": "UserPools",
            "Principal": {"Service": list(_SERVICES)},
            "Action": list(_USE),
            "Condition": {**from_pools, "StringLike": {_POOL: pools}},
        },
        {
            "Sid": "UserPoolsDescribe",
            "Principal": {"Service": list(_SERVICES)},
            "Action": "kms:DescribeKey",
            "Condition": from_pools,
        },
        # Whoever may use a pool, by IAM, does so through Amazon Cognito only.
        {
            "Sid": "ThroughUserPools",
            "Principal": {"AWS": "*"},
            "Action": list(_USE),
            "Condition": {"StringEquals": through_pools, "StringLike": {_POOL: pools}},
        },
        {
            "Sid": "ThroughUserPoolsDescribe",
            "Principal": {"AWS": "*"},
            "Action": "kms:DescribeKey",
            "Condition": {"StringEquals": through_pools},
        },
        # Logs travel encrypted with this key, though the log group they arrive in cannot have one.
        {
            "Sid": "UserPoolLogs",
            "Principal": {"Service": _SERVICES[0]},
            "Action": ["kms:Encrypt", "kms:GenerateDataKey"],
            "Condition": log_groups,
        },
        {
            "Sid": "UserPoolLogDelivery",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Condition": log_groups,
        },
    ]
