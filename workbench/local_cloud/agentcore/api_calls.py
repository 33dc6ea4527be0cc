"""The metrics of API calls: which operation of which resource was answered, how, and how fast."""

from collections.abc import Mapping
from typing import cast

from workbench.local_cloud.agentcore.service import Scope
from workbench.telemetry.services import agentcore
from workbench.telemetry.services.outcome import Outcome
from workbench.telemetry.store import Datum

# The member that names a tool, and the tool's name in ARNs.
_TOOLS = {"codeInterpreterIdentifier": "code-interpreter", "browserIdentifier": "browser"}
_OWNED_BY_AWS = "aws."
_COUNTED_TOOL_CALLS = frozenset(
    {"StartCodeInterpreterSession", "InvokeCodeInterpreter", "StopCodeInterpreterSession"}
    | {"StartBrowserSession", "StopBrowserSession"}
)


def call_answered(operation: str, params: Mapping[str, object], scope: Scope, outcome: Outcome) -> list[Datum]:
    """What a memory or a built-in tool publishes of a call; nothing for other operations.

    Args:
        operation: The operation's name.
        params: Its parameters.
        scope: Account and region.
        outcome: How it went.
    """
    if operation in agentcore.MEMORY_OPERATIONS:
        return agentcore.memory_called(operation, arn=memory_arn(params, scope), outcome=outcome)
    if operation in _COUNTED_TOOL_CALLS:
        return agentcore.tool_called(operation, arn=tool_arn(params, scope), outcome=outcome)
    return []


def memory_arn(params: Mapping[str, object], scope: Scope) -> str:
    """The memory that a call names, by id or ARN."""
    return _arn(f"{scope.region}:{scope.account}:memory", cast("str", params["memoryId"]))


def tool_arn(params: Mapping[str, object], scope: Scope) -> str:
    """The code interpreter or browser that a call names, by id or ARN."""
    member = next(name for name in _TOOLS if name in params)
    identifier = str(params[member])
    if identifier.startswith(_OWNED_BY_AWS):
        return _arn(f"{scope.region}:aws:{_TOOLS[member]}", identifier)
    return _arn(f"{scope.region}:{scope.account}:{_TOOLS[member]}-custom", identifier)


def _arn(place: str, identifier: str) -> str:
    return identifier if identifier.startswith("arn:") else f"arn:aws:bedrock-agentcore:{place}/{identifier}"
