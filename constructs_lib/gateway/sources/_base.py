"""What all tool sources have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib.gateway._checks import check_source
from constructs_lib.gateway.descriptions import ToolDescription, check_tools
from constructs_lib.gateway.outbound import OutboundAuth


@dataclass(frozen=True)
class BoundSource:
    """What a gateway makes a target of.

    Attributes:
        configuration: The target's configuration.
        statements: What the gateway's role needs for it, besides a stored credential.
    """

    configuration: agentcore.CfnGatewayTarget.McpTargetConfigurationProperty
    statements: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, kw_only=True)
class SourceBase(ABC):
    """A target of a gateway, before there is one.

    Attributes:
        name: Name of the target, the first part of its tools' names: `Target___tool`.
        tools: Its tools as far as they are known at synth: all, except those of an MCP server that declares none.
        outbound: With what the gateway proves itself to it.
        description: Shown in the console.
        request_headers: Headers of the caller's request, or of an interceptor, that reach it.
        origin: Where the tools are described, for messages.
    """

    name: str
    tools: tuple[ToolDescription, ...]
    outbound: OutboundAuth
    description: str | None = None
    request_headers: tuple[str, ...] = ()
    origin: str = "code"

    def __post_init__(self) -> None:
        check_source(self.name, self.description, self.request_headers)
        if self.tools or self.tools_required:
            check_tools(self.tools, source=f"the tool source {self.name!r} ({self.origin})", target=self.name)

    @property
    def tools_required(self) -> bool:
        """Whether the source has to say what its tools are."""
        return True

    @abstractmethod
    def bind(self, scope: Construct) -> BoundSource:
        """What a target in `scope` is made of."""
