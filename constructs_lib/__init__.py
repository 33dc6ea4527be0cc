"""AWS CDK constructs for Amazon Bedrock AgentCore: from an agent's code to a least-privilege deployment."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.identity import JwtAuthorizer as JwtAuthorizer
    from constructs_lib.memory import AgentMemory as AgentMemory
    from constructs_lib.memory import MemoryStrategy as MemoryStrategy
    from constructs_lib.network import AgentNetwork as AgentNetwork
    from constructs_lib.observability import LogDelivery as LogDelivery
    from constructs_lib.runtime import AgentCode as AgentCode
    from constructs_lib.runtime import AgentService as AgentService
    from constructs_lib.runtime import BoundCode as BoundCode
    from constructs_lib.runtime import ModelAccess as ModelAccess

__all__ = [
    "AgentCode",
    "AgentMemory",
    "AgentNetwork",
    "AgentService",
    "BoundCode",
    "JwtAuthorizer",
    "LogDelivery",
    "MemoryStrategy",
    "ModelAccess",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentCode": "constructs_lib.runtime.agent_code",
        "AgentMemory": "constructs_lib.memory.agent_memory",
        "AgentNetwork": "constructs_lib.network.agent_network",
        "AgentService": "constructs_lib.runtime.agent_service",
        "BoundCode": "constructs_lib.runtime.agent_code",
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "LogDelivery": "constructs_lib.observability.log_delivery",
        "MemoryStrategy": "constructs_lib.memory.strategies",
        "ModelAccess": "constructs_lib.runtime.model_access",
    },
)
