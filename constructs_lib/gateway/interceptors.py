"""Functions that see each request to a gateway, or each answer of a target, and may change or refuse it."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_lambda as lambda_


@dataclass(frozen=True)
class Interceptor:
    """A Lambda function that a gateway calls around each invocation. Make one with a static method.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-interceptors.html

    Attributes:
        point: When it is called.
        function: The function.
        headers: Whether it sees the caller's headers, the token among them.
    """

    point: Literal["REQUEST", "RESPONSE"]
    function: lambda_.IFunction
    headers: bool

    @staticmethod
    def request(function: lambda_.IFunction, *, headers: bool = False) -> "Interceptor":
        """Before a target is called.

        Args:
            function: What is called with the request; its answer is what the gateway goes on with.
            headers: Whether it sees the caller's headers. They hold the caller's token, so whoever changes the
                function, or reads what it logs, can act as the caller.
        """
        return Interceptor("REQUEST", function, headers)

    @staticmethod
    def response(function: lambda_.IFunction, *, headers: bool = False) -> "Interceptor":
        """After a target has answered, before the caller gets it.

        Args:
            function: What is called with request and answer; what it returns is what the caller gets.
            headers: Whether it sees the caller's headers, as for `request`.
        """
        return Interceptor("RESPONSE", function, headers)

    def rendered(self) -> agentcore.CfnGateway.GatewayInterceptorConfigurationProperty:
        """The gateway's property. The L2's own object would grant on the function as well."""
        function = agentcore.CfnGateway.LambdaInterceptorConfigurationProperty(arn=self.function.function_arn)
        return agentcore.CfnGateway.GatewayInterceptorConfigurationProperty(
            interception_points=[self.point],
            interceptor=agentcore.CfnGateway.InterceptorConfigurationProperty(lambda_=function),
            input_configuration=agentcore.CfnGateway.InterceptorInputConfigurationProperty(
                pass_request_headers=self.headers
            ),
        )
