"""An agent's runtime in an AWS account, read under the credentials of this process (AWS_PROFILE and so on)."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient

MEMORY_ID, MODEL_ID = "BEDROCK_AGENTCORE_MEMORY_ID", "AGENT_MODEL_ID"
"""Variables in which an agent is told its memory and its model."""

_ARN = re.compile(r"arn:aws[a-z-]*:bedrock-agentcore:([a-z0-9-]+):\d{12}:runtime/([a-zA-Z0-9_-]+)")


@dataclass(frozen=True)
class DeployedRuntime:
    """A runtime, and how to ask its region for more.

    Args:
        arn: Its ARN.
        runtime_id: Its id.
        region: The region it is in.
        name: Its name.
        memory_id: The memory it is told; empty if none.
        model_id: The model it is told; empty if none.
        takes_tokens: Whether users' tokens open it, not IAM.
        session: Makes clients for the region.
        control: AgentCore's control plane there.
    """

    arn: str
    runtime_id: str
    region: str
    name: str
    memory_id: str
    model_id: str
    takes_tokens: bool
    session: boto3.Session
    control: "BedrockAgentCoreControlClient"

    @property
    def model(self) -> str:
        """What answers as its model, as reports say it."""
        return f"Amazon Bedrock in {self.region}, {self.model_id or 'model of the agent'}"


def read_runtime(arn: str, config: Config) -> DeployedRuntime:
    """Look at a runtime.

    Args:
        arn: Its ARN, as given by `--runtime-arn`.
        config: How the client of the control plane behaves.

    Raises:
        WorkbenchError: If the ARN is none, there are no credentials, or the runtime cannot be read.
    """
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise WorkbenchError(
            "--runtime-arn takes the ARN of an AgentCore runtime"
            f" (arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID), got {arn!r}"
        )
    region, runtime_id = parts.groups()
    session = boto3.Session(region_name=region)
    if session.get_credentials() is None:
        raise WorkbenchError("there are no AWS credentials: configure them (AWS_PROFILE, `aws sso login`)")
    control = session.client("bedrock-agentcore-control", config=config)
    try:
        runtime = control.get_agent_runtime(agentRuntimeId=runtime_id)
    except (ClientError, BotoCoreError) as error:
        raise WorkbenchError(f"cannot read the runtime {arn}: {error}") from None
    variables = runtime.get("environmentVariables", {})
    return DeployedRuntime(
        arn=arn,
        runtime_id=runtime_id,
        region=region,
        name=runtime["agentRuntimeName"],
        memory_id=variables.get(MEMORY_ID, ""),
        model_id=variables.get(MODEL_ID, ""),
        takes_tokens="authorizerConfiguration" in runtime,
        session=session,
        control=control,
    )
