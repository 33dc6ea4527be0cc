"""Who calls, for the tools: the verified subject of the caller's token in a header that nobody else can set."""

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._bundled_function import BundledFunction
from constructs_lib.gateway.interceptors import Interceptor

HANDLER = Path(__file__).parent / "handlers" / "caller_identity"


class CallerIdentity(BundledFunction):
    """Tells tools whom they work for: a request interceptor that sets `CallerIdentity.HEADER`.

    A gateway does not tell its targets who called. This interceptor overwrites the header in every request with the
    `sub` of the token that the gateway has verified. Give `interceptor` to a `ToolGateway` with an authorizer, and
    `request_headers=[CallerIdentity.HEADER]` to the sources that may know. A Lambda function finds it under
    `bedrockAgentCorePropagatedHeaders` of its client context, other targets among their request's headers.

    A source that takes the header from a gateway without this interceptor believes what the caller wrote.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-headers.html

    Args:
        log_retention: How long its log events are kept.
        encryption_key: Key that encrypts its log; its policy is extended. Default: CloudWatch Logs' own key.
        removal_policy: What happens to its log when it leaves the stack.

    Attributes:
        function: The function.
        interceptor: For a gateway's `interceptors`.
    """

    HEADER = "x-caller-subject"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(
            scope,
            id,
            code=HANDLER,
            purpose="the caller identity of a gateway",
            caller="AgentCore Gateway",
            timeout=Duration.seconds(5),
            retention=log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self.interceptor = Interceptor.request(self.function, headers=True)
