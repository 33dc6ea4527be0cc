"""The agent that is evaluated: on the local cloud, or deployed in an AWS account."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, cast

from botocore import UNSIGNED
from botocore.config import Config

from workbench.conversations.client import AgentClient
from workbench.conversations.extraction import LongTermMemory
from workbench.conversations.runner import Talker
from workbench.deployed_runtime import MODEL_ID, read_runtime
from workbench.errors import WorkbenchError
from workbench.evaluation.judge import BedrockJudge, ConverseClient, JudgeModel
from workbench.local_cloud.agents import CLIENT_CONFIG, READ_SECONDS, find_agent, memory_namespaces
from workbench.local_cloud.sign_in import claims_of
from workbench.local_cloud.workspace import RunningCloud

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient

ACCESS_TOKEN = "AGENTCORE_ACCESS_TOKEN"  # noqa: S105
"""Variable with the access token of the user who talks to an agent in AWS that demands one."""


@dataclass(frozen=True)
class Target:
    """An agent to evaluate.

    Args:
        name: Its name.
        model: What answers as its model, as the report says it.
        agent_as: Returns the agent as an actor talks to it.
        judge_model: Makes the model that judges; called only if the data set has judges.
    """

    name: str
    model: str
    agent_as: Callable[[str], Talker]
    judge_model: Callable[[], JudgeModel]


def local_target(cloud: RunningCloud, agent: str, judge_model_id: str) -> Target:
    """An agent of a running local cloud, judged by what answers as the model there.

    Args:
        cloud: The cloud.
        agent: Name of the runtime or of the agent's directory.
        judge_model_id: The judging model; empty for the agent's own.

    Raises:
        WorkbenchError: If there is no such agent.
    """
    found = find_agent(cloud, agent)
    session, endpoint = found.access.session(), found.access.endpoint
    runtime = _converse(session.client("bedrock-runtime", endpoint_url=endpoint, config=CLIENT_CONFIG))
    judge = partial(_judge, runtime, judge_model_id, found.access.control(), found.runtime_id)
    return Target(found.name, _label(cloud.model, judge_model_id), cache(found.client), judge)


def deployed_target(runtime_arn: str, judge_model_id: str) -> Target:
    """An agent in an AWS account, under the credentials of this process (AWS_PROFILE and so on).

    Args:
        runtime_arn: ARN of its runtime.
        judge_model_id: The judging model; empty for the agent's own.

    Raises:
        WorkbenchError: If the ARN is none, there are no credentials, the runtime cannot be read, or the agent takes
            users' tokens and the variable AGENTCORE_ACCESS_TOKEN has none.
    """
    config = Config(read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})
    runtime = read_runtime(runtime_arn, config)
    session, control, memory_id = runtime.session, runtime.control, runtime.memory_id
    token = _access_token(runtime.name) if runtime.takes_tokens else ""
    calls = config.merge(Config(signature_version=UNSIGNED)) if token else config

    speakers: set[str] = set()

    def client(actor: str) -> AgentClient:
        speakers.add(actor)
        if token and len(speakers) > 1:
            raise WorkbenchError(
                f"the data set has several actors, and {ACCESS_TOKEN} is one user's: evaluate it on the local cloud,"
                " or pass a data set of one actor"
            )
        data = session.client("bedrock-agentcore", config=config)
        memory = LongTermMemory(data, memory_id, memory_namespaces(control, memory_id)) if memory_id else None
        return AgentClient(
            session.client("bedrock-agentcore", config=calls),
            runtime_arn,
            actor=str(claims_of(token)["sub"]) if token else actor,
            token=token,
            memory=memory,
        )

    judges = _converse(session.client("bedrock-runtime", config=config))
    judge = partial(_judge, judges, judge_model_id, control, runtime.runtime_id)
    return Target(runtime.name, _label(runtime.model, judge_model_id), cache(client), judge)


def _access_token(agent: str) -> str:
    token = os.environ.get(ACCESS_TOKEN, "")
    try:
        known = "sub" in claims_of(token)
    except (ValueError, IndexError):
        known = False
    if not known:
        raise WorkbenchError(
            f"the agent {agent} takes users' tokens, and {ACCESS_TOKEN} holds {'no JWT' if token else 'none'}: put a"
            " user's access token there"
        )
    return token


def _label(model: str, judge_model_id: str) -> str:
    return f"{model}, judged by {judge_model_id}" if judge_model_id else model


def _converse(client: object) -> ConverseClient:
    # boto3's types come by service, and a judge needs one operation.
    return cast("ConverseClient", client)


def _judge(
    client: ConverseClient, judge_model_id: str, control: "BedrockAgentCoreControlClient", runtime_id: str
) -> JudgeModel:
    if judge_model_id:
        return BedrockJudge(client, judge_model_id)
    runtime = control.get_agent_runtime(agentRuntimeId=runtime_id)
    model_id = runtime.get("environmentVariables", {}).get(MODEL_ID)
    if not model_id:
        raise WorkbenchError(
            f"the agent {runtime['agentRuntimeName']} does not say its model ({MODEL_ID}): name the judging model by"
            " --judge-model"
        )
    return BedrockJudge(client, model_id)
