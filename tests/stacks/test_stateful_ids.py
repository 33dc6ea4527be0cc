"""A refactoring must not replace what holds data: the logical ids of stateful resources are pinned here.

A changed id is a new resource: the old memory would stay behind with every conversation in it, or be deleted. Change a
line here only with a migration.
"""

from collections.abc import Callable, Mapping
from typing import cast

import pytest

from stacks.environments import ENVIRONMENTS

STATEFUL_TYPES = {
    "AWS::BedrockAgentCore::Memory",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
}
PINNED: Mapping[str, set[str]] = {
    "State": {
        "Key961B73FD",
        "Memory58029A32",
        "MemoryLogsLogGroupD0AB0E6F",
        "SessionsTableA5E8383B",
        "EngineerMemoryB59AD234",
        "EngineerMemoryLogsLogGroupED1004DC",
        "EngineerSessionsTable7180E1AD",
    },
    "Identity": {"UsersPoolBFC35D3B", "UsersLogsGroupB2980DD9", "UsersTokenClaimsLogsBCE3823A"},
    "MemoryAssistant": {
        "MemoryAssistantLogsLogGroup5D68B76B",
        "MemoryAssistantOutputLogGroup14593942",
        "MemoryAssistantliveOutputLogGroupBA277B9B",
    },
}


STACKS = [(environment, stack) for environment in ENVIRONMENTS for stack in PINNED]


@pytest.mark.parametrize(("environment", "stack"), sorted(STACKS))
def test_stateful_resources_keep_their_logical_ids(
    environment: str, stack: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    template = templates(environment)[f"{environment.capitalize()}-{stack}"]
    resources = cast("Mapping[str, Mapping[str, str]]", template["Resources"])
    stateful = {logical_id for logical_id, resource in resources.items() if resource["Type"] in STATEFUL_TYPES}
    assert stateful == PINNED[stack]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_state_and_users_outlive_their_stacks(
    environment: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    stacks = templates(environment)
    resources = {
        **cast("Mapping[str, Mapping[str, str]]", stacks[f"{environment.capitalize()}-State"]["Resources"]),
        **cast("Mapping[str, Mapping[str, str]]", stacks[f"{environment.capitalize()}-Identity"]["Resources"]),
    }
    kept = {
        resource["Type"]: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for resource in resources.values()
        if resource["Type"] in STATEFUL_TYPES
    }
    assert kept == dict.fromkeys(STATEFUL_TYPES, ("Retain", "Retain"))
