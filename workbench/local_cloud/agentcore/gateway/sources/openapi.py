"""HTTP APIs with an OpenAPI description."""

import asyncio

from workbench.local_cloud.agentcore.gateway.definitions import TargetDefinition
from workbench.local_cloud.agentcore.gateway.role import GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.documents import document
from workbench.local_cloud.agentcore.gateway.sources.http_api import HttpApi
from workbench.local_cloud.agentcore.gateway.sources.openapi_document import OpenApiDocument, Operation
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool, ToolCall, ToolResult


class OpenApiSource:
    """An API whose operations are the target's tools, by their operationIds.

    Args:
        target: The target.
        role: The gateway's role, which reads a description from S3.
        api: Sends the requests.
    """

    def __init__(self, target: TargetDefinition, role: GatewayRole, api: HttpApi) -> None:
        self._target = target
        self._role = role
        self._api = api
        self._operations: dict[str, Operation] = {}

    async def tools(self) -> tuple[Tool, ...]:
        """See `Source.tools`."""
        operations = await asyncio.to_thread(self._read)
        nameless = [f"{one.method} {one.path}" for one in operations if not one.tool.name]
        if nameless:
            raise TargetError("SchemaException", f"{nameless[0]} has no operationId, which would name its tool")
        if not operations:
            raise TargetError("SchemaException", "the description has no operation")
        self._operations = {one.tool.name: one for one in operations}
        return tuple(one.tool for one in operations)

    async def call(self, call: ToolCall) -> ToolResult:
        """See `Source.call`."""
        return await self._api.call(self._operations[call.tool], call)

    def _read(self) -> tuple[Operation, ...]:
        return OpenApiDocument(document(self._target.configuration, self._role)).operations()
