"""AWS CDK constructs for Amazon Bedrock AgentCore: from an agent's code to a least-privilege deployment."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.gateway import AccessTable as AccessTable
    from constructs_lib.gateway import ApiOperation as ApiOperation
    from constructs_lib.gateway import Argument as Argument
    from constructs_lib.gateway import CallerIdentity as CallerIdentity
    from constructs_lib.gateway import Claim as Claim
    from constructs_lib.gateway import Interceptor as Interceptor
    from constructs_lib.gateway import OpenApiDescription as OpenApiDescription
    from constructs_lib.gateway import OutboundAuth as OutboundAuth
    from constructs_lib.gateway import PolicyMode as PolicyMode
    from constructs_lib.gateway import Principal as Principal
    from constructs_lib.gateway import SmithyDescription as SmithyDescription
    from constructs_lib.gateway import ToolDescription as ToolDescription
    from constructs_lib.gateway import ToolGateway as ToolGateway
    from constructs_lib.gateway import ToolPolicy as ToolPolicy
    from constructs_lib.gateway import ToolRule as ToolRule
    from constructs_lib.gateway import Tools as Tools
    from constructs_lib.gateway import ToolSource as ToolSource
    from constructs_lib.gateway import access_table as access_table
    from constructs_lib.gateway import assert_allowed as assert_allowed
    from constructs_lib.gateway import assert_denied as assert_denied
    from constructs_lib.gateway import tools_from_handler as tools_from_handler
    from constructs_lib.gateway import tools_from_json as tools_from_json
    from constructs_lib.gateway import tools_of as tools_of
    from constructs_lib.identity import ApiKeyCredential as ApiKeyCredential
    from constructs_lib.identity import AuthorizationServer as AuthorizationServer
    from constructs_lib.identity import ClientSecret as ClientSecret
    from constructs_lib.identity import IdentityProviderSource as IdentityProviderSource
    from constructs_lib.identity import ImportedUserDirectory as ImportedUserDirectory
    from constructs_lib.identity import JwtAuthorizer as JwtAuthorizer
    from constructs_lib.identity import LoginBranding as LoginBranding
    from constructs_lib.identity import OAuth2Credential as OAuth2Credential
    from constructs_lib.identity import RequiredClaim as RequiredClaim
    from constructs_lib.identity import ResourceServer as ResourceServer
    from constructs_lib.identity import UserDirectory as UserDirectory
    from constructs_lib.identity import UserDirectoryBase as UserDirectoryBase
    from constructs_lib.identity import WorkloadIdentity as WorkloadIdentity
    from constructs_lib.memory import AgentMemory as AgentMemory
    from constructs_lib.memory import MemoryStrategy as MemoryStrategy
    from constructs_lib.network import AgentNetwork as AgentNetwork
    from constructs_lib.observability import LogDelivery as LogDelivery
    from constructs_lib.runtime import AgentCode as AgentCode
    from constructs_lib.runtime import AgentService as AgentService
    from constructs_lib.runtime import BoundCode as BoundCode
    from constructs_lib.runtime import ModelAccess as ModelAccess
    from constructs_lib.runtime import SessionRegistry as SessionRegistry

__all__ = [
    "AccessTable",
    "AgentCode",
    "AgentMemory",
    "AgentNetwork",
    "AgentService",
    "ApiKeyCredential",
    "ApiOperation",
    "Argument",
    "AuthorizationServer",
    "BoundCode",
    "CallerIdentity",
    "Claim",
    "ClientSecret",
    "IdentityProviderSource",
    "ImportedUserDirectory",
    "Interceptor",
    "JwtAuthorizer",
    "LogDelivery",
    "LoginBranding",
    "MemoryStrategy",
    "ModelAccess",
    "OAuth2Credential",
    "OpenApiDescription",
    "OutboundAuth",
    "PolicyMode",
    "Principal",
    "RequiredClaim",
    "ResourceServer",
    "SessionRegistry",
    "SmithyDescription",
    "ToolDescription",
    "ToolGateway",
    "ToolPolicy",
    "ToolRule",
    "ToolSource",
    "Tools",
    "UserDirectory",
    "UserDirectoryBase",
    "WorkloadIdentity",
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
        "AccessTable": "constructs_lib.gateway.policy_testing",
        "AgentCode": "constructs_lib.runtime.agent_code",
        "AgentMemory": "constructs_lib.memory.agent_memory",
        "AgentNetwork": "constructs_lib.network.agent_network",
        "AgentService": "constructs_lib.runtime.agent_service",
        "ApiKeyCredential": "constructs_lib.identity.api_key_credential",
        "ApiOperation": "constructs_lib.gateway.sources.api_gateway",
        "Argument": "constructs_lib.gateway.policy_conditions",
        "AuthorizationServer": "constructs_lib.identity._oauth2_client",
        "BoundCode": "constructs_lib.runtime.agent_code",
        "CallerIdentity": "constructs_lib.gateway.caller_identity",
        "Claim": "constructs_lib.gateway.policy_conditions",
        "ClientSecret": "constructs_lib.identity.client_secret",
        "IdentityProviderSource": "constructs_lib.identity.identity_providers",
        "ImportedUserDirectory": "constructs_lib.identity.user_directory",
        "Interceptor": "constructs_lib.gateway.interceptors",
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "LogDelivery": "constructs_lib.observability.log_delivery",
        "LoginBranding": "constructs_lib.identity.login_branding",
        "MemoryStrategy": "constructs_lib.memory.strategies",
        "ModelAccess": "constructs_lib.runtime.model_access",
        "OAuth2Credential": "constructs_lib.identity.oauth2_credential",
        "OpenApiDescription": "constructs_lib.gateway.descriptions",
        "OutboundAuth": "constructs_lib.gateway.outbound",
        "PolicyMode": "constructs_lib.gateway.tool_policy",
        "Principal": "constructs_lib.gateway.cedar.principals",
        "RequiredClaim": "constructs_lib.identity.required_claim",
        "ResourceServer": "constructs_lib.identity._clients",
        "SessionRegistry": "constructs_lib.runtime.session_registry",
        "SmithyDescription": "constructs_lib.gateway.descriptions",
        "ToolDescription": "constructs_lib.gateway.descriptions",
        "ToolGateway": "constructs_lib.gateway.tool_gateway",
        "ToolPolicy": "constructs_lib.gateway.tool_policy",
        "ToolRule": "constructs_lib.gateway.tool_policy",
        "ToolSource": "constructs_lib.gateway.tool_source",
        "Tools": "constructs_lib.gateway.tool_policy",
        "UserDirectory": "constructs_lib.identity.user_directory",
        "UserDirectoryBase": "constructs_lib.identity.user_directory_base",
        "WorkloadIdentity": "constructs_lib.identity.workload_identity",
        "access_table": "constructs_lib.gateway.policy_testing",
        "assert_allowed": "constructs_lib.gateway.policy_testing",
        "assert_denied": "constructs_lib.gateway.policy_testing",
        "tools_from_handler": "constructs_lib.gateway.descriptions",
        "tools_from_json": "constructs_lib.gateway.descriptions",
        "tools_of": "constructs_lib.gateway.policy_testing",
    },
)
