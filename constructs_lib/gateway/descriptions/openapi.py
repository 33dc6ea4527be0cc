"""OpenAPI descriptions."""

from os import PathLike

from constructs_lib.gateway.descriptions.tool_description import PickedDescription


class OpenApiDescription:
    """An OpenAPI 3.0 or 3.1 description, JSON or YAML, plain or gzip."""

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "OpenApiDescription":
        """Read it when it is first needed."""
        raise NotImplementedError

    def pick(self, *operations: str, server: str | None = None) -> PickedDescription:
        """Cut out operations, each by its operationId or as `METHOD /path`."""
        raise NotImplementedError
