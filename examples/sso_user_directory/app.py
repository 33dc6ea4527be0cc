#!/usr/bin/env python3
"""An agent for the people of an organization, who sign in with Microsoft Entra ID."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import AgentCode, AgentService, IdentityProviderSource, ModelAccess, RequiredClaim, UserDirectory

app = cdk.App()
stack = cdk.Stack(app, "SsoUserDirectory", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", enable_key_rotation=True)
# --8<-- [start:directory]
users = UserDirectory(stack, "Users", encryption_key=key)
users.add_group("operators", precedence=10, description="May ask the agent")
# --8<-- [end:directory]
# --8<-- [start:providers]
entra_id = IdentityProviderSource.entra_id(
    "11111111-2222-3333-4444-555555555555",  # your organization's, see the README
    application_id="66666666-7777-8888-9999-000000000000",
    tenant="acme",
    email_domains=["acme.example"],
)
users.add_identity_provider(entra_id)
# --8<-- [end:providers]
# --8<-- [start:clients]
api = users.add_resource_server("agents", scopes={"ask": "Ask the agent"})
web = users.add_web_client(
    "Web", callback_urls=["http://localhost:8501/signed-in"], scopes=["openid", "email", api.scope("ask")]
)
# --8<-- [end:clients]
# --8<-- [start:agent]
agent = AgentService(
    stack,
    "Agent",
    code=AgentCode.from_directory(Path(__file__).parent / "agent", entry_point=["main.py"]),
    model=ModelAccess.foundation_model("amazon.nova-lite-v1:0"),
    authorizer=users.authorizer(
        scopes=[api.scope("ask")], required_claims=[RequiredClaim.contains("cognito:groups", "operators")]
    ),
    encryption_key=key,
)
# --8<-- [end:agent]
outputs = {
    "AgentArn": agent.arn,
    "ClientId": web.user_pool_client_id,
    "LoginUrl": users.login_url,
    "SamlEntityId": users.saml_entity_id,
    "SamlResponseUrl": users.saml_response_url,
}
for name, value in outputs.items():
    cdk.CfnOutput(stack, name, value=value)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
