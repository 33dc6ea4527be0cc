#!/usr/bin/env python3
"""An agent with memory by this library: what `benchmarks/l2_app/app.py` writes by hand."""

import os
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from constructs_lib import AgentCode, AgentMemory, AgentService, MemoryStrategy, ModelAccess

AGENTS = Path(__file__).parents[2] / "agents"

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Assistant", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", description="Encrypts the agent's memory and logs", enable_key_rotation=True)
memory = AgentMemory(
    stack,
    "Memory",
    memory_name="AssistantMemory",
    strategies=[MemoryStrategy.semantic_facts(), MemoryStrategy.user_preferences(), MemoryStrategy.session_summaries()],
    encryption_key=key,
)
agent = AgentService(
    stack,
    "Agent",
    runtime_name="MemoryAssistant",
    code=AgentCode.from_directory(
        AGENTS / "memory_assistant",
        entry_point=["opentelemetry-instrument", "main.py"],
        packages=[AGENTS / "shared"],
        aws_services=["bedrock-agentcore", "bedrock-runtime"],
        cache_directory=os.environ["AGENT_CACHE"],
    ),
    model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    memory=memory,
    encryption_key=key,
)
cdk.CfnOutput(stack, "AgentRuntimeArn", value=agent.arn)
app.synth()
