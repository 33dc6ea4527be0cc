"""AWS services with a Smithy model: real calls of the emulator, by botocore, under the gateway's role.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-building-smithy-targets.html
"""

import asyncio
import base64
import binascii
import datetime
from collections.abc import Mapping, Sequence

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, DataNotFoundError, ParamValidationError
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.response import StreamingBody

from workbench.local_cloud.agentcore.gateway.definitions import TargetDefinition, mapping
from workbench.local_cloud.agentcore.gateway.role import GatewayRole
from workbench.local_cloud.agentcore.gateway.sources.documents import document
from workbench.local_cloud.agentcore.gateway.sources.smithy_document import SmithyDocument
from workbench.local_cloud.agentcore.gateway.sources.source import (
    TargetError,
    Tool,
    ToolCall,
    ToolResult,
    find_tool,
    json_result,
)

_NOT_FOR_CALLERS = "ResponseMetadata"


class SmithySource:
    """A service whose operations are the target's tools.

    Args:
        target: The target.
        role: The gateway's role.
    """

    def __init__(self, target: TargetDefinition, role: GatewayRole) -> None:
        if target.credential.kind != "GATEWAY_IAM_ROLE":
            raise TargetError(
                "UnsupportedTargetException",
                f"the local cloud calls Smithy targets with the gateway's role, not with {target.credential.kind}",
            )
        self._target = target
        self._role = role
        self._tools: tuple[Tool, ...] = ()
        self._service = ""

    async def tools(self) -> tuple[Tool, ...]:
        """See `Source.tools`."""
        model = await asyncio.to_thread(self._model)
        self._service = await asyncio.to_thread(_boto_name, model)
        self._tools = model.tools()
        return self._tools

    async def call(self, call: ToolCall) -> ToolResult:
        """See `Source.call`."""
        tool = find_tool(self._tools, call.tool)
        return json_result(_plain(await asyncio.to_thread(self._answer, call)), tool)

    def _model(self) -> SmithyDocument:
        return SmithyDocument(document(self._target.configuration, self._role))

    def _answer(self, call: ToolCall) -> Mapping[str, object]:
        try:
            client = self._role.client(self._service)
            shape = client.meta.service_model.operation_model(call.tool).input_shape
            parameters = mapping(_typed(call.arguments, shape))
            answer = self._role.call(self._service, call.tool, parameters)
        except ParamValidationError as error:
            raise TargetError("ValidationException", str(error)) from error
        except (BotoCoreError, ClientError, ValueError) as error:
            raise TargetError("SmithyClientException", f"{self._service} {call.tool} failed: {error}") from error
        return {name: value for name, value in answer.items() if name != _NOT_FOR_CALLERS}


def _boto_name(model: SmithyDocument) -> str:
    """What botocore calls the service: found by the service id, for the names differ (Cost Explorer is `ce`)."""
    session = botocore.session.get_session()
    hyphenated = model.service_id.lower().replace(" ", "-")
    guesses = [model.endpoint_prefix, model.arn_namespace, hyphenated, hyphenated.replace("-", "")]
    known = session.get_available_services()
    for name in [*(guess for guess in guesses if guess in known), *known]:
        try:
            if session.get_service_model(name).service_id == model.service_id:
                return str(name)
        except DataNotFoundError:
            continue
    raise TargetError("SchemaException", f"no AWS service has the id {model.service_id!r}")


def _typed(value: object, shape: Shape | None) -> object:
    """Arguments as botocore takes them: blobs are base64 in JSON, and bytes there."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {name: _typed(member, shape.members.get(name)) for name, member in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, Sequence) and not isinstance(value, str):
        return [_typed(member, shape.member) for member in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: _typed(member, shape.value) for name, member in value.items()}
    if shape is not None and shape.type_name == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError(f"a blob is written in base64, got {value!r}") from error
    return value


def _plain(value: object) -> object:
    """An answer as JSON has it."""
    match value:
        case Mapping():
            return {str(name): _plain(member) for name, member in value.items()}
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
        case StreamingBody():
            return base64.b64encode(value.read()).decode()
        case set():
            return [_plain(member) for member in sorted(value, key=str)]
        case list() | tuple():
            return [_plain(member) for member in value]
        case _:
            return value
