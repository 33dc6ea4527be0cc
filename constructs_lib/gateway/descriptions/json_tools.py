"""Tools from a JSON file."""

from collections.abc import Mapping
from os import PathLike

from constructs_lib.gateway.descriptions._files import read_json_or_yaml
from constructs_lib.gateway.descriptions._nodes import Node, as_object, text
from constructs_lib.gateway.descriptions.checks import check_tools
from constructs_lib.gateway.descriptions.tool_description import ToolDescription

_KNOWN = frozenset(
    {"name", "description", "inputSchema", "outputSchema", "title", "annotations", "_meta", "icons", "execution"}
)


def tools_from_json(path: str | PathLike[str]) -> tuple[ToolDescription, ...]:
    """The tools a JSON file lists, in the form of the service's `ToolDefinition` and of MCP's `tools/list`.

    Either a list, or an object with the list below `tools`. Each tool has `name`, `description`, `inputSchema` and, if
    wanted, `outputSchema`. Schemas are kept as they are; `service_schema` turns them into what a Lambda target can say.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html

    Args:
        path: JSON or YAML, plain or gzip.

    Raises:
        ValueError: If the file cannot be read as such a list, or `check_tools` refuses the tools.
    """
    content = read_json_or_yaml(path, what="a tool schema")
    listed = content.get("tools") if isinstance(content, Mapping) else content
    if not isinstance(listed, list):
        raise ValueError(  # noqa: TRY004
            f"{path}: a tool schema is a list of tools, or an object with one in 'tools'; got {_keys(content)}"
        )
    tools = tuple(
        _tool(as_object(one, where=f"{path}: tool {number}"), f"{path}: tool {number}")
        for number, one in enumerate(listed, start=1)
    )
    check_tools(tools, source=str(path))
    return tools


def _tool(definition: Node, where: str) -> ToolDescription:
    name = text(definition, "name")
    if not name:
        raise ValueError(f"{where} has no 'name'; add it")
    where = f"{where} ({name})"
    unknown = sorted(set(definition) - _KNOWN)
    if unknown:
        raise ValueError(
            f"{where} has a field {unknown[0]!r}; a tool has name, description, inputSchema and outputSchema"
        )
    if "inputSchema" not in definition:
        raise ValueError(f'{where} has no \'inputSchema\'; without arguments it is {{"type": "object"}}')
    output = definition.get("outputSchema")
    return ToolDescription(
        name=name,
        description=text(definition, "description"),
        input_schema=as_object(definition["inputSchema"], where=f"{where}: inputSchema"),
        output_schema=None if output is None else as_object(output, where=f"{where}: outputSchema"),
    )


def _keys(content: object) -> str:
    return f"an object with {sorted(content)[:5]}" if isinstance(content, Mapping) else type(content).__name__
