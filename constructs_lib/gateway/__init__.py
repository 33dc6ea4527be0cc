"""Tools for agents behind one address: where they come from, who may use them."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.gateway.descriptions import OpenApiDescription as OpenApiDescription
    from constructs_lib.gateway.descriptions import SmithyDescription as SmithyDescription
    from constructs_lib.gateway.descriptions import ToolDescription as ToolDescription
    from constructs_lib.gateway.descriptions import tools_from_handler as tools_from_handler
    from constructs_lib.gateway.descriptions import tools_from_json as tools_from_json
    from constructs_lib.gateway.interceptors import Interceptor as Interceptor
    from constructs_lib.gateway.outbound import OutboundAuth as OutboundAuth
    from constructs_lib.gateway.sources.api_gateway import ApiOperation as ApiOperation
    from constructs_lib.gateway.tool_gateway import ToolGateway as ToolGateway
    from constructs_lib.gateway.tool_source import ToolSource as ToolSource

__all__ = [
    "ApiOperation",
    "Interceptor",
    "OpenApiDescription",
    "OutboundAuth",
    "SmithyDescription",
    "ToolDescription",
    "ToolGateway",
    "ToolSource",
    "tools_from_handler",
    "tools_from_json",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ApiOperation": "constructs_lib.gateway.sources.api_gateway",
        "Interceptor": "constructs_lib.gateway.interceptors",
        "OpenApiDescription": "constructs_lib.gateway.descriptions",
        "OutboundAuth": "constructs_lib.gateway.outbound",
        "SmithyDescription": "constructs_lib.gateway.descriptions",
        "ToolDescription": "constructs_lib.gateway.descriptions",
        "ToolGateway": "constructs_lib.gateway.tool_gateway",
        "ToolSource": "constructs_lib.gateway.tool_source",
        "tools_from_handler": "constructs_lib.gateway.descriptions",
        "tools_from_json": "constructs_lib.gateway.descriptions",
    },
)
