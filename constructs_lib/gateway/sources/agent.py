"""An agent as a tool."""

from dataclasses import dataclass

from aws_cdk import Aws
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.gateway._permissions import allow
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.sources.mcp_server import mcp_server_configuration
from constructs_lib.gateway.tool_source import ToolSource
from constructs_lib.runtime._permissions import INVOKE_ACTION
from constructs_lib.runtime.agent_service import AgentService

_MCP = "MCP"


@dataclass(frozen=True, kw_only=True)
class AgentSource(ToolSource):
    """An agent on AgentCore Runtime as a target: an MCP server whose requests are signed by the gateway's role."""

    agent_service: AgentService
    endpoint: str

    def __post_init__(self) -> None:
        super().__post_init__()
        agent = self.agent_service
        protocol = agent.protocol.value if agent.protocol else "HTTP"
        if protocol != _MCP:
            raise ValueError(
                f"the agent {agent.node.path!r} of the tool source {self.name!r} speaks {protocol}, and a gateway's"
                " tools speak MCP; make it with protocol=ProtocolType.MCP, or let agents that use it invoke it"
                " (AgentService.connect_to)"
            )
        if agent.authorizer is not None:
            raise ValueError(
                f"the agent {agent.node.path!r} of the tool source {self.name!r} is opened by tokens, not by the"
                " gateway's role; leave out its authorizer: the gateway has one"
            )

    @property
    def tools_required(self) -> bool:
        """An agent lists its own tools."""
        return False

    def bind(self, _scope: Construct) -> BoundSource:
        """The address at which the runtime passes MCP on, by this endpoint, as the gateway and no user it chooses."""
        place = place_of(self.agent_service)
        # The runtime's ARN, percent-encoded. An id has no character that would need it.
        encoded = "%3A".join(["arn", place.partition, "bedrock-agentcore", place.region, place.account, "runtime%2F"])
        host = f"bedrock-agentcore.{place.region}.{Aws.URL_SUFFIX}"
        runtime_id = self.agent_service.runtime.agent_runtime_id
        url = f"https://{host}/runtimes/{encoded}{runtime_id}/invocations?qualifier={self.endpoint}"
        arn = self.agent_service.arn
        may = allow(INVOKE_ACTION, [arn, f"{arn}/runtime-endpoint/{self.endpoint}"])
        return BoundSource(mcp_server_configuration(url, self.tools), [may])
