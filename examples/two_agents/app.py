#!/usr/bin/env python3
"""Two agents that ask each other: one code, two roles, no cycle in the template."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import AgentCode, AgentService, ModelAccess

COLLEAGUE = "COLLEAGUE_ARN_PARAMETER"

app = cdk.App()
stack = cdk.Stack(app, "TwoAgents", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", enable_key_rotation=True)
# --8<-- [start:code]
code = AgentCode.from_directory(
    Path(__file__).parent / "agent",
    entry_point=["main.py"],
    aws_services=["bedrock-agentcore", "bedrock-runtime", "ssm"],
)
# --8<-- [end:code]
# --8<-- [start:models]
sonnet = ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
nova = ModelAccess.foundation_model("amazon.nova-lite-v1:0")
# --8<-- [end:models]
# --8<-- [start:agents]
planner = AgentService(
    stack, "Planner", code=code, model=sonnet, environment={"ROLE": "You plan journeys."}, encryption_key=key
)
guide = AgentService(
    stack,
    "Guide",
    code=code,
    model=nova,
    environment={"ROLE": "You know the sights of every town."},
    encryption_key=key,
)
planner.connect_to(guide, variable=COLLEAGUE)
guide.connect_to(planner, variable=COLLEAGUE)
# --8<-- [end:agents]
# --8<-- [start:caller]
website = iam.Role(stack, "Website", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
planner.add_endpoint("live", version="1")
planner.grant_invoke(website, endpoint="live")
# --8<-- [end:caller]
cdk.CfnOutput(stack, "PlannerArn", value=planner.arn)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
