"""Long- and short-term memory of agents."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.memory.agent_memory import AgentMemory as AgentMemory
    from constructs_lib.memory.strategies import MemoryStrategy as MemoryStrategy

__all__ = ["AgentMemory", "MemoryStrategy"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentMemory": "constructs_lib.memory.agent_memory",
        "MemoryStrategy": "constructs_lib.memory.strategies",
    },
)
