"""Smithy models."""

from os import PathLike

from constructs_lib.gateway.descriptions.tool_description import PickedDescription


class SmithyDescription:
    """A Smithy model in its JSON AST, plain or gzip."""

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "SmithyDescription":
        """Read it when it is first needed."""
        raise NotImplementedError

    def pick(self, *operations: str) -> PickedDescription:
        """Cut out operations by their names."""
        raise NotImplementedError
