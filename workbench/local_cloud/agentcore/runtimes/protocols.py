"""Where an agent answers, by the protocol it speaks.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-service-contract.html
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceContract:
    """What a runtime expects of its agent.

    Args:
        protocol: Its name, as `ProtocolConfiguration` has it.
        port: The port the agent listens on.
        path: Where invocations go.
        health_path: Where the agent says that it is ready. Empty: nowhere, so that any answer shows that it listens.
    """

    protocol: str
    port: int
    path: str
    health_path: str = "/ping"

    @property
    def is_mcp(self) -> bool:
        """Whether the agent is an MCP server, whose session header names the runtime's session too."""
        return self.protocol == "MCP"

    @property
    def readiness(self) -> str:
        """What an agent does when it is ready, for messages."""
        return f"answer GET {self.health_path or self.path} on port {self.port}"


HTTP = ServiceContract("HTTP", 8080, "/invocations")
CONTRACTS: Mapping[str, ServiceContract] = {
    "HTTP": HTTP,
    "AGUI": ServiceContract("AGUI", 8080, "/invocations"),
    "MCP": ServiceContract("MCP", 8000, "/mcp", health_path=""),
    "A2A": ServiceContract("A2A", 9000, "/"),
}
