"""Private networks for agents and their front end."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.network.agent_network import AgentNetwork as AgentNetwork

__all__ = ["AgentNetwork"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentNetwork": "constructs_lib.network.agent_network",
    },
)
