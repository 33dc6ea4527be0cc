"""The templates themselves, one readable file per stack and environment, for whoever reviews a change."""

import re
from collections.abc import Callable, Mapping

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.environments import ENVIRONMENTS

HASH = re.compile(r"[0-9a-f]{64}")


def _without_hashes(value: object) -> object:
    if isinstance(value, str):
        return HASH.sub("<asset hash>", value)
    if isinstance(value, Mapping):
        return {str(key): _without_hashes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_hashes(item) for item in value]
    return value


NAMES = (
    "State",
    "Network",
    "Identity",
    "MemoryAssistant",
    "Tools",
    "CloudEngineer",
    "Frontend",
    "Observability",
)
STACKS = [(stack, environment) for environment in ENVIRONMENTS for stack in NAMES]


@pytest.mark.parametrize(("stack", "environment"), sorted(STACKS))
def test_template(
    environment: str,
    stack: str,
    templates: Callable[[str], Mapping[str, Mapping[str, object]]],
    snapshot: SnapshotAssertion,
) -> None:
    template = templates(environment)[f"{environment.capitalize()}-{stack}"]
    assert _without_hashes(template) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
def test_there_is_a_snapshot_of_every_stack(
    environment: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    stacks = {f"{name.capitalize()}-{stack}" for stack, name in STACKS if name == environment}
    assert set(templates(environment)) == stacks
