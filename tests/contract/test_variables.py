"""The variables a stack gives an agent are exactly those its settings read, and their values pass its checks."""

from collections.abc import Mapping
from functools import cache
from typing import cast

import aws_cdk as cdk
import pytest

from agents.shared.settings import InboundAuth, Settings
from constructs_lib import ToolGateway
from constructs_lib.safety import ContentGuardrail, GuardrailMode
from constructs_lib.sandbox.code_sandbox import CodeSandbox
from constructs_lib.sandbox.web_browser import WebBrowser
from stacks.environments import ENVIRONMENTS
from stacks.platform_stage import PlatformStage
from tests.constructs_lib.gateway.support import AUTHORIZER, client, lambda_source
from tests.constructs_lib.support import agent, resources, stack, template

TELEMETRY = "OTEL_"
SERVICE_OWNED = {"AGENT_OBSERVABILITY_ENABLED"}
# Set by `AgentService(tools=…)`.
OF_A_GATEWAY = {"AGENT_GATEWAY_URL", "AGENT_GATEWAY_AUTH"}
OF_A_CREDENTIAL = {"AGENT_GATEWAY_CREDENTIAL", "AGENT_GATEWAY_SCOPES"}
OF_A_GUARDRAIL = {"AGENT_GUARDRAIL_ID", "AGENT_GUARDRAIL_VERSION", "AGENT_GUARDRAIL_MODE"}
# Set by whoever trusts every caller; our environments sign users in.
OF_TRUSTED_CALLERS = {"AGENT_ACTOR_HEADER_ALLOWED"}
# Set by `AgentService(code_sandbox=…, web_browser=…)`.
OF_SANDBOXES = {"AGENT_CODE_INTERPRETER_ID", "AGENT_BROWSER_ID"}


OF_MEMORY_ASSISTANT = (
    Settings.VARIABLES - OF_A_GATEWAY - OF_A_CREDENTIAL - OF_A_GUARDRAIL - OF_SANDBOXES - OF_TRUSTED_CALLERS
)
OF_EVERY_STACK = {
    "MemoryAssistant": OF_MEMORY_ASSISTANT,
    "CloudEngineer": OF_MEMORY_ASSISTANT | OF_A_GATEWAY | OF_A_GUARDRAIL | {"AGENT_CODE_INTERPRETER_ID"},
}
AGENTS = [(stack, environment) for stack in OF_EVERY_STACK for environment in sorted(ENVIRONMENTS)]


@cache
def variables_of(stack_name: str, environment: str) -> Mapping[str, object]:
    stage = PlatformStage(cdk.App(analytics_reporting=False), environment=ENVIRONMENTS[environment])
    stack = stage.synth().get_stack_by_name(f"{environment.capitalize()}-{stack_name}")
    resources = cast("Mapping[str, Mapping[str, object]]", stack.template["Resources"])
    runtime = next(item for item in resources.values() if item["Type"] == "AWS::BedrockAgentCore::Runtime")
    return cast("Mapping[str, Mapping[str, object]]", runtime["Properties"])["EnvironmentVariables"]


@pytest.mark.parametrize(("stack_name", "environment"), AGENTS)
def test_the_stack_sets_what_the_settings_read(stack_name: str, environment: str) -> None:
    variables = variables_of(stack_name, environment)
    own = {name for name in variables if not name.startswith(TELEMETRY)} - SERVICE_OWNED
    assert own == OF_EVERY_STACK[stack_name]


def test_a_gateway_sets_what_is_left() -> None:
    of = stack()
    open_gateway, plain = ToolGateway(of, "Tools", sources=[lambda_source(of)]), agent(of, "Plain")
    with_tools = agent(of, "WithTools", tools=open_gateway)
    runtimes = resources(template(of), "AWS::BedrockAgentCore::Runtime").values()
    variables = {
        each["Properties"]["AgentRuntimeName"]: each["Properties"]["EnvironmentVariables"] for each in runtimes
    }
    assert variables[with_tools.runtime_name].keys() - variables[plain.runtime_name].keys() == OF_A_GATEWAY
    assert variables[with_tools.runtime_name]["AGENT_GATEWAY_AUTH"] in set(InboundAuth)


def test_a_credential_for_a_gateway_sets_the_rest() -> None:
    of = stack()
    tools = ToolGateway(of, "Tools", sources=[lambda_source(of)], authorizer=AUTHORIZER)
    agent(of, tools=tools, tools_credential=client(of), tools_scopes=["tools/call"])
    (runtime,) = resources(template(of), "AWS::BedrockAgentCore::Runtime").values()
    variables = runtime["Properties"]["EnvironmentVariables"]
    assert variables.keys() & Settings.VARIABLES >= OF_A_GATEWAY | OF_A_CREDENTIAL
    settings = Settings.from_environment(
        {name: value if isinstance(value, str) else "https://tools.example/mcp" for name, value in variables.items()}
    )
    assert settings.gateway_scopes.split() == ["tools/call"]


def test_sandboxes_set_theirs() -> None:
    of = stack()
    agent(of, code_sandbox=CodeSandbox(of, "Code"), web_browser=WebBrowser(of, "Browser"))
    (runtime,) = resources(template(of), "AWS::BedrockAgentCore::Runtime").values()
    variables = runtime["Properties"]["EnvironmentVariables"]
    assert variables.keys() & Settings.VARIABLES >= OF_SANDBOXES
    known = {name: value if isinstance(value, str) else f"made-{name}" for name, value in variables.items()}
    settings = Settings.from_environment(known)
    assert (settings.code_interpreter_id, settings.browser_id) == (
        "made-AGENT_CODE_INTERPRETER_ID",
        "made-AGENT_BROWSER_ID",
    )


@pytest.mark.parametrize("mode", GuardrailMode)
def test_a_guardrail_sets_its_own_and_the_settings_accept_it(mode: GuardrailMode) -> None:
    of = stack()
    guardrail = ContentGuardrail.cloud_engineering(of, "Guardrail")
    agent(of, guardrail=guardrail, guardrail_mode=mode)
    (runtime,) = resources(template(of), "AWS::BedrockAgentCore::Runtime").values()
    variables = runtime["Properties"]["EnvironmentVariables"]
    assert variables.keys() & Settings.VARIABLES >= OF_A_GUARDRAIL
    references = {"AGENT_GUARDRAIL_ID": "abc123", "AGENT_GUARDRAIL_VERSION": "7"}
    settings = Settings.from_environment(
        {name: value if isinstance(value, str) else references[name] for name, value in variables.items()}
    )
    assert (settings.guardrail_id, settings.guardrail_version) == ("abc123", "7")
    assert settings.guardrail_mode.value == mode.value


@pytest.mark.parametrize(("stack_name", "environment"), AGENTS)
def test_the_settings_accept_what_the_stack_sets(stack_name: str, environment: str) -> None:
    made = {"AGENT_GATEWAY_URL": "https://tools.example/mcp", "AGENT_GUARDRAIL_VERSION": "7"}
    resolved = {
        name: value if isinstance(value, str) else made.get(name, "agent-0123456789")
        for name, value in variables_of(stack_name, environment).items()
    }
    settings = Settings.from_environment(resolved)
    assert settings.model_id == ENVIRONMENTS[environment].model
    assert not settings.actor_header_allowed
    assert settings.memory_namespaces
