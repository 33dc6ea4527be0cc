"""Tools of a Lambda function."""

from dataclasses import dataclass, replace

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.gateway._permissions import INVOKE_FUNCTION_ACTION, allow
from constructs_lib.gateway.descriptions import ToolDescription, service_schema
from constructs_lib.gateway.sources._base import BoundSource
from constructs_lib.gateway.tool_source import ToolSource

_Target = agentcore.CfnGatewayTarget


@dataclass(frozen=True, kw_only=True)
class LambdaSource(ToolSource):
    """A Lambda function as a target."""

    function: lambda_.IFunction

    def __post_init__(self) -> None:
        super().__post_init__()
        # The target cannot say all that a handler can, and policies go by what the target says.
        object.__setattr__(self, "tools", tuple(self._as_deployed(tool) for tool in self.tools))

    def bind(self, _scope: Construct) -> BoundSource:
        """The function, or this version or alias of it, and the schema of its tools."""
        arn = self.function.function_arn
        definitions = [
            _Target.ToolDefinitionProperty(
                name=tool.name,
                description=tool.description,
                input_schema=dict(tool.input_schema),
                output_schema=None if tool.output_schema is None else dict(tool.output_schema),
            )
            for tool in self.tools
        ]
        tools = _Target.ToolSchemaProperty(inline_payload=definitions)
        configuration = _Target.McpTargetConfigurationProperty(
            lambda_=_Target.McpLambdaTargetConfigurationProperty(lambda_arn=arn, tool_schema=tools)
        )
        return BoundSource(configuration, [allow(INVOKE_FUNCTION_ACTION, arn)])

    def _as_deployed(self, tool: ToolDescription) -> ToolDescription:
        where = f"the tool {tool.name!r} of the source {self.name!r}"
        output = tool.output_schema
        return replace(
            tool,
            input_schema=service_schema(tool.input_schema, where=f"{where}: arguments"),
            output_schema=None if output is None else service_schema(output, where=f"{where}: result"),
        )
