#!/usr/bin/env python3
"""The resources of `benchmarks/own_app/app.py`, written by hand with nothing but aws_cdk.

The zip is given (AGENT_ZIP): by hand, one would make it in a build step before the synth.
"""

import json
import os
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets

ARCHIVE = Path(os.environ["AGENT_ZIP"])
REGION = "us-east-1"
ACCOUNT = cdk.Aws.ACCOUNT_ID
PARTITION = cdk.Aws.PARTITION
MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
PROFILE = f"us.{MODEL}"
PROFILE_REGIONS = ["us-east-1", "us-east-2", "us-west-2"]
INVOKE_MODEL = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
RETENTION = logs.RetentionDays.ONE_MONTH
DISABLED_INSTRUMENTATIONS = (
    "http,sqlalchemy,psycopg2,pymysql,sqlite3,aiopg,asyncpg,mysql_connector,urllib3,requests,system_metrics,"
    "google-genai,jinja2,aws_crewai,aws_langchain,aws_llama-index,aws_mcp,aws_openai_agents,grpc_aio_client,"
    "grpc_aio_server,grpc_client,grpc_server,mcp"
)
MASKED = (
    "Address",
    "EmailAddress",
    "CreditCardExpiration",
    "CreditCardNumber",
    "CreditCardSecurityCode",
    "AwsSecretKey",
    "OpenSshPrivateKey",
    "PgpPrivateKey",
    "PkcsPrivateKey",
    "PuttyPrivateKey",
    *(f"PhoneNumber-{country}" for country in ("BR", "DE", "ES", "FR", "GB", "IT", "US")),
    *(f"Ssn-{country}" for country in ("ES", "US")),
)


def arn(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


def service_role(stack: cdk.Stack, id: str, description: str, source: str) -> iam.Role:
    principal = iam.ServicePrincipal(
        "bedrock-agentcore.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": arn("bedrock-agentcore", source)},
        },
    )
    return iam.Role(stack, id, description=description, assumed_by=principal)


def log_group(stack: cdk.Stack, id: str, name: str, key: kms.Key) -> logs.LogGroup:
    return logs.LogGroup(
        stack,
        id,
        log_group_name=name,
        retention=RETENTION,
        encryption_key=key,
        data_protection_policy=masking,
    )


def deliver(stack: cdk.Stack, id: str, name: str, resource_arn: str, group_name: str, key: kms.Key) -> None:
    group = log_group(stack, f"{id}LogGroup", group_name, key)
    logs_source = logs.CfnDeliverySource(
        stack, f"{id}LogsSource", name=f"{name}-logs", log_type="APPLICATION_LOGS", resource_arn=resource_arn
    )
    logs_destination = logs.CfnDeliveryDestination(
        stack,
        f"{id}LogsDestination",
        name=f"{name}-logs",
        delivery_destination_type="CWL",
        destination_resource_arn=group.log_group_arn,
    )
    logs.CfnDelivery(
        stack,
        f"{id}LogsDelivery",
        delivery_source_name=logs_source.ref,
        delivery_destination_arn=logs_destination.attr_arn,
    )
    traces_source = logs.CfnDeliverySource(
        stack, f"{id}TracesSource", name=f"{name}-traces", log_type="TRACES", resource_arn=resource_arn
    )
    traces_destination = logs.CfnDeliveryDestination(
        stack, f"{id}TracesDestination", name=f"{name}-traces", delivery_destination_type="XRAY"
    )
    logs.CfnDelivery(
        stack,
        f"{id}TracesDelivery",
        delivery_source_name=traces_source.ref,
        delivery_destination_arn=traces_destination.attr_arn,
    )


masking = logs.DataProtectionPolicy(
    name="mask-personal-data",
    description="Masks sensitive data for everybody without logs:Unmask",
    identifiers=[logs.DataIdentifier(name) for name in MASKED],
)
app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Assistant", env=cdk.Environment(region=REGION))

key = kms.Key(stack, "Key", description="Encrypts the agent's memory and logs", enable_key_rotation=True)
key.add_to_resource_policy(
    iam.PolicyStatement(
        sid="CloudWatchLogs",
        principals=[iam.ServicePrincipal(f"logs.{REGION}.amazonaws.com")],
        actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        # In a key's policy, "*" is this key.
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:*")}},
    )
)

