"""Environment variables of an agent: the names that are ours, and checks of the user's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.runtime._belongings import Belongings

MODEL_ID = "AGENT_MODEL_ID"
MEMORY_ID = "BEDROCK_AGENTCORE_MEMORY_ID"
MEMORY_NAMESPACES = "AGENT_MEMORY_NAMESPACES"
MEMORY_RECORD_PATHS = "AGENT_MEMORY_RECORD_PATHS"
INBOUND_AUTH = "AGENT_INBOUND_AUTH"
GATEWAY_URL = "AGENT_GATEWAY_URL"
GATEWAY_AUTH = "AGENT_GATEWAY_AUTH"
GATEWAY_CREDENTIAL = "AGENT_GATEWAY_CREDENTIAL"
GATEWAY_SCOPES = "AGENT_GATEWAY_SCOPES"
SESSIONS_TABLE = "AGENT_SESSIONS_TABLE"
CODE_INTERPRETER_ID = "AGENT_CODE_INTERPRETER_ID"
BROWSER_ID = "AGENT_BROWSER_ID"
GUARDRAIL_ID = "AGENT_GUARDRAIL_ID"
GUARDRAIL_VERSION = "AGENT_GUARDRAIL_VERSION"
GUARDRAIL_MODE = "AGENT_GUARDRAIL_MODE"
IAM, JWT = "IAM", "JWT"

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-api-reference.html#limits
MAX_VARIABLES = 50

# The value that the AWS distribution of OpenTelemetry 0.21 sets where this variable is absent. Ours replaces its
# default, so it has to be repeated.
_DISTRIBUTION_DISABLES = (
    "http,sqlalchemy,psycopg2,pymysql,sqlite3,aiopg,asyncpg,mysql_connector,"
    "urllib3,requests,system_metrics,google-genai,jinja2"
)
# Each imports a package at every start of a session that an agent seldom uses: `mcp` alone takes half a second.
_UNUSED = (
    "aws_crewai,aws_langchain,aws_llama-index,aws_mcp,aws_openai_agents,"
    "grpc_aio_client,grpc_aio_server,grpc_client,grpc_server,mcp"
)

# What AgentCore documents for agents that start under `opentelemetry-instrument`; log group and endpoints come from
# Runtime. https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html
TRACING_VARIABLES: Mapping[str, str] = {
    "AGENT_OBSERVABILITY_ENABLED": "true",
    "OTEL_PYTHON_DISTRO": "aws_distro",
    "OTEL_PYTHON_CONFIGURATOR": "aws_configurator",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": f"{_DISTRIBUTION_DISABLES},{_UNUSED}",
}
NO_TRACING_VARIABLES: Mapping[str, str] = {"OTEL_SDK_DISABLED": "true"}

_REMEDIES = {
    MODEL_ID: "model",
    MEMORY_ID: "memory",
    MEMORY_NAMESPACES: "memory",
    MEMORY_RECORD_PATHS: "memory",
    INBOUND_AUTH: "authorizer",
    GATEWAY_URL: "tools",
    GATEWAY_AUTH: "tools",
    GATEWAY_CREDENTIAL: "tools_credential",
    GATEWAY_SCOPES: "tools_scopes",
    SESSIONS_TABLE: "sessions",
    CODE_INTERPRETER_ID: "code_sandbox",
    BROWSER_ID: "web_browser",
    GUARDRAIL_ID: "guardrail",
    GUARDRAIL_VERSION: "guardrail",
    GUARDRAIL_MODE: "guardrail_mode",
}


def agent_variables(
    *,
    model_id: str,
    jwt: bool,
    belongings: "Belongings",
    tracing: bool,
    further: Mapping[str, str],
) -> dict[str, str]:
    """All variables of an agent. The user may override OpenTelemetry's, but not those that say what the agent was
    given.

    Raises:
        ValueError: If the user sets one that is ours, or there are more than the service takes.
    """
    for name, argument in _REMEDIES.items():
        if name in further:
            raise ValueError(f"pass {argument}= instead of setting {name} in environment, got {further[name]!r}")
    variables = {MODEL_ID: model_id, INBOUND_AUTH: JWT if jwt else IAM}
    variables.update(belongings.variables())
    variables.update(TRACING_VARIABLES if tracing else NO_TRACING_VARIABLES)
    variables.update(further)
    check_count(variables)
    return variables


def check_count(variables: Mapping[str, str]) -> None:
    """Refuse more variables than a runtime takes."""
    if len(variables) > MAX_VARIABLES:
        raise ValueError(
            f"an agent has at most {MAX_VARIABLES} environment variables, got {len(variables)} with ours;"
            " put the rest into a parameter or a secret"
        )
