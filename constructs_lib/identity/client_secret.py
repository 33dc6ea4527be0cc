"""The secret of a client of a user directory, where programs may read it."""

import aws_cdk as cdk
from aws_cdk import RemovalPolicy, SecretValue
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

CLIENT_ID_FIELD = "client_id"
# The name of a field, not what is in it.
CLIENT_SECRET_FIELD = "client_secret"  # noqa: S105
_NO_ROTATION = (
    "Amazon Cognito gives a client its secret once and rotates none in place: to rotate, add a second client under"
    " another id, move the programs, and remove the first."
)
_FINDINGS = (
    "AwsSolutions::AwsSolutions-SMG4",
    "NIST.800.53.R5::NIST.800.53.R5-SecretsManagerRotationEnabled",
    "HIPAA.Security::HIPAA.Security-SecretsManagerRotationEnabled",
)


class ClientSecret(Construct):
    """Keeps the id and the secret of a client in Secrets Manager, as the JSON fields `client_id` and `client_secret`.

    CloudFormation carries the secret from Amazon Cognito there; the template never holds it. Pass `secret` to
    `OAuth2Credential.custom(…)`, and an agent or gateway gets tokens as this client.

    Follows https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html

    Args:
        client: A client with a secret: of `add_machine_client`, or a confidential one of `add_web_client`.
        encryption_key: Key that encrypts the secret. Default: the account's key of Secrets Manager.
        removal_policy: What happens to the secret when it leaves the stack. The client goes with the stack, so there is
            nothing to keep it for.

    Attributes:
        client: The client.
        secret: The L2 secret.

    Raises:
        ValueError: If the client has no secret.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        client: cognito.UserPoolClient,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        super().__init__(scope, id)
        resource = client.node.default_child
        assert isinstance(resource, cognito.CfnUserPoolClient)  # noqa: S101 -- the L2's own resource
        if not resource.generate_secret:
            raise ValueError(
                f"the client {client.node.path!r} has no secret; make it by add_machine_client, or by"
                " add_web_client(confidential=True)"
            )
        self.client = client
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="Id and secret of a client of a user directory",
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            secret_object_value={
                CLIENT_ID_FIELD: SecretValue.resource_attribute(client.user_pool_client_id),
                CLIENT_SECRET_FIELD: SecretValue.resource_attribute(resource.attr_client_secret),
            },
        )
        cdk.Validations.of(self.secret).acknowledge(
            *(cdk.Acknowledgment(id=finding, reason=_NO_ROTATION) for finding in _FINDINGS)
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to read the client's id and secret."""
        return self.secret.grant_read(grantee)
