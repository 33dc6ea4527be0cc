"""Tools from a handler's type hints and docstrings."""

from os import PathLike

from constructs_lib.gateway.descriptions.tool_description import ToolDescription


def tools_from_handler(path: str | PathLike[str], *functions: str) -> tuple[ToolDescription, ...]:
    """One tool per function named, read from the source without importing it."""
    raise NotImplementedError
