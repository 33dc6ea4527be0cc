"""Stages of REST APIs on Amazon API Gateway.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-api-gateway.html
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, TargetDefinition, items, mapping
from workbench.local_cloud.agentcore.gateway.sources.http_api import HttpApi
from workbench.local_cloud.agentcore.gateway.sources.openapi_document import OpenApiDocument, Operation, Parameter
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool, ToolCall, ToolResult
from workbench.local_cloud.credentials import administrator

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


class ApiGatewaySource:
    """The methods of a stage that the target's filters let through.

    The service exports the stage with the rights of whoever makes the target; here that is the administrator.

    Args:
        target: The target.
        gateway: Its gateway.
        emulator_url: Where API Gateway is.
        api: Sends the requests.
    """

    def __init__(
        self, target: TargetDefinition, gateway: GatewayDefinition, *, emulator_url: str, api: HttpApi
    ) -> None:
        self._configuration = target.configuration
        self._gateway = gateway
        self._emulator_url = emulator_url
        self._api = api
        self._operations: dict[str, Operation] = {}

    async def tools(self) -> tuple[Tool, ...]:
        """See `Source.tools`."""
        exported = await asyncio.to_thread(self._exported)
        settings = mapping(self._configuration["apiGatewayToolConfiguration"])
        chosen = [
            _complete(one) for one in exported if any(_passes(one, f) for f in items(settings.get("toolFilters")))
        ]
        named = [_named(one, settings) for one in chosen]
        if not named:
            raise TargetError("SchemaException", "no method of the stage passes the target's tool filters")
        self._operations = {one.tool.name: one for one in named}
        return tuple(one.tool for one in named)

    async def call(self, call: ToolCall) -> ToolResult:
        """See `Source.call`."""
        return await self._api.call(self._operations[call.tool], call)

    def _exported(self) -> tuple[Operation, ...]:
        keys = administrator(self._gateway.scope.account)
        session = boto3.session.Session(
            keys.aws_access_key_id, keys.aws_secret_access_key, region_name=self._gateway.scope.region
        )
        client = session.client("apigateway", endpoint_url=self._emulator_url)
        api, stage = str(self._configuration["restApiId"]), str(self._configuration["stage"])
        try:
            answer = client.get_export(restApiId=api, stageName=stage, exportType="oas30", accepts="application/json")
            document = json.loads(cast("StreamingBody", answer["body"]).read())
        except (BotoCoreError, ClientError, ValueError) as error:
            raise TargetError("SchemaException", f"stage {stage} of API {api} cannot be exported: {error}") from error
        return OpenApiDocument(document).operations()


def _passes(operation: Operation, given: object) -> bool:
    filter_ = mapping(given)
    path = str(filter_.get("filterPath", ""))
    # `/pets/*` lets everything below /pets through.
    matches = operation.path.startswith(path[:-1]) if path.endswith("/*") else operation.path == path
    return matches and operation.method in items(filter_.get("methods"))


def _complete(operation: Operation) -> Operation:
    """The operation with every parameter of its path: an API need not declare them."""
    declared = {parameter.name for parameter in operation.parameters}
    missing = [name for name in _PATH_PARAMETER.findall(operation.path) if name not in declared]
    if not missing:
        return operation
    schema = operation.tool.input_schema
    properties = {**{name: {"type": "string"} for name in missing}, **mapping(schema.get("properties"))}
    required = [*missing, *map(str, items(schema.get("required")))]
    completed = {**schema, "properties": properties, "required": required}
    tool = replace(operation.tool, input_schema=completed)
    parameters = (*operation.parameters, *(Parameter(name, "path") for name in missing))
    return replace(operation, tool=tool, parameters=parameters)


def _named(operation: Operation, settings: Mapping[str, object]) -> Operation:
    overrides = [mapping(one) for one in items(settings.get("toolOverrides"))]
    own = next((o for o in overrides if (o["path"], o["method"]) == (operation.path, operation.method)), {})
    name = str(own.get("name") or operation.tool.name)
    if not name:
        label = f"{operation.method} {operation.path}"
        raise TargetError("SchemaException", f"{label} has no operation name, and no tool override gives it one")
    description = str(own.get("description") or operation.tool.description or f"{operation.method} {operation.path}")
    tool = replace(operation.tool, name=name, description=description)
    return replace(operation, tool=tool)
