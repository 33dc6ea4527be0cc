#!/usr/bin/env python3
"""An agent with memory in your own CDK app: everything below is what you write."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import AgentCode, AgentMemory, AgentService, MemoryStrategy, ModelAccess

HERE = Path(__file__).parent

app = cdk.App()
stack = cdk.Stack(app, "MemoryAgent", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", enable_key_rotation=True)
memory = AgentMemory(
    stack,
    "Memory",
    strategies=[MemoryStrategy.semantic_facts(), MemoryStrategy.user_preferences()],
    encryption_key=key,
)
agent = AgentService(
    stack,
    "Agent",
    code=AgentCode.from_directory(HERE / "agent", entry_point=["main.py"]),
    model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    memory=memory,
    encryption_key=key,
)
cdk.CfnOutput(stack, "AgentRuntimeArn", value=agent.arn)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
