"""Agents on AgentCore Runtime: their code, their models, their deployment."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.runtime.agent_code import AgentCode as AgentCode
    from constructs_lib.runtime.agent_code import BoundCode as BoundCode
    from constructs_lib.runtime.agent_service import AgentService as AgentService
    from constructs_lib.runtime.model_access import ModelAccess as ModelAccess
    from constructs_lib.runtime.session_registry import SessionRegistry as SessionRegistry

__all__ = ["AgentCode", "AgentService", "BoundCode", "ModelAccess", "SessionRegistry"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AgentCode": "constructs_lib.runtime.agent_code",
        "AgentService": "constructs_lib.runtime.agent_service",
        "BoundCode": "constructs_lib.runtime.agent_code",
        "ModelAccess": "constructs_lib.runtime.model_access",
        "SessionRegistry": "constructs_lib.runtime.session_registry",
    },
)
