"""Shared by the tests of gateways and their sources."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from constructs_lib import JwtAuthorizer
from constructs_lib.gateway import ToolDescription, ToolGateway, ToolSource
from constructs_lib.gateway.descriptions import PickedDescription
from constructs_lib.identity import ApiKeyCredential, OAuth2Credential
from tests.constructs_lib.support import only, resources, stack, template

GATEWAY = "AWS::BedrockAgentCore::Gateway"
TARGET = "AWS::BedrockAgentCore::GatewayTarget"
POLICY = "AWS::IAM::ManagedPolicy"
AUTHORIZER = JwtAuthorizer(
    discovery_url="https://login.example.com/.well-known/openid-configuration", allowed_clients=["web"]
)
ARGUMENTS: Mapping[str, object] = {
    "type": "object",
    "properties": {"id": {"type": "string", "description": "Number of the order"}},
    "required": ["id"],
}
SECRETS = "arn:aws:secretsmanager:us-east-1:111122223333:secret"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:111122223333:function:orders"


def api_key(scope: Construct, name: str = "weather") -> ApiKeyCredential:
    secret = secrets.Secret.from_secret_complete_arn(scope, f"{name}-secret", f"{SECRETS}:{name}-abcdef")
    return ApiKeyCredential(scope, name, secret=secret)


def client(scope: Construct, name: str = "github") -> OAuth2Credential:
    secret = secrets.Secret.from_secret_complete_arn(scope, f"{name}-secret", f"{SECRETS}:{name}-abcdef")
    return OAuth2Credential.github(scope, name, client_id="Iv1.0123456789abcdef", client_secret=secret)


def tool(name: str = "get_order", description: str = "Reads an order.") -> ToolDescription:
    return ToolDescription(name, description, ARGUMENTS)


def picked(*actions: str, tools: tuple[ToolDescription, ...] | None = None, text: str = "{}") -> PickedDescription:
    offered = (tool(),) if tools is None else tools
    return PickedDescription(text, offered, ("api.example.com",), "orders.json", tuple(actions))


def function(scope: Construct, arn: str = FUNCTION_ARN) -> lambda_.IFunction:
    name = arn.rsplit(":", 1)[-1]
    made: lambda_.IFunction | None = scope.node.try_find_child(name)  # type: ignore[assignment]
    return made or lambda_.Function.from_function_arn(scope, name, arn)


def lambda_source(scope: Construct, name: str = "orders", **props: Any) -> ToolSource:
    arn = f"{FUNCTION_ARN}-{name}"
    return ToolSource.lambda_function(function(scope, arn), name=name, **{"tools": [tool()], **props})


def rendered(source: ToolSource, scope: Construct | None = None, **props: Any) -> Mapping[str, Any]:
    """The template of a gateway with one source."""
    scope = scope or stack()
    ToolGateway(scope, "Gateway", sources=[source], **props)
    return template(scope)  # type: ignore[arg-type]


def target(of: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = only(of, TARGET)["Properties"]
    return properties


def target_statements(of: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the gateway's role may do to its targets."""
    found = [each for key, each in resources(of, POLICY).items() if key.startswith("GatewayTargets")]
    return [statement for each in found for statement in each["Properties"]["PolicyDocument"]["Statement"]]
