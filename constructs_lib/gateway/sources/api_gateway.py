"""Tools of a REST API on Amazon API Gateway."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.gateway._permissions import INVOKE_API_ACTION, allow
from constructs_lib.gateway.descriptions import ToolDescription
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.tool_source import ToolSource

HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

_Target = agentcore.CfnGatewayTarget
_PATH = re.compile(r"/[\w\-{}/.]*")
_PARAMETER = re.compile(r"\{(\w+)\}")
_MAX_DESCRIPTION = 200
_PARAMETER_KINDS = ("method.request.querystring.", "method.request.header.")
_API_KEY = ("header", "x-api-key")
# The authorization that a method has for each way in.
_EXPECTED = {"GATEWAY_IAM_ROLE": "AWS_IAM", "API_KEY": "NONE", "NONE": "NONE"}


@dataclass(frozen=True)
class ApiOperation:
    """One method of a REST API, as a tool.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-api-gateway.html

    Args:
        method: HTTP method; a method made for `ANY` is none.
        path: Its resource, such as `/orders/{id}`.
        name: Name of the tool.
        description: What it does and when to use it, at most 200 characters: a model chooses by it.
        arguments: JSON Schema of its arguments, an object, for `ToolGateway.tools` and for policies. Agents see what
            API Gateway exports. Default: the parameters in the path, and those the API declares.

    Raises:
        ValueError: If the path is none, or the description too long.
    """

    method: HttpMethod
    path: str
    name: str
    description: str
    arguments: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(
                f"the tool {self.name!r} is made of a path that starts with '/' and ends in no proxy or wildcard, got"
                f" {self.path!r}; write it as the API has it"
            )
        if not 1 <= len(self.description) <= _MAX_DESCRIPTION:
            raise ValueError(
                f"the description of the tool {self.name!r} ({self.method} {self.path}) has 1 to {_MAX_DESCRIPTION}"
                f" characters, got {len(self.description)}; a model chooses by it"
            )

    def tool(self, api: apigateway.IRestApi) -> ToolDescription:
        """The tool, with the arguments that are known."""
        method = self.find(api)
        return ToolDescription(self.name, self.description, self.arguments or self._arguments(method))

    def find(self, api: apigateway.IRestApi) -> apigateway.CfnMethod | None:
        """The method. None for an API that was imported or is made of a description: its methods are not known.

        Raises:
            ValueError: If the API has no such method.
        """
        if not isinstance(api, apigateway.RestApi):
            return None
        methods = api.methods
        for method in methods:
            if method.http_method == self.method and method.resource.path == self.path:
                resource = method.node.default_child
                assert isinstance(resource, apigateway.CfnMethod)  # noqa: S101 -- the L2's own resource
                return resource
        known = ", ".join(f"{method.http_method} {method.resource.path}" for method in methods)
        raise ValueError(
            f"the API {api.node.path!r} has no {self.method} {self.path}, which the tool {self.name!r} is to call; it"
            f" has {known or 'no method yet'}"
        )

    def _arguments(self, method: apigateway.CfnMethod | None) -> Mapping[str, object]:
        declared = method.request_parameters if method else None
        parameters = declared if isinstance(declared, Mapping) else {}
        named = {
            parameter.removeprefix(kind): required
            for kind in _PARAMETER_KINDS
            for parameter, required in parameters.items()
            if parameter.startswith(kind)
        }
        in_path = _PARAMETER.findall(self.path)
        required = [*in_path, *(name for name, needed in named.items() if needed is True)]
        properties = {name: {"type": "string"} for name in [*in_path, *named]}
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}


@dataclass(frozen=True, kw_only=True)
class ApiGatewaySource(ToolSource):
    """A stage of a REST API as a target."""

    stage: apigateway.Stage
    operations: tuple[ApiOperation, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outbound.kind not in _EXPECTED:
            raise ValueError(
                f"API Gateway is called with the gateway's role, an API key or nothing, not with {self.outbound.kind};"
                f" change outbound= of the tool source {self.name!r}"
            )
        _check_public(self.name, self.stage.rest_api)
        for operation in self.operations:
            self._check(operation)

    def bind(self, _scope: Construct) -> BoundSource:
        """The stage, a filter for exactly these operations, and their names; the same methods for the role."""
        filters = [
            _Target.ApiGatewayToolFilterProperty(filter_path=operation.path, methods=[operation.method])
            for operation in self.operations
        ]
        overrides = [
            _Target.ApiGatewayToolOverrideProperty(
                method=operation.method, path=operation.path, name=operation.name, description=operation.description
            )
            for operation in self.operations
        ]
        configuration = _Target.McpTargetConfigurationProperty(
            api_gateway=_Target.ApiGatewayTargetConfigurationProperty(
                rest_api_id=self.stage.rest_api.rest_api_id,
                stage=self.stage.stage_name,
                api_gateway_tool_configuration=_Target.ApiGatewayToolConfigurationProperty(
                    tool_filters=filters, tool_overrides=overrides
                ),
            )
        )
        return BoundSource(configuration, self._statements())

    def _statements(self) -> list[dict[str, object]]:
        if self.outbound.kind != "GATEWAY_IAM_ROLE":
            return []
        place = place_of(self.stage)
        stage = f"{self.stage.rest_api.rest_api_id}/{self.stage.stage_name}"
        arns = [
            # A path parameter can be anything.
            place.arn("execute-api", f"{stage}/{operation.method}{_PARAMETER.sub('*', operation.path)}")
            for operation in self.operations
        ]
        return [allow(INVOKE_API_ACTION, arns)]

    def _check(self, operation: ApiOperation) -> None:
        method = operation.find(self.stage.rest_api)
        if method is None:
            return
        called = f"{operation.method} {operation.path} of the API {self.stage.rest_api.node.path!r}"
        authorization, expected = method.authorization_type or "NONE", _EXPECTED[self.outbound.kind]
        if authorization != expected:
            raise ValueError(
                f"{called} is opened by {authorization}, and the tool source {self.name!r} calls it with"
                f" {self.outbound.kind}, which opens {expected}; change the method's authorization_type or the source's"
                " outbound="
            )
        if method.api_key_required is True and (self.outbound.place, self.outbound.parameter.lower()) != _API_KEY:
            raise ValueError(
                f"{called} asks for an API key in the header {_API_KEY[1]!r}, which the tool source {self.name!r} does"
                " not send; pass outbound=OutboundAuth.api_key(…, header='x-api-key', prefix=None)"
            )


def _check_public(name: str, api: apigateway.IRestApi) -> None:
    resource = api.node.default_child
    endpoint = resource.endpoint_configuration if isinstance(resource, apigateway.CfnRestApi) else None
    if isinstance(endpoint, apigateway.CfnRestApi.EndpointConfigurationProperty) and "PRIVATE" in (
        endpoint.types or []
    ):
        raise ValueError(
            f"the API {api.node.path!r} of the tool source {name!r} has a private endpoint, which no gateway reaches;"
            " give it a regional one, and its backend a private integration"
        )
