#!/usr/bin/env python3
"""An agent without a way to the internet, opened by the tokens of your identity provider."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import AgentCode, AgentNetwork, AgentService, JwtAuthorizer, ModelAccess

app = cdk.App()
env = cdk.Environment(region="us-east-1")
# --8<-- [start:network]
network_stack = cdk.Stack(app, "PrivateNetwork", env=env)
network_key = kms.Key(network_stack, "Key", enable_key_rotation=True)
network = AgentNetwork(
    network_stack,
    "Network",
    zones={"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"},  # of your account, see the README
    encryption_key=network_key,
)
# --8<-- [end:network]
# --8<-- [start:authorizer]
sign_in = JwtAuthorizer(
    discovery_url="https://id.example.com/.well-known/openid-configuration",
    allowed_clients=["web-client"],
    allowed_scopes=["agent/ask"],
)
# --8<-- [end:authorizer]
stack = cdk.Stack(app, "PrivateAgent", env=env)
# --8<-- [start:agent]
agent = AgentService(
    stack,
    "Agent",
    code=AgentCode.from_directory(Path(__file__).parent / "agent", entry_point=["main.py"]),
    model=ModelAccess.foundation_model("amazon.nova-lite-v1:0"),
    authorizer=sign_in,
    network=network,
    encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
    idle_timeout=cdk.Duration.minutes(5),
    max_lifetime=cdk.Duration.hours(1),
)
# --8<-- [end:agent]
cdk.CfnOutput(stack, "AgentRuntimeArn", value=agent.arn)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
