"""Checks of a target's tools against the service's bounds, and the models' that call them.

Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html (gateway quotas),
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html (names that the Converse API
takes) and https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html, by which tools
outside a model's tool specification fail only when they are used.
"""

import re
from collections import Counter
from collections.abc import Sequence

from constructs_lib.gateway.descriptions._nodes import Node, as_object, names
from constructs_lib.gateway.descriptions.tool_description import ToolDescription

MAX_TOOLS = 1_000
"""Tools of one target."""
MAX_INLINE_BYTES = 1_000_000
"""Size up to which a description may stand in the template: the quota is 1 MB."""
MAX_S3_BYTES = 10_000_000
"""Size up to which a description may be: the quota of one in S3 is 10 MB."""
MAX_NAME = 64
"""Length of a tool's whole name for Bedrock's models; the gateway itself takes 256."""
SEPARATOR = "___"
"""Stands between the target's and the tool's name."""

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_ARGUMENT = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def check_tools(tools: Sequence[ToolDescription], *, source: str, target: str | None = None) -> None:
    """Refuse names, duplicates and numbers that the service would refuse, or a model cannot use.

    Args:
        tools: All tools of one target.
        source: Where they come from, for messages: a file or a construct's path.
        target: The target's name. With it, the length of `Target___tool` is checked, not only the tool's.

    Raises:
        ValueError: For no tool or more than 1,000, a name twice, a name that is empty, has other characters than
            letters, digits, `_` and `-`, contains `___` or is longer than 64 characters with its target, a tool without
            a description, arguments that are no object, an argument whose name models refuse, or a required one that
            is not described.
    """
    if not tools:
        raise ValueError(f"{source}: a target offers at least one tool, got none; describe or pick one")
    if len(tools) > MAX_TOOLS:
        raise ValueError(
            f"{source}: a target offers at most {MAX_TOOLS:,} tools, got {len(tools):,}; make several targets"
        )
    twice = [name for name, count in Counter(tool.name for tool in tools).items() if count > 1]
    if twice:
        raise ValueError(f"{source}: two tools are called {twice[0]!r}; rename one, names are unique in a target")
    for tool in tools:
        _check_name(tool.name, source, target)
        if not tool.description.strip():
            raise ValueError(
                f"{source}: tool {tool.name!r} has no description; write what it does, a model chooses by it"
            )
        _check_arguments(tool.input_schema, f"{source}: tool {tool.name!r}")


def _check_name(name: str, source: str, target: str | None) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{source}: a tool's name has letters, digits, '_' and '-' only, got {name!r}; rename the tool"
        )
    if SEPARATOR in name:
        raise ValueError(f"{source}: tool {name!r} contains {SEPARATOR!r}, which ends a target's name; rename the tool")
    whole = f"{target}{SEPARATOR}{name}" if target else name
    if len(whole) > MAX_NAME:
        raise ValueError(
            f"{source}: {whole!r} has {len(whole)} characters, models take tool names of up to {MAX_NAME};"
            " shorten the tool's name" + (" or the target's" if target else "")
        )


def _check_arguments(schema: Node, where: str) -> None:
    if schema.get("type") != "object":
        raise ValueError(
            f"{where}: arguments are an object, got type {schema.get('type')!r}; describe each as a property"
        )
    properties = as_object(schema.get("properties") or {}, where=f"{where}: properties")
    wrong = [name for name in properties if not _ARGUMENT.fullmatch(name)]
    if wrong:
        raise ValueError(
            f"{where}: an argument's name has up to 64 letters, digits, '_', '.' and '-', got {wrong[0]!r};"
            " models refuse the tool otherwise; rename it"
        )
    missing = [name for name in names(schema, "required") if name not in properties]
    if missing:
        raise ValueError(f"{where}: {missing[0]!r} is required and not among the properties; describe it")
