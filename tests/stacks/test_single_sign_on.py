"""Single sign-on by an environment's configuration: the code of docs/guides/environments.md."""

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template
from constructs import Construct

from constructs_lib import IdentityProviderSource
from stacks.environments import PROD, Users
from stacks.identity_stack import IdentityStack


# --8<-- [start:okta]
def okta(stack: Construct) -> IdentityProviderSource:
    return IdentityProviderSource.okta(
        "acme.okta.com",
        client_id="0oa1acme",
        client_secret=secretsmanager.Secret.from_secret_name_v2(stack, "OktaClient", "sso/okta"),
    )


users = Users(identity_provider=okta)
# --8<-- [end:okta]


def test_people_sign_in_with_the_provider_of_their_environment() -> None:
    stage = cdk.Stage(cdk.App(analytics_reporting=False), "Stage", env=cdk.Environment(region=PROD.region))
    key = kms.Key(cdk.Stack(stage, "Keys"), "Key")
    stack = IdentityStack(stage, "Identity", environment=replace(PROD, users=users), encryption_key=key)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Cognito::UserPoolIdentityProvider", 1)
    template.has_resource_properties(
        "AWS::Cognito::UserPoolClient", {"SupportedIdentityProviders": ["COGNITO", "Okta"]}
    )
