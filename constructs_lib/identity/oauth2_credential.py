"""An OAuth 2.0 client that agents and gateways call others with, for themselves or for their users."""

from typing import TYPE_CHECKING

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.identity._credential_access import HasWorkloadIdentity, grant, provider_name, secret_arn
from constructs_lib.identity._oauth2_client import SECRET_FIELD, AuthorizationServer, OAuth2Client, Vendor

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

USE_ACTIONS = ("bedrock-agentcore:GetResourceOauth2Token",)
COMPLETE_ACTIONS = ("bedrock-agentcore:CompleteResourceTokenAuth",)


class OAuth2Credential(Construct):
    """An OAuth 2.0 client in AgentCore's token vault, its secret kept in a secret of yours. Made by a factory.

    The template names the secret and never what is in it. The secret holds a JSON object, the client's secret in its
    field `secret_field`. Register `callback_url` with the vendor.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-outbound-credential-provider.html

    Args:
        client: The client.
        name: Letters, digits and `-`, at most 128, unique in the account and Region. Default: from the path.

    Attributes:
        provider: The L1 credential provider; the L2 takes no secret of yours.
        name: Its name, for GetResourceOauth2Token.
        provider_arn: Its ARN.
        callback_url: Where the vendor sends users back to.
        secret: The secret.
        secret_arn: The secret's ARN, as a policy needs it.

    Raises:
        ValueError: If the name is none.
    """

    def __init__(self, scope: Construct, id: str, *, client: OAuth2Client, name: str | None = None) -> None:
        super().__init__(scope, id)
        self.name = provider_name(self, name, salt=client.vendor)
        self.secret = client.client_secret
        self.provider = agentcore.CfnOAuth2CredentialProvider(
            self,
            "Provider",
            name=self.name,
            credential_provider_vendor=f"{client.vendor}Oauth2",
            oauth2_provider_config_input=client.rendered(),
        )
        self.provider_arn = self.provider.attr_credential_provider_arn
        self.secret_arn = secret_arn(self.secret)

    @property
    def callback_url(self) -> str:
        """Where the vendor sends users back to."""
        return self.provider.attr_callback_url

    def grant_use(self, grantee: iam.IGrantable, *, workload_identity: HasWorkloadIdentity | None = None) -> iam.Grant:
        """Allow `grantee` to fetch tokens of this client and to read its secret; of no other, and no other secret.

        Args:
            grantee: Who calls with the tokens.
            workload_identity: As whom it does. Default: the grantee's own, if it is an agent.

        Raises:
            ValueError: If the grantee has no workload identity and none is given.
        """
        return self._grant(grantee, USE_ACTIONS, workload_identity)

    def grant_complete_authorization(
        self, grantee: iam.IGrantable, *, workload_identity: HasWorkloadIdentity | None = None
    ) -> iam.Grant:
        """Allow `grantee`, the web application behind a return address, to say which user has just agreed.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/oauth2-authorization-url-session-binding.html

        Arguments and errors as for `grant_use`.
        """
        return self._grant(grantee, COMPLETE_ACTIONS, workload_identity)

    @staticmethod
    def github(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """A GitHub app or OAuth app."""
        return _of("Github", scope, id, client_id, client_secret, secret_field, name)

    @staticmethod
    def google(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """A client of Google's APIs."""
        return _of("Google", scope, id, client_id, client_secret, secret_field, name)

    @staticmethod
    def slack(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """A Slack app."""
        return _of("Slack", scope, id, client_id, client_secret, secret_field, name)

    @staticmethod
    def atlassian(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """An Atlassian app, for Jira and Confluence."""
        return _of("Atlassian", scope, id, client_id, client_secret, secret_field, name)

    @staticmethod
    def salesforce(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """A connected app of Salesforce."""
        return _of("Salesforce", scope, id, client_id, client_secret, secret_field, name)

    @staticmethod
    def microsoft(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        tenant_id: str,
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """An app registration of Entra ID in the tenant `tenant_id`, a GUID."""
        client = OAuth2Client(
            vendor="Microsoft",
            client_id=client_id,
            client_secret=client_secret,
            secret_field=secret_field,
            tenant_id=tenant_id,
        )
        return OAuth2Credential(scope, id, client=client, name=name)

    @staticmethod
    def custom(
        scope: Construct,
        id: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        discovery_url: str | None = None,
        server: AuthorizationServer | None = None,
        secret_field: str = SECRET_FIELD,
        name: str | None = None,
    ) -> "OAuth2Credential":
        """Any other authorization server, by its discovery document or its endpoints.

        Raises:
            ValueError: If both or neither are given.
        """
        client = OAuth2Client(
            vendor="Custom",
            client_id=client_id,
            client_secret=client_secret,
            secret_field=secret_field,
            discovery_url=discovery_url,
            server=server,
        )
        return OAuth2Credential(scope, id, client=client, name=name)

    def _grant(
        self, grantee: iam.IGrantable, actions: tuple[str, ...], workload_identity: HasWorkloadIdentity | None
    ) -> iam.Grant:
        return grant(
            self,
            grantee,
            actions=actions,
            provider_arn=self.provider_arn,
            secret=self.secret,
            workload_identity=workload_identity,
        )


def _of(
    vendor: Vendor,
    scope: Construct,
    id: str,
    client_id: str,
    client_secret: "secretsmanager.ISecret",
    secret_field: str,
    name: str | None,
) -> OAuth2Credential:
    client = OAuth2Client(vendor=vendor, client_id=client_id, client_secret=client_secret, secret_field=secret_field)
    return OAuth2Credential(scope, id, client=client, name=name)
