"""The users of the agents: a stack of its own, because no deployment of an agent may touch it."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import UserDirectory
from stacks.environments import Environment


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
        web = self.directory.add_web_client(
            "Web",
            callback_urls=[f"{users.web_address}/oauth2callback"],
            logout_urls=[users.web_address],
            confidential=True,
        )
        self.authorizer = self.directory.authorizer()
        CfnOutput(self, "UserPoolId", value=self.directory.user_pool.user_pool_id, description="Make users here")
        CfnOutput(self, "WebClientId", value=web.user_pool_client_id, description="Client of the web application")
        CfnOutput(self, "LoginUrl", value=self.directory.login_url, description="Where users sign in")
