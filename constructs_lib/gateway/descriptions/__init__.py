"""What tools a gateway's target offers, read from files: pure Python, nothing here starts jsii."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.gateway.descriptions.checks import check_tools as check_tools
    from constructs_lib.gateway.descriptions.handler_tools import tools_from_handler as tools_from_handler
    from constructs_lib.gateway.descriptions.json_tools import tools_from_json as tools_from_json
    from constructs_lib.gateway.descriptions.openapi import OpenApiDescription as OpenApiDescription
    from constructs_lib.gateway.descriptions.schemas import service_schema as service_schema
    from constructs_lib.gateway.descriptions.smithy import SmithyDescription as SmithyDescription
    from constructs_lib.gateway.descriptions.tool_description import PickedDescription as PickedDescription
    from constructs_lib.gateway.descriptions.tool_description import ToolDescription as ToolDescription

__all__ = [
    "OpenApiDescription",
    "PickedDescription",
    "SmithyDescription",
    "ToolDescription",
    "check_tools",
    "service_schema",
    "tools_from_handler",
    "tools_from_json",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "OpenApiDescription": "constructs_lib.gateway.descriptions.openapi",
        "PickedDescription": "constructs_lib.gateway.descriptions.tool_description",
        "SmithyDescription": "constructs_lib.gateway.descriptions.smithy",
        "ToolDescription": "constructs_lib.gateway.descriptions.tool_description",
        "check_tools": "constructs_lib.gateway.descriptions.checks",
        "service_schema": "constructs_lib.gateway.descriptions.schemas",
        "tools_from_handler": "constructs_lib.gateway.descriptions.handler_tools",
        "tools_from_json": "constructs_lib.gateway.descriptions.json_tools",
    },
)
