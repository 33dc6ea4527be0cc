"""Tools as Cedar sees them, and the schema that Policy in AgentCore generates for a gateway."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from constructs_lib.gateway.cedar.text import TARGET_SEPARATOR, string
from constructs_lib.gateway.cedar.types import CedarType, record_of


@dataclass(frozen=True)
class ToolSignature:
    """A tool's name and what it accepts.

    Args:
        name: `Target___tool`, as the gateway lists it.
        input_schema: JSON Schema of the tool's arguments.
    """

    name: str
    input_schema: Mapping[str, object] = field(hash=False, compare=False)
    _schema_text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_schema_text", json.dumps(self.input_schema, sort_keys=True))

    @property
    def target(self) -> str:
        """The gateway target: what stands before `___`; empty for a tool without a target."""
        target, separator, _ = self.name.partition(TARGET_SEPARATOR)
        return target if separator else ""

    @cached_property
    def arguments(self) -> CedarType:
        """The record of the tool's arguments; those without a Cedar type are left out."""
        return record_of(self.input_schema)

    @property
    def properties(self) -> Mapping[str, object]:
        """The declared arguments, with or without a Cedar type."""
        declared = self.input_schema.get("properties")
        return declared if isinstance(declared, Mapping) else {}


def cedar_schema(tools: Iterable[ToolSignature]) -> str:
    """The Cedar schema of a gateway with these tools, in Cedar's own syntax.

    Each tool is an action, in its target's group, with its arguments as `context.input`; principals are OAuth users
    with their token's claims as tags, IAM entities, and unauthenticated users.
    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-schema-constraints.html
    """
    signatures = sorted(tools, key=lambda tool: tool.name)
    targets = sorted({tool.target for tool in signatures if tool.target})
    lines = [
        "namespace AgentCore {",
        '  entity OAuthUser = {"id": String} tags String;',
        '  entity IamEntity = {"id": String};',
        "  entity UnauthenticatedUser;",
        "  entity Gateway;",
        '  action "Mcp";',
        '  action "CallTool" in ["Mcp"];',
        *(f'  action {string(target)} in ["CallTool"];' for target in targets),
        *(_action(tool) for tool in signatures),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _action(tool: ToolSignature) -> str:
    return (
        f"  action {string(tool.name)} in [{string(tool.target or 'CallTool')}] appliesTo {{"
        " principal: [OAuthUser, IamEntity, UnauthenticatedUser], resource: [Gateway],"
        f' context: {{"input": {tool.arguments}}} }};'
    )
