"""A tool that looks something up."""

from typing import Any

_INSTANCES = {"i-1": "running", "i-2": "stopped"}


def instance_state(instance: str) -> str:
    """Say in which state an instance is.

    Args:
        instance: Id of the instance, for example `i-1`.
    """
    return _INSTANCES[instance]


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Run the tool."""
    return {"state": instance_state(**event)}
