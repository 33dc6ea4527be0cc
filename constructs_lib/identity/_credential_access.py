"""Who may fetch a credential from the token vault, and with it the one secret behind it."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aws_cdk import SecretValue
from aws_cdk import aws_iam as iam

from constructs_lib._names import physical_name
from constructs_lib._place import Place, is_token, place_of

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import Construct

# A provider's ARN takes no underscores, though its name does.
_NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")
_MAX_NAME = 64
_MAX_FIELD = 128
_FULL_SECRET_ARN = re.compile(r".*-[a-zA-Z0-9]{6}")


@runtime_checkable
class HasWorkloadIdentity(Protocol):
    """What runs under a workload identity: an agent, a gateway, or a `WorkloadIdentity` for anything else."""

    @property
    def workload_identity_arn(self) -> str:
        """ARN of the workload identity."""


def directory_arn(place: Place) -> str:
    """The directory that all workload identities of an account and Region are in."""
    return place.arn("bedrock-agentcore", "workload-identity-directory/default")


def provider_name(scope: "Construct", name: str | None, *, salt: str) -> str:
    """The name given, or one from the path. `salt`: what cannot be changed in place."""
    if name is None:
        return physical_name(scope.node.path, max_length=_MAX_NAME, salt=salt).replace("_", "-")
    if not _NAME.fullmatch(name):
        raise ValueError(f"a credential's name has letters, digits and '-', at most 128, got {name!r}")
    return name


def checked_field(field: str) -> str:
    """The field of a secret's JSON; the service reads no secret that is plain text."""
    if not 1 <= len(field) <= _MAX_FIELD:
        raise ValueError(
            f"a secret's field has 1 to {_MAX_FIELD} characters, got {field!r}: AgentCore reads a field of a JSON"
            " object, so store the credential as one"
        )
    return field


def check_secret(what: str, secret: "secretsmanager.ISecret") -> None:
    """Refuse the credential itself, which would stand in the code and in the template, and what cannot be found.

    Nothing of the credential is repeated. On names: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
    """
    if isinstance(secret, str | SecretValue):
        raise ValueError(  # noqa: TRY004 -- as every other wrong argument of this library
            f"{what} is a secret of AWS Secrets Manager, got a {type(secret).__name__}; store the credential there and"
            " pass Secret.from_secret_name_v2(…)"
        )
    if secret.secret_full_arn is None and _FULL_SECRET_ARN.fullmatch(secret.secret_arn):
        raise ValueError(
            f"{what} is imported by the name {secret.secret_name!r}, which ends in '-' and six characters: Secrets"
            " Manager takes these for the end of an ARN and would look for another secret; import it by its whole ARN,"
            " Secret.from_secret_complete_arn(…)"
        )


def secret_arn(secret: "secretsmanager.ISecret") -> str:
    """The secret's ARN as a policy needs it: six random characters end it, which an import by name does not know."""
    whole = secret.secret_full_arn
    if whole is not None and (is_token(whole) or _FULL_SECRET_ARN.fullmatch(whole)):
        return whole
    return f"{secret.secret_arn}-??????"


def grant(
    scope: "Construct",
    grantee: iam.IGrantable,
    *,
    actions: Sequence[str],
    provider_arn: str,
    secret: "secretsmanager.ISecret",
    workload_identity: HasWorkloadIdentity | None,
) -> iam.Grant:
    """Allow `actions` on one provider under one workload identity, and the provider's own secret.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/scope-credential-provider-access.html
    """
    owner = workload_identity if workload_identity is not None else grantee
    if not isinstance(owner, HasWorkloadIdentity):
        raise ValueError(  # noqa: TRY004 -- as every other wrong argument of this library
            f"a credential is used under a workload identity, and {_called(grantee)} has none of its own; grant to an"
            " agent, or pass workload_identity="
        )
    place = place_of(scope)
    resources = [
        provider_arn,
        place.arn("bedrock-agentcore", "token-vault/default"),
        directory_arn(place),
        owner.workload_identity_arn,
    ]
    use = iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=resources)
    # Not the L2's grant_read, which also lets the grantee describe the secret.
    read = iam.Grant.add_to_principal(
        grantee=grantee, actions=["secretsmanager:GetSecretValue"], resource_arns=[secret_arn(secret)]
    )
    key = secret.encryption_key
    if key is not None:
        # In the grantee's policy: in the key's, it would make the key's stack wait for the grantee's.
        decrypt = iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["kms:Decrypt"],
            resource_arns=[key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}},
        )
        read = read.combine(decrypt)
    return use.combine(read)


def _called(grantee: iam.IGrantable) -> str:
    node = getattr(grantee, "node", None)
    return repr(node.path) if node is not None else "the grantee"
