"""The users of the agents: a stack of its own, because no deployment of an agent may touch it."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import ClientSecret, UserDirectory
from stacks.environments import Environment

ENGINEERS, VIEWERS = "engineers", "viewers"
"""Groups of users: engineers may change, viewers may look. A user in both counts as an engineer."""


class IdentityStack(Stack):
    """The user directory and the web application that signs its users in."""

    def __init__(self, scope: Construct, id: str, *, environment: Environment, encryption_key: kms.IKey) -> None:
        super().__init__(scope, id, termination_protection=environment.termination_protection)
        users = environment.users
        self.directory = UserDirectory(
            self,
            "Users",
            mfa_required=users.mfa_required,
            encryption_key=encryption_key,
            removal_policy=environment.removal_policy,
            log_retention=environment.log_retention,
        )
        for precedence, group in enumerate((ENGINEERS, VIEWERS)):
            self.directory.add_group(group, precedence=precedence)
        if users.identity_provider is not None:
            self.directory.add_identity_provider(users.identity_provider(self))
        web = self.directory.add_web_client(
            "Web",
            callback_urls=[f"{environment.web_address}/oauth2callback"],
            logout_urls=[environment.web_address],
            confidential=True,
        )
        self.web_secret = ClientSecret(self, "WebSecret", client=web, encryption_key=encryption_key)
        self.authorizer = self.directory.authorizer()
        CfnOutput(self, "UserPoolId", value=self.directory.user_pool.user_pool_id, description="Make users here")
        CfnOutput(self, "WebClientId", value=web.user_pool_client_id, description="Client of the web application")
        CfnOutput(self, "LoginUrl", value=self.directory.login_url, description="Where users sign in")
