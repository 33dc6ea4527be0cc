"""The agents deployed on a running local cloud."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from workbench.conversations.client import AgentClient
from workbench.conversations.extraction import LongTermMemory
from workbench.errors import WorkbenchError
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.sign_in import Tokens
from workbench.local_cloud.users import SignInPage, Users
from workbench.local_cloud.workspace import RunningCloud

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient
    from mypy_boto3_iam import IAMClient

DEFAULT_USER = "local-user"
"""Who signs in where nobody is named."""

_USERS_DOMAIN = "example.com"
_MEMORY_ID = "BEDROCK_AGENTCORE_MEMORY_ID"
READ_SECONDS = 900
"""How long an answer may take: the longest synchronous invocation of AgentCore Runtime."""

PROMPTS = "HTTP"
"""The protocol of agents that take prompts."""

_CONNECTIONS = 200
# The local cloud extracts at once; the service needs up to a minute.
_EXTRACTION_SECONDS = 20.0
CLIENT_CONFIG = Config(
    read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}, max_pool_connections=_CONNECTIONS, proxies={}
)
"""How clients behave. An agent's first answer starts its process, so a retry would ask twice."""


@dataclass(frozen=True)
class Access:
    """Administrator's clients for one account and region of a running cloud.

    Args:
        endpoint: The cloud's AWS endpoint.
        account: Twelve digits.
        region: For example `us-east-1`.
    """

    endpoint: str
    account: str
    region: str

    def control(self) -> "BedrockAgentCoreControlClient":
        """AgentCore's control plane."""
        return self.session().client("bedrock-agentcore-control", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def data(self) -> "BedrockAgentCoreClient":
        """AgentCore's data plane; a new client each time."""
        return self.session().client("bedrock-agentcore", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def anonymous_data(self) -> "BedrockAgentCoreClient":
        """AgentCore's data plane for bearer tokens: requests are not signed; a new client each time."""
        config = CLIENT_CONFIG.merge(Config(signature_version=UNSIGNED))
        return self.session().client("bedrock-agentcore", endpoint_url=self.endpoint, config=config)

    def iam(self) -> "IAMClient":
        """IAM."""
        return self.session().client("iam", endpoint_url=self.endpoint, config=CLIENT_CONFIG)

    def session(self) -> boto3.Session:
        """The administrator's session, for clients of other services; pass them `endpoint` and `CLIENT_CONFIG`."""
        keys = administrator(self.account)
        return boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=self.region)


@dataclass(frozen=True)
class DeployedAgent:
    """An agent on the local cloud.

    Args:
        name: The runtime's name.
        runtime_id: The runtime's id.
        arn: The runtime's ARN.
        access: Clients for the account and region it is in.
    """

    name: str
    runtime_id: str
    arn: str
    access: Access

    def role_arn(self) -> str:
        """ARN of the execution role."""
        return self.access.control().get_agent_runtime(agentRuntimeId=self.runtime_id)["roleArn"]

    def protocol(self) -> str:
        """What the agent speaks: `HTTP` for prompts, or `MCP`, `A2A`, `AGUI`."""
        runtime = self.access.control().get_agent_runtime(agentRuntimeId=self.runtime_id)
        return runtime.get("protocolConfiguration", {}).get("serverProtocol") or PROMPTS

    def client(self, actor: str = "", groups: Sequence[str] = ()) -> AgentClient:
        """The agent as one actor talks to it. Where it demands a user's token, the actor signs in as a user.

        Args:
            actor: Who talks. A name without `@` becomes an address of example.com where users sign in. Default: no
                actor is named.
            groups: Groups to add the actor to where it signs in. Default: the user's groups stay as they are.

        Raises:
            WorkbenchError: If the actor cannot sign in.
        """
        if self.authorizer() is None:
            return AgentClient(self.access.data(), self.arn, actor=actor, memory=self._memory())
        return self.client_of_user(actor if "@" in actor else f"{actor or DEFAULT_USER}@{_USERS_DOMAIN}", groups)

    def client_of_user(self, email: str, groups: Sequence[str] = (), *, tenant: str = "") -> AgentClient:
        """The agent as a signed-in user talks to it.

        Args:
            email: The user; made where it is missing.
            groups: Groups to add the user to. Default: the user's groups stay as they are.
            tenant: The tenant to give the user. Default: the user's stays as it is.

        Raises:
            WorkbenchError: If the agent takes no users' tokens, or the user cannot sign in.
        """
        tokens = self.sign_in(email, groups, tenant=tenant)
        return AgentClient(
            self.access.anonymous_data(),
            self.arn,
            actor=str(tokens.claims["sub"]),
            token=tokens.access_token,
            memory=self._memory(),
        )

    def sign_in(self, email: str, groups: Sequence[str] = (), *, tenant: str = "") -> Tokens:
        """Sign a user in for this agent.

        Args:
            email: The user; made where it is missing.
            groups: Groups to add the user to. Default: the user's groups stay as they are.
            tenant: The tenant to give the user. Default: the user's stays as it is.

        Raises:
            WorkbenchError: If the agent takes no users' tokens, or the user cannot sign in.
        """
        authorizer = self.authorizer()
        if authorizer is None:
            raise WorkbenchError(f"{self.name} is called with IAM and takes no users' tokens: leave --user out")
        return Users(self.access.endpoint, self.access.account).sign_in(authorizer, email, groups, tenant=tenant)

    def authorizer(self) -> Mapping[str, object] | None:
        """What the agent demands of a user's token; None where IAM decides."""
        runtime = self.access.control().get_agent_runtime(agentRuntimeId=self.runtime_id)
        configuration: Mapping[str, object] = {**runtime.get("authorizerConfiguration", {})}
        found = configuration.get("customJWTAuthorizer")
        return found if isinstance(found, Mapping) else None

    def _memory(self) -> LongTermMemory | None:
        control = self.access.control()
        runtime = control.get_agent_runtime(agentRuntimeId=self.runtime_id)
        memory_id = runtime.get("environmentVariables", {}).get(_MEMORY_ID)
        if not memory_id:
            return None
        namespaces = memory_namespaces(control, memory_id)
        return LongTermMemory(self.access.data(), memory_id, namespaces, timeout=_EXTRACTION_SECONDS)


def memory_namespaces(control: "BedrockAgentCoreControlClient", memory_id: str) -> tuple[str, ...]:
    """The namespace templates of a memory's strategies.

    Args:
        control: AgentCore's control plane.
        memory_id: The memory.
    """
    strategies = control.get_memory(memoryId=memory_id)["memory"].get("strategies", [])
    return tuple(namespace for strategy in strategies for namespace in strategy["namespaces"])


def deployed_agents(cloud: RunningCloud) -> tuple[DeployedAgent, ...]:
    """Every agent of a running cloud.

    Args:
        cloud: The cloud.

    Returns:
        The agents, by name.
    """
    places = {(stack.account, stack.region) for stack in cloud.stacks}
    found = (agent for account, region in places for agent in _agents_in(Access(cloud.endpoint, account, region)))
    return tuple(sorted(found, key=lambda agent: (agent.name, agent.arn)))


def sign_in_pages(cloud: RunningCloud) -> tuple[SignInPage, ...]:
    """The hosted pages of every user pool of a running cloud.

    Args:
        cloud: The cloud.
    """
    places = sorted({(stack.account, stack.region) for stack in cloud.stacks})
    return tuple(page for account, region in places for page in Users(cloud.endpoint, account).pages(region))


def find_agent(cloud: RunningCloud, name: str) -> DeployedAgent:
    """The agent a user means.

    Args:
        cloud: The cloud.
        name: Name of the runtime or of the agent's directory. Case and punctuation do not count, and a runtime may
            carry the name within a longer one, such as `dev_memory_assistant_1`.

    Returns:
        The agent.

    Raises:
        WorkbenchError: If none or several match.
    """
    agents = deployed_agents(cloud)
    wanted = _plain(name)
    for matches in (lambda plain: plain == wanted, lambda plain: bool(wanted) and wanted in plain):
        found = [agent for agent in agents if matches(_plain(agent.name))]
        if len(found) == 1:
            return found[0]
        if found:
            raise WorkbenchError(f"{name!r} means several agents: {_names(found)}; give the whole name")
    raise WorkbenchError(f"no agent is called {name!r}; deployed are: {_names(agents) or 'none'}")


def _agents_in(access: Access) -> Iterator[DeployedAgent]:
    for page in access.control().get_paginator("list_agent_runtimes").paginate():
        for runtime in page["agentRuntimes"]:
            yield DeployedAgent(
                runtime["agentRuntimeName"], runtime["agentRuntimeId"], runtime["agentRuntimeArn"], access
            )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _names(agents: list[DeployedAgent] | tuple[DeployedAgent, ...]) -> str:
    return ", ".join(agent.name for agent in agents)
