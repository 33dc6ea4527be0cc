"""Tools for agents behind one address: where they come from, who may use them."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.gateway.caller_identity import CallerIdentity as CallerIdentity
    from constructs_lib.gateway.cedar.principals import Principal as Principal
    from constructs_lib.gateway.descriptions import OpenApiDescription as OpenApiDescription
    from constructs_lib.gateway.descriptions import SmithyDescription as SmithyDescription
    from constructs_lib.gateway.descriptions import ToolDescription as ToolDescription
    from constructs_lib.gateway.descriptions import tools_from_handler as tools_from_handler
    from constructs_lib.gateway.descriptions import tools_from_json as tools_from_json
    from constructs_lib.gateway.interceptors import Interceptor as Interceptor
    from constructs_lib.gateway.outbound import OutboundAuth as OutboundAuth
    from constructs_lib.gateway.policy_conditions import Argument as Argument
    from constructs_lib.gateway.policy_conditions import Claim as Claim
    from constructs_lib.gateway.policy_testing import AccessTable as AccessTable
    from constructs_lib.gateway.policy_testing import access_table as access_table
    from constructs_lib.gateway.policy_testing import assert_allowed as assert_allowed
    from constructs_lib.gateway.policy_testing import assert_denied as assert_denied
    from constructs_lib.gateway.policy_testing import tools_of as tools_of
    from constructs_lib.gateway.sources.api_gateway import ApiOperation as ApiOperation
    from constructs_lib.gateway.tool_function import ToolFunction as ToolFunction
    from constructs_lib.gateway.tool_gateway import ToolGateway as ToolGateway
    from constructs_lib.gateway.tool_permissions import ToolPermission as ToolPermission
    from constructs_lib.gateway.tool_policy import PolicyMode as PolicyMode
    from constructs_lib.gateway.tool_policy import ToolPolicy as ToolPolicy
    from constructs_lib.gateway.tool_policy import ToolRule as ToolRule
    from constructs_lib.gateway.tool_policy import Tools as Tools
    from constructs_lib.gateway.tool_source import ToolSource as ToolSource

__all__ = [
    "AccessTable",
    "ApiOperation",
    "Argument",
    "CallerIdentity",
    "Claim",
    "Interceptor",
    "OpenApiDescription",
    "OutboundAuth",
    "PolicyMode",
    "Principal",
    "SmithyDescription",
    "ToolDescription",
    "ToolFunction",
    "ToolGateway",
    "ToolPermission",
    "ToolPolicy",
    "ToolRule",
    "ToolSource",
    "Tools",
    "access_table",
    "assert_allowed",
    "assert_denied",
    "tools_from_handler",
    "tools_from_json",
    "tools_of",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ToolFunction": "constructs_lib.gateway.tool_function",
        "ToolPermission": "constructs_lib.gateway.tool_permissions",
        "AccessTable": "constructs_lib.gateway.policy_testing",
        "ApiOperation": "constructs_lib.gateway.sources.api_gateway",
        "Argument": "constructs_lib.gateway.policy_conditions",
        "CallerIdentity": "constructs_lib.gateway.caller_identity",
        "Claim": "constructs_lib.gateway.policy_conditions",
        "Interceptor": "constructs_lib.gateway.interceptors",
        "OpenApiDescription": "constructs_lib.gateway.descriptions",
        "OutboundAuth": "constructs_lib.gateway.outbound",
        "PolicyMode": "constructs_lib.gateway.tool_policy",
        "Principal": "constructs_lib.gateway.cedar.principals",
        "SmithyDescription": "constructs_lib.gateway.descriptions",
        "ToolDescription": "constructs_lib.gateway.descriptions",
        "ToolGateway": "constructs_lib.gateway.tool_gateway",
        "ToolPolicy": "constructs_lib.gateway.tool_policy",
        "ToolRule": "constructs_lib.gateway.tool_policy",
        "ToolSource": "constructs_lib.gateway.tool_source",
        "Tools": "constructs_lib.gateway.tool_policy",
        "access_table": "constructs_lib.gateway.policy_testing",
        "assert_allowed": "constructs_lib.gateway.policy_testing",
        "assert_denied": "constructs_lib.gateway.policy_testing",
        "tools_from_handler": "constructs_lib.gateway.descriptions",
        "tools_from_json": "constructs_lib.gateway.descriptions",
        "tools_of": "constructs_lib.gateway.policy_testing",
    },
)
