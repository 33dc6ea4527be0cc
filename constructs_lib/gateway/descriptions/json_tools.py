"""Tools from a JSON file."""

from os import PathLike

from constructs_lib.gateway.descriptions.types import ToolDescription


def tools_from_json(path: str | PathLike[str]) -> tuple[ToolDescription, ...]:
    """The tools a JSON file lists."""
    raise NotImplementedError
