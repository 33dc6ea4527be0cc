"""A refactoring must not replace what holds data: the logical ids of stateful resources are pinned here.

A changed id is a new resource: the old memory would stay behind with every conversation in it, or be deleted. Change a
line here only with a migration.
"""

from collections.abc import Callable, Mapping
from typing import cast

import pytest

from stacks.environments import ENVIRONMENTS

STATEFUL_TYPES = {"AWS::BedrockAgentCore::Memory", "AWS::KMS::Key", "AWS::Logs::LogGroup"}
PINNED: Mapping[str, set[str]] = {
    "State": {"Key961B73FD", "Memory58029A32", "MemoryLogsLogGroupD0AB0E6F"},
    "MemoryAssistant": {
        "MemoryAssistantLogsLogGroup5D68B76B",
        "MemoryAssistantOutputLogGroup14593942",
        "MemoryAssistantliveOutputLogGroupBA277B9B",
    },
}


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
@pytest.mark.parametrize("stack", sorted(PINNED))
def test_stateful_resources_keep_their_logical_ids(
    environment: str, stack: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    template = templates(environment)[f"{environment.capitalize()}-{stack}"]
    resources = cast("Mapping[str, Mapping[str, str]]", template["Resources"])
    stateful = {logical_id for logical_id, resource in resources.items() if resource["Type"] in STATEFUL_TYPES}
    assert stateful == PINNED[stack]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_state_outlives_its_stack(
    environment: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    template = templates(environment)[f"{environment.capitalize()}-State"]
    resources = cast("Mapping[str, Mapping[str, str]]", template["Resources"])
    kept = {
        resource["Type"]: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for resource in resources.values()
        if resource["Type"] in STATEFUL_TYPES
    }
    assert kept == dict.fromkeys(STATEFUL_TYPES, ("Retain", "Retain"))