memory_role = service_role(
    stack, "MemoryRole", "Lets AgentCore Memory run this memory's strategies", "memory/AssistantMemory-*"
)
memory_policy = iam.ManagedPolicy(
    stack,
    "MemoryPolicy",
    description="What the strategies of this memory need",
    roles=[memory_role],
    statements=[
        iam.PolicyStatement(
            actions=[
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            resources=[key.key_arn],
        )
    ],
)
memory = agentcore.Memory(
    stack,
    "Memory",
    memory_name="AssistantMemory",
    expiration_duration=cdk.Duration.days(90),
    kms_key=key,
    memory_strategies=[
        agentcore.ManagedMemoryStrategy(
            agentcore.MemoryStrategyType.SEMANTIC, strategy_name="facts", namespaces=["/users/{actorId}/facts/"]
        ),
        agentcore.ManagedMemoryStrategy(
            agentcore.MemoryStrategyType.USER_PREFERENCE,
            strategy_name="preferences",
            namespaces=["/users/{actorId}/preferences/"],
        ),
        agentcore.ManagedMemoryStrategy(
            agentcore.MemoryStrategyType.SUMMARIZATION,
            strategy_name="summaries",
            namespaces=["/users/{actorId}/sessions/{sessionId}/"],
        ),
    ],
    execution_role=memory_role.without_policy_updates(),
)
memory_resource = memory.node.find_child("Memory")
assert isinstance(memory_resource, agentcore.CfnMemory)
memory_resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
memory_resource.node.add_dependency(memory_policy)
memory_arn = memory.memory_arn
memory_id = memory.memory_id
deliver(
    stack,
    "Memory",
    "AssistantMemory",
    memory_arn,
    f"/aws/vendedlogs/bedrock-agentcore/memory/{memory_id}",
    key,
)

role = service_role(stack, "AgentRole", "Execution role of an agent on AgentCore Runtime", "runtime/MemoryAssistant-*")
code = s3_assets.Asset(stack, "Code", path=str(ARCHIVE), asset_hash=ARCHIVE.stem)
bucket_name, object_key = code.s3_bucket_name, code.s3_object_key
profile_arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{PROFILE}"
policy = iam.ManagedPolicy(
    stack,
    "AgentPolicy",
    description="What this agent needs to start, to call its model and to log",
    roles=[role],
    statements=[
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[arn("logs", "log-group:/aws/bedrock-agentcore/runtimes/MemoryAssistant-*")],
        ),
        iam.PolicyStatement(
            actions=[
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            # X-Ray knows no resources for these.
            resources=["*"],
        ),
        iam.PolicyStatement(actions=INVOKE_MODEL, resources=[profile_arn]),
        iam.PolicyStatement(
            actions=INVOKE_MODEL,
            resources=[f"arn:aws:bedrock:{region}::foundation-model/{MODEL}" for region in PROFILE_REGIONS],
            conditions={"StringEquals": {"bedrock:InferenceProfileArn": profile_arn}},
        ),
        iam.PolicyStatement(
            actions=[
                "bedrock-agentcore:CreateEvent",
                "bedrock-agentcore:DeleteEvent",
                "bedrock-agentcore:GetEvent",
                "bedrock-agentcore:ListEvents",
                "bedrock-agentcore:ListSessions",
            ],
            resources=[memory_arn],
        ),
        iam.PolicyStatement(
            actions=["bedrock-agentcore:ListMemoryRecords", "bedrock-agentcore:RetrieveMemoryRecords"],
            resources=[memory_arn],
            conditions={"StringLike": {"bedrock-agentcore:namespacePath": ["/users/*/"]}},
        ),
        iam.PolicyStatement(
            actions=["bedrock-agentcore:DeleteMemoryRecord"],
            resources=[memory_arn],
            conditions={"StringLike": {"bedrock-agentcore:namespace": ["/users/*/*"]}},
        ),
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:{PARTITION}:s3:::{bucket_name}/{object_key}"]),
    ],
)
runtime = agentcore.Runtime(
    stack,
    "Runtime",
    runtime_name="MemoryAssistant",
    agent_runtime_artifact=agentcore.AgentRuntimeArtifact.from_s3(
        s3.Location(bucket_name=bucket_name, object_key=object_key),
        agentcore.AgentCoreRuntime.PYTHON_3_13,
        ["opentelemetry-instrument", "main.py"],
    ),
    execution_role=role.without_policy_updates(),
    environment_variables={
        "AGENT_MODEL_ID": PROFILE,
        "AGENT_INBOUND_AUTH": "IAM",
        "BEDROCK_AGENTCORE_MEMORY_ID": memory_id,
        "AGENT_MEMORY_NAMESPACES": json.dumps(
            ["/users/{actorId}/facts/", "/users/{actorId}/preferences/"], separators=(",", ":")
        ),
        "AGENT_MEMORY_RECORD_PATHS": json.dumps(["/users/{actorId}/"]),
        "AGENT_OBSERVABILITY_ENABLED": "true",
        "OTEL_PYTHON_DISTRO": "aws_distro",
        "OTEL_PYTHON_CONFIGURATOR": "aws_configurator",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": DISABLED_INSTRUMENTATIONS,
    },
)
runtime.node.add_dependency(policy)
runtime_arn = runtime.agent_runtime_arn
runtime_id = runtime.agent_runtime_id
deliver(
    stack,
    "Agent",
    "MemoryAssistant",
    runtime_arn,
    f"/aws/vendedlogs/bedrock-agentcore/runtime/{runtime_id}",
    key,
)
log_group(stack, "AgentOutput", f"/aws/bedrock-agentcore/runtimes/{runtime_id}-DEFAULT", key)
cdk.CfnOutput(stack, "AgentRuntimeArn", value=runtime_arn)
app.synth()
