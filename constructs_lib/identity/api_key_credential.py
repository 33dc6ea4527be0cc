"""An API key that agents and gateways call others with."""

from typing import TYPE_CHECKING

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.identity._credential_access import (
    HasWorkloadIdentity,
    check_secret,
    checked_field,
    grant,
    provider_name,
    secret_arn,
)

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

API_KEY_FIELD = "api_key"
USE_ACTIONS = ("bedrock-agentcore:GetResourceApiKey",)


class ApiKeyCredential(Construct):
    """An API key in AgentCore's token vault, kept in a secret of yours.

    The template names the secret and never what is in it. The secret stays yours: its key, its rotation, its policy.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html

    Args:
        secret: Holds the key, as a field of a JSON object. In this Region.
        field: That field.
        name: Letters, digits and `-`, at most 128, unique in the account and Region. Default: from the path.

    Attributes:
        provider: The L1 credential provider; the L2 takes no secret of yours.
        name: Its name, for GetResourceApiKey.
        provider_arn: Its ARN.
        secret: The secret.
        secret_arn: The secret's ARN, as a policy needs it.

    Raises:
        ValueError: If the name or the field is none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret: "secretsmanager.ISecret",
        field: str = API_KEY_FIELD,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        check_secret("secret", secret)
        self.name = provider_name(self, name, salt="ApiKey")
        self.secret = secret
        self.provider = agentcore.CfnApiKeyCredentialProvider(
            self,
            "Provider",
            name=self.name,
            api_key_secret_source="EXTERNAL",  # noqa: S106 -- where it is, not what it is
            api_key_secret_config=agentcore.CfnApiKeyCredentialProvider.SecretReferenceProperty(
                secret_id=secret.secret_arn, json_key=checked_field(field)
            ),
        )
        self.provider_arn = self.provider.attr_credential_provider_arn
        self.secret_arn = secret_arn(secret)

    def grant_use(self, grantee: iam.IGrantable, *, workload_identity: HasWorkloadIdentity | None = None) -> iam.Grant:
        """Allow `grantee` to fetch this key and to read its secret; no other key, no other secret.

        Args:
            grantee: Who calls with the key.
            workload_identity: As whom it does. Default: the grantee's own, if it is an agent.

        Raises:
            ValueError: If the grantee has no workload identity and none is given.
        """
        return grant(
            self,
            grantee,
            actions=USE_ACTIONS,
            provider_arn=self.provider_arn,
            secret=self.secret,
            workload_identity=workload_identity,
        )
