#!/usr/bin/env python3
"""A chat front end on a domain of your own, and an agent that its users talk to."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import (
    AgentCode,
    AgentNetwork,
    AgentService,
    ChatAgent,
    ChatFrontend,
    ClientSecret,
    FrontendDomain,
    ModelAccess,
    UserDirectory,
)

app = cdk.App()
env = cdk.Environment(region="us-east-1")
network_stack, stack = cdk.Stack(app, "ChatNetwork", env=env), cdk.Stack(app, "Chat", env=env)
key = kms.Key(network_stack, "Key", enable_key_rotation=True)
zones = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"}  # of your account, see the README
# --8<-- [start:network]
network = AgentNetwork(
    network_stack, "Network", zones=zones, front_end=True, nat_gateways=len(zones), encryption_key=key
)
# --8<-- [end:network]
# --8<-- [start:users]
domain = FrontendDomain.in_zone_of_id(
    "chat.example.com", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
)
users = UserDirectory(stack, "Users", encryption_key=key)
web = users.add_web_client("Web", callback_urls=[domain.callback_url], logout_urls=[domain.address], confidential=True)
web_secret = ClientSecret(stack, "WebSecret", client=web, encryption_key=key)
# --8<-- [end:users]
code = AgentCode.from_directory(Path(__file__).parent / "agent", entry_point=["main.py"])
model = ModelAccess.foundation_model("amazon.nova-lite-v1:0")
agent = AgentService(
    stack, "Agent", code=code, model=model, authorizer=users.authorizer(), network=network, encryption_key=key
)
# --8<-- [start:frontend]
chat = ChatFrontend(
    stack,
    "Chat",
    agents=[ChatAgent("Assistant", agent, "Answers questions of all kinds")],
    users=users,
    client_secret=web_secret,
    network=network,
    domain=domain,
    encryption_key=key,
)
# --8<-- [end:frontend]
cdk.CfnOutput(stack, "Address", value=chat.address)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
