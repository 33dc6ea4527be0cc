"""Lambda functions, through the emulator's Invoke API.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html
"""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import cast

from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from workbench.local_cloud.agentcore.gateway.definitions import TargetDefinition, items, mapping
from workbench.local_cloud.agentcore.gateway.role import GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.documents import payload
from workbench.local_cloud.agentcore.gateway.sources.source import (
    SEPARATOR,
    TargetError,
    Tool,
    ToolCall,
    ToolResult,
    json_result,
)

_MESSAGE_VERSION = "1.0"


def invoke(role: GatewayRole, function_arn: str, event: object, custom: Mapping[str, object] | None = None) -> object:
    """Call a function under the gateway's role.

    Args:
        role: The gateway's role.
        function_arn: The function.
        event: What the handler gets.
        custom: The client context's `custom`. Default: no client context.

    Returns:
        What the handler returned.

    Raises:
        TargetError: If the function cannot be called, or its handler failed.
    """
    context = base64.b64encode(json.dumps({"custom": custom}, default=str).encode()).decode() if custom else None
    parameters = {"FunctionName": function_arn, "Payload": json.dumps(event, default=str).encode()}
    try:
        answer = role.call("lambda", "Invoke", {**parameters, **({"ClientContext": context} if context else {})})
        text = cast("StreamingBody", answer["Payload"]).read().decode()
    except (BotoCoreError, ClientError) as error:
        raise TargetError("LambdaClientException", f"Access to {function_arn} failed: {error}") from error
    if "FunctionError" in answer:
        raise TargetError("LambdaFunctionException", f"{function_arn} failed: {text}")
    return json.loads(text) if text else None


class LambdaSource:
    """A Lambda function whose tools are declared in the target.

    Args:
        target: The target.
        gateway_id: The gateway's id.
        role: The gateway's role.
    """

    def __init__(self, target: TargetDefinition, gateway_id: str, role: GatewayRole) -> None:
        self._target = target
        self._gateway_id = gateway_id
        self._role = role
        self._arn = str(target.configuration["lambdaArn"])
        self._described: dict[str, Tool] = {}

    async def tools(self) -> tuple[Tool, ...]:
        """See `Source.tools`."""
        given = await asyncio.to_thread(payload, mapping(self._target.configuration["toolSchema"]), self._role)
        tools = tuple(_tool(mapping(item)) for item in _definitions(given))
        self._described = {tool.name: tool for tool in tools}
        return tools

    async def call(self, call: ToolCall) -> ToolResult:
        """See `Source.call`."""
        answer = await asyncio.to_thread(invoke, self._role, self._arn, call.arguments, self._custom(call))
        return json_result(answer, self._described.get(call.tool))

    def _custom(self, call: ToolCall) -> dict[str, object]:
        custom: dict[str, object] = {
            "bedrockAgentCoreMessageVersion": _MESSAGE_VERSION,
            "bedrockAgentCoreAwsRequestId": call.request_id,
            "bedrockAgentCoreMcpMessageId": call.message_id,
            "bedrockAgentCoreGatewayId": self._gateway_id,
            "bedrockAgentCoreTargetId": self._target.target_id,
            "bedrockAgentCoreToolName": f"{self._target.name}{SEPARATOR}{call.tool}",
        }
        if call.headers:
            custom["bedrockAgentCorePropagatedHeaders"] = dict(call.headers)
        if call.query:
            custom["bedrockAgentCorePropagatedQueryParameters"] = dict(call.query)
        return custom


def _definitions(given: object) -> Sequence[object]:
    try:
        parsed = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise TargetError("SchemaException", f"the tool schema is no JSON: {error}") from error
    if not items(parsed):
        raise TargetError("SchemaException", "the tool schema declares no tool")
    return items(parsed)


def _tool(given: Mapping[str, object]) -> Tool:
    try:
        name, description = str(given["name"]), str(given["description"])
        output = given.get("outputSchema")
        return Tool(name, description, mapping(given["inputSchema"]), mapping(output) if output else None)
    except KeyError as error:
        raise TargetError("SchemaException", f"a tool definition lacks {error}: {dict(given)}") from error
