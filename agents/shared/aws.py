"""One boto3 session per process, and clients whose time-outs suit somebody who waits for an answer."""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_dynamodb import DynamoDBClient

AGENTCORE_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
    user_agent_extra="strands-agents",
)
"""Memory helps an answer: a person waits at most seconds for it before the agent goes on without."""

CONVERSATIONS_CONFIG = Config(
    connect_timeout=1,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=16,
    tcp_keepalive=True,
)
"""Somebody looks through conversations or deletes them: many calls at once, which the service may slow down."""

SESSIONS_CONFIG = Config(
    connect_timeout=1,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)
"""Whose a session is has to be known before anything else: a person waits at most 20 s for it, and is told."""

GUARDRAIL_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
)
"""A guardrail that only records: nobody waits for it longer than for the end of an answer."""

MODEL_CONFIG = Config(
    connect_timeout=5,
    read_timeout=120,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)
"""The model is the answer: `read_timeout` is the longest silence between two parts of it."""


@cache
def boto_session() -> boto3.Session:
    """The process's only boto3 session: it reads each service's model from disk once."""
    # boto3 itself reads only AWS_DEFAULT_REGION; Lambda-like runtimes promise AWS_REGION.
    return boto3.Session(region_name=os.environ.get("AWS_REGION"))


@cache
def agentcore_client() -> "BedrockAgentCoreClient":
    """The data plane of AgentCore: memory, and credentials for others."""
    return boto_session().client("bedrock-agentcore", config=AGENTCORE_CONFIG)


@cache
def conversations_client() -> "BedrockAgentCoreClient":
    """The data plane of AgentCore, as somebody's list of conversations uses it."""
    return boto_session().client("bedrock-agentcore", config=CONVERSATIONS_CONFIG)


@cache
def sessions_client() -> "DynamoDBClient":
    """DynamoDB, as the binding of sessions uses it."""
    return boto_session().client("dynamodb", config=SESSIONS_CONFIG)


@cache
def guardrail_client() -> "BedrockRuntimeClient":
    """Bedrock, as a guardrail that only records is asked."""
    return boto_session().client("bedrock-runtime", config=GUARDRAIL_CONFIG)


def read_service_models(*, sessions: bool) -> None:
    """Make the clients of a first answer in advance: most of their cost is reading service models, kept per session.

    Args:
        sessions: Whether sessions are bound to actors in a table.
    """
    if sessions:
        sessions_client()
    agentcore_client()
    boto_session().client("bedrock-runtime", config=MODEL_CONFIG)
