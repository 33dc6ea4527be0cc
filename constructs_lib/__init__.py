"""AWS CDK constructs for Amazon Bedrock AgentCore: from an agent's code to a least-privilege deployment."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.evaluation import BuiltinEvaluator as BuiltinEvaluator
    from constructs_lib.evaluation import CodeEvaluator as CodeEvaluator
    from constructs_lib.evaluation import EvaluationLevel as EvaluationLevel
    from constructs_lib.evaluation import JudgeEvaluator as JudgeEvaluator
    from constructs_lib.evaluation import OnlineEvaluation as OnlineEvaluation
    from constructs_lib.evaluation import Rating as Rating
    from constructs_lib.evaluation import RatingScale as RatingScale
    from constructs_lib.evaluation import TraceFilter as TraceFilter
    from constructs_lib.frontend import ChatAgent as ChatAgent
    from constructs_lib.frontend import ChatFrontend as ChatFrontend
    from constructs_lib.frontend import ChatImage as ChatImage
    from constructs_lib.frontend import FrontendDomain as FrontendDomain
    from constructs_lib.frontend import FrontendEdge as FrontendEdge
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
    from constructs_lib.gateway import ToolFunction as ToolFunction
    from constructs_lib.gateway import ToolGateway as ToolGateway
    from constructs_lib.gateway import ToolPermission as ToolPermission
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
    from constructs_lib.observability import AccountObservability as AccountObservability
    from constructs_lib.observability import AgentMonitoring as AgentMonitoring
    from constructs_lib.observability import AgentThresholds as AgentThresholds
    from constructs_lib.observability import AlarmTopics as AlarmTopics
    from constructs_lib.observability import BudgetAlert as BudgetAlert
    from constructs_lib.observability import CostAnomalies as CostAnomalies
    from constructs_lib.observability import CostBudget as CostBudget
    from constructs_lib.observability import CostTag as CostTag
    from constructs_lib.observability import EstimateLevel as EstimateLevel
    from constructs_lib.observability import FrontEndThresholds as FrontEndThresholds
    from constructs_lib.observability import GatewayThresholds as GatewayThresholds
    from constructs_lib.observability import GuardrailThresholds as GuardrailThresholds
    from constructs_lib.observability import LogDelivery as LogDelivery
    from constructs_lib.observability import LogMasking as LogMasking
    from constructs_lib.observability import ManagedDataIdentifier as ManagedDataIdentifier
    from constructs_lib.observability import MemoryThresholds as MemoryThresholds
    from constructs_lib.observability import MonthlyCost as MonthlyCost
    from constructs_lib.observability import PolicyThresholds as PolicyThresholds
    from constructs_lib.observability import SandboxThresholds as SandboxThresholds
    from constructs_lib.observability import SpendKind as SpendKind
    from constructs_lib.observability import UserDirectoryThresholds as UserDirectoryThresholds
    from constructs_lib.observability import data_of as data_of
    from constructs_lib.runtime import AgentCode as AgentCode
    from constructs_lib.runtime import AgentService as AgentService
    from constructs_lib.runtime import BoundCode as BoundCode
    from constructs_lib.runtime import ModelAccess as ModelAccess
    from constructs_lib.runtime import SessionRegistry as SessionRegistry
    from constructs_lib.safety import AgentCoreChecks as AgentCoreChecks
    from constructs_lib.safety import BlockedWords as BlockedWords
    from constructs_lib.safety import ContentFilter as ContentFilter
    from constructs_lib.safety import ContentGuardrail as ContentGuardrail
    from constructs_lib.safety import ContextualGrounding as ContextualGrounding
    from constructs_lib.safety import DeniedTopic as DeniedTopic
    from constructs_lib.safety import FilterStrength as FilterStrength
    from constructs_lib.safety import GuardrailMode as GuardrailMode
    from constructs_lib.safety import GuardrailProfile as GuardrailProfile
    from constructs_lib.safety import PiiEntity as PiiEntity
    from constructs_lib.safety import PiiFilter as PiiFilter
    from constructs_lib.safety import RegexFilter as RegexFilter
    from constructs_lib.sandbox import CodeSandbox as CodeSandbox
    from constructs_lib.sandbox import WebBrowser as WebBrowser

__all__ = [
    "AccessTable",
    "AccountObservability",
    "AgentCode",
    "AgentCoreChecks",
    "AgentMemory",
    "AgentMonitoring",
    "AgentNetwork",
    "AgentService",
    "AgentThresholds",
    "AlarmTopics",
    "ApiKeyCredential",
    "ApiOperation",
    "Argument",
    "AuthorizationServer",
    "BlockedWords",
    "BoundCode",
    "BudgetAlert",
    "BuiltinEvaluator",
    "CallerIdentity",
    "ChatAgent",
    "ChatFrontend",
    "ChatImage",
    "Claim",
    "ClientSecret",
    "CodeEvaluator",
    "CodeSandbox",
    "ContentFilter",
    "ContentGuardrail",
    "ContextualGrounding",
    "CostAnomalies",
    "CostBudget",
    "CostTag",
    "DeniedTopic",
    "EstimateLevel",
    "EvaluationLevel",
    "FilterStrength",
    "FrontEndThresholds",
    "FrontendDomain",
    "FrontendEdge",
    "GatewayThresholds",
    "GuardrailMode",
    "GuardrailProfile",
    "GuardrailThresholds",
    "IdentityProviderSource",
    "ImportedUserDirectory",
    "Interceptor",
    "JudgeEvaluator",
    "JwtAuthorizer",
    "LogDelivery",
    "LogMasking",
    "LoginBranding",
    "ManagedDataIdentifier",
    "MemoryStrategy",
    "MemoryThresholds",
    "ModelAccess",
    "MonthlyCost",
    "OAuth2Credential",
    "OnlineEvaluation",
    "OpenApiDescription",
    "OutboundAuth",
    "PiiEntity",
    "PiiFilter",
    "PolicyMode",
    "PolicyThresholds",
    "Principal",
    "Rating",
    "RatingScale",
    "RegexFilter",
    "RequiredClaim",
    "ResourceServer",
    "SandboxThresholds",
    "SessionRegistry",
    "SmithyDescription",
    "SpendKind",
    "ToolDescription",
    "ToolFunction",
    "ToolGateway",
    "ToolPermission",
    "ToolPolicy",
    "ToolRule",
    "ToolSource",
    "Tools",
    "TraceFilter",
    "UserDirectory",
    "UserDirectoryBase",
    "UserDirectoryThresholds",
    "WebBrowser",
    "WorkloadIdentity",
    "access_table",
    "assert_allowed",
    "assert_denied",
    "data_of",
    "tools_from_handler",
    "tools_from_json",
    "tools_of",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AccessTable": "constructs_lib.gateway.policy_testing",
        "AccountObservability": "constructs_lib.observability.account_observability",
        "AgentCode": "constructs_lib.runtime.agent_code",
        "AgentCoreChecks": "constructs_lib.safety.agentcore_checks",
        "AgentMemory": "constructs_lib.memory.agent_memory",
        "AgentMonitoring": "constructs_lib.observability.monitoring.agent_monitoring",
        "AgentNetwork": "constructs_lib.network.agent_network",
        "AgentService": "constructs_lib.runtime.agent_service",
        "AgentThresholds": "constructs_lib.observability.monitoring.monitors.agent",
        "AlarmTopics": "constructs_lib.observability.monitoring.topics",
        "ApiKeyCredential": "constructs_lib.identity.api_key_credential",
        "ApiOperation": "constructs_lib.gateway.sources.api_gateway",
        "Argument": "constructs_lib.gateway.policy_conditions",
        "AuthorizationServer": "constructs_lib.identity._oauth2_client",
        "BlockedWords": "constructs_lib.safety.guardrail_policies",
        "BoundCode": "constructs_lib.runtime.agent_code",
        "BudgetAlert": "constructs_lib.observability.cost_alerts",
        "BuiltinEvaluator": "constructs_lib.evaluation.builtin_evaluators",
        "CallerIdentity": "constructs_lib.gateway.caller_identity",
        "ChatAgent": "constructs_lib.frontend.chat_agent",
        "ChatFrontend": "constructs_lib.frontend.chat_frontend",
        "ChatImage": "constructs_lib.frontend.chat_image",
        "Claim": "constructs_lib.gateway.policy_conditions",
        "ClientSecret": "constructs_lib.identity.client_secret",
        "CodeEvaluator": "constructs_lib.evaluation.own_evaluators",
        "CodeSandbox": "constructs_lib.sandbox.code_sandbox",
        "ContentFilter": "constructs_lib.safety.guardrail_policies",
        "ContentGuardrail": "constructs_lib.safety.content_guardrail",
        "ContextualGrounding": "constructs_lib.safety.guardrail_policies",
        "CostAnomalies": "constructs_lib.observability.cost_alerts",
        "CostBudget": "constructs_lib.observability.cost_budget",
        "CostTag": "constructs_lib.observability.cost_alerts",
        "DeniedTopic": "constructs_lib.safety.guardrail_policies",
        "EstimateLevel": "constructs_lib.observability.monthly_cost",
        "EvaluationLevel": "constructs_lib.evaluation.builtin_evaluators",
        "FilterStrength": "constructs_lib.safety.guardrail_policies",
        "FrontEndThresholds": "constructs_lib.observability.monitoring.monitors.frontend",
        "FrontendDomain": "constructs_lib.frontend.frontend_domain",
        "FrontendEdge": "constructs_lib.frontend.frontend_edge",
        "GatewayThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "GuardrailMode": "constructs_lib.safety.guardrail_policies",
        "GuardrailProfile": "constructs_lib.safety.guardrail_profile",
        "GuardrailThresholds": "constructs_lib.observability.monitoring.monitors.people",
        "IdentityProviderSource": "constructs_lib.identity.identity_providers",
        "ImportedUserDirectory": "constructs_lib.identity.user_directory",
        "Interceptor": "constructs_lib.gateway.interceptors",
        "JudgeEvaluator": "constructs_lib.evaluation.own_evaluators",
        "JwtAuthorizer": "constructs_lib.identity.jwt_authorizer",
        "LogDelivery": "constructs_lib.observability.log_delivery",
        "LogMasking": "constructs_lib.observability.log_masking",
        "LoginBranding": "constructs_lib.identity.login_branding",
        "ManagedDataIdentifier": "constructs_lib.observability.data_identifiers",
        "MemoryStrategy": "constructs_lib.memory.strategies",
        "MemoryThresholds": "constructs_lib.observability.monitoring.monitors.memory",
        "ModelAccess": "constructs_lib.runtime.model_access",
        "MonthlyCost": "constructs_lib.observability.monthly_cost",
        "OAuth2Credential": "constructs_lib.identity.oauth2_credential",
        "OnlineEvaluation": "constructs_lib.evaluation.online_evaluation",
        "OpenApiDescription": "constructs_lib.gateway.descriptions",
        "OutboundAuth": "constructs_lib.gateway.outbound",
        "PiiEntity": "constructs_lib.safety.sensitive_information",
        "PiiFilter": "constructs_lib.safety.sensitive_information",
        "PolicyMode": "constructs_lib.gateway.tool_policy",
        "PolicyThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "Principal": "constructs_lib.gateway.cedar.principals",
        "Rating": "constructs_lib.evaluation.rating_scale",
        "RatingScale": "constructs_lib.evaluation.rating_scale",
        "RegexFilter": "constructs_lib.safety.sensitive_information",
        "RequiredClaim": "constructs_lib.identity.required_claim",
        "ResourceServer": "constructs_lib.identity._clients",
        "SandboxThresholds": "constructs_lib.observability.monitoring.monitors.tools",
        "SessionRegistry": "constructs_lib.runtime.session_registry",
        "SmithyDescription": "constructs_lib.gateway.descriptions",
        "SpendKind": "constructs_lib.observability.cost_alerts",
        "ToolDescription": "constructs_lib.gateway.descriptions",
        "ToolFunction": "constructs_lib.gateway.tool_function",
        "ToolGateway": "constructs_lib.gateway.tool_gateway",
        "ToolPermission": "constructs_lib.gateway.tool_permissions",
        "ToolPolicy": "constructs_lib.gateway.tool_policy",
        "ToolRule": "constructs_lib.gateway.tool_policy",
        "ToolSource": "constructs_lib.gateway.tool_source",
        "Tools": "constructs_lib.gateway.tool_policy",
        "TraceFilter": "constructs_lib.evaluation.trace_filter",
        "UserDirectory": "constructs_lib.identity.user_directory",
        "UserDirectoryBase": "constructs_lib.identity.user_directory_base",
        "UserDirectoryThresholds": "constructs_lib.observability.monitoring.monitors.people",
        "WebBrowser": "constructs_lib.sandbox.web_browser",
        "WorkloadIdentity": "constructs_lib.identity.workload_identity",
        "access_table": "constructs_lib.gateway.policy_testing",
        "assert_allowed": "constructs_lib.gateway.policy_testing",
        "assert_denied": "constructs_lib.gateway.policy_testing",
        "data_of": "constructs_lib.observability.data_identifiers",
        "tools_from_handler": "constructs_lib.gateway.descriptions",
        "tools_from_json": "constructs_lib.gateway.descriptions",
        "tools_of": "constructs_lib.gateway.policy_testing",
    },
)
