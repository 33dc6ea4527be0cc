#!/usr/bin/env python3
"""One gateway with tools from all six kinds of sources, for the people of a user directory."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks
from shop import Shop  # type: ignore[import-not-found]  # the files beside this one
from tools import tool_sources  # type: ignore[import-not-found]

from constructs_lib import Argument, CallerIdentity, ToolGateway, ToolPolicy, ToolRule, Tools, UserDirectory

app = cdk.App()
stack = cdk.Stack(app, "ToolGateway", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", enable_key_rotation=True)
shop = Shop(stack, "Shop", key=key)
# --8<-- [start:users]
users = UserDirectory(stack, "Users", encryption_key=key)
for precedence, group in enumerate(["managers", "clerks"]):
    users.add_group(group, precedence=precedence)
web = users.add_web_client(
    "Web",
    callback_urls=["http://localhost:8501/signed-in"],
    password_sign_in=app.node.try_get_context("passwordSignIn")
    == "true",  # for tests: cdk deploy -c passwordSignIn=true
)
# --8<-- [end:users]
# --8<-- [start:policy]
policy = ToolPolicy(
    [
        ToolRule.permit("Staff", tools=Tools.every(), groups=["clerks", "managers"]),
        ToolRule.forbid("LargeRefunds", tools=["orders___refund_order"], where=Argument("euros") > 100),
    ]
)
# --8<-- [end:policy]
# --8<-- [start:gateway]
gateway = ToolGateway(
    stack,
    "Gateway",
    sources=tool_sources(shop),
    authorizer=users.authorizer(),
    policy=policy,
    interceptors=[CallerIdentity(stack, "Caller", encryption_key=key).interceptor],
    encryption_key=key,
)
# --8<-- [end:gateway]
for name, value in {
    "GatewayUrl": gateway.url,
    "LoginUrl": users.login_url,
    "ClientId": web.user_pool_client_id,
}.items():
    cdk.CfnOutput(stack, name, value=value)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
