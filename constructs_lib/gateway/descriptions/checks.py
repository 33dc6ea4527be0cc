"""Checks of a target's tools against the service's bounds."""

from collections.abc import Sequence

from constructs_lib.gateway.descriptions.types import ToolDescription


def check_tools(tools: Sequence[ToolDescription], *, source: str) -> None:
    """Refuse names, duplicates and sizes that the service would refuse, or a model cannot use."""
    raise NotImplementedError
