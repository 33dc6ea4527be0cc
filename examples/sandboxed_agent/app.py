#!/usr/bin/env python3
"""An agent that runs the code it writes and reads web pages, both apart from itself."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from constructs_lib import AgentCode, AgentService, CodeSandbox, ModelAccess, WebBrowser

app = cdk.App()
stack = cdk.Stack(app, "SandboxedAgent", env=cdk.Environment(region="us-east-1"))
key = kms.Key(stack, "Key", enable_key_rotation=True)
# --8<-- [start:code]
code = CodeSandbox(stack, "Code", encryption_key=key)
# --8<-- [end:code]
# --8<-- [start:browser]
browser = WebBrowser(stack, "Browser", recording_retention=cdk.Duration.days(30), encryption_key=key)
# --8<-- [end:browser]
# --8<-- [start:agent]
agent = AgentService(
    stack,
    "Agent",
    code=AgentCode.from_directory(Path(__file__).parent / "agent", entry_point=["main.py"]),
    model=ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    code_sandbox=code,
    web_browser=browser,
    encryption_key=key,
)
# --8<-- [end:agent]
cdk.CfnOutput(stack, "AgentRuntimeArn", value=agent.arn)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
