"""The variables a stack gives an agent are exactly those its settings read, and their values pass its checks."""

from collections.abc import Mapping
from typing import cast

import aws_cdk as cdk
import pytest

from agents.shared.settings import Settings
from stacks.environments import ENVIRONMENTS
from stacks.platform_stage import PlatformStage

TELEMETRY = "OTEL_"
SERVICE_OWNED = {"AGENT_OBSERVABILITY_ENABLED"}


def variables_of(environment: str) -> Mapping[str, object]:
    stage = PlatformStage(cdk.App(analytics_reporting=False), environment=ENVIRONMENTS[environment])
    stack = stage.synth().get_stack_by_name(f"{environment.capitalize()}-MemoryAssistant")
    resources = cast("Mapping[str, Mapping[str, object]]", stack.template["Resources"])
    runtime = next(item for item in resources.values() if item["Type"] == "AWS::BedrockAgentCore::Runtime")
    return cast("Mapping[str, Mapping[str, object]]", runtime["Properties"])["EnvironmentVariables"]


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
def test_the_stack_sets_what_the_settings_read(environment: str) -> None:
    variables = variables_of(environment)
    own = {name for name in variables if not name.startswith(TELEMETRY)} - SERVICE_OWNED
    assert own == Settings.VARIABLES


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
def test_the_settings_accept_what_the_stack_sets(environment: str) -> None:
    resolved = {
        name: value if isinstance(value, str) else "memory_assistant-0123456789"
        for name, value in variables_of(environment).items()
    }
    settings = Settings.from_environment(resolved)
    assert settings.model_id == ENVIRONMENTS[environment].model
    assert settings.actor_header_allowed == ENVIRONMENTS[environment].actor_header_allowed
    assert settings.memory_namespaces
