"""What is measured of a gateway and of the policy that guards its tools."""

from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.gateway.tool_gateway import ToolGateway
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.metrics._metric import AGENTCORE, filled, math, metric, share


class GatewayReadings:
    """Metrics of a gateway.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-gateway-metrics.html

    Args:
        gateway: The gateway.
    """

    def __init__(self, gateway: ToolGateway) -> None:
        self._arn = gateway.gateway_arn
        self._dimensions = {"Operation": "InvokeGateway", "Protocol": "MCP", "Resource": self._arn}

    def calls(self, method: str | None = None, label: str = "Requests") -> cloudwatch.Metric:
        """Requests to the gateway, of one MCP method or of all."""
        return metric("Invocations", self._with(method), label=label)

    def system_errors(self) -> cloudwatch.Metric:
        """Requests that failed by the fault of the service or of a target."""
        return metric("SystemErrors", self._dimensions, label="By the gateway")

    def user_errors(self) -> cloudwatch.Metric:
        """Requests that the gateway refused."""
        return metric("UserErrors", self._dimensions, label="By the caller")

    def throttles(self) -> cloudwatch.Metric:
        """Requests that the gateway refused for their number."""
        return metric("Throttles", self._dimensions, label="Throttled")

    def duration(self, percentile: int) -> cloudwatch.Metric:
        """Time from a request to the end of its answer, in milliseconds."""
        return metric("Duration", self._dimensions, statistic=f"p{percentile}", label=f"p{percentile}")

    def target_time(self) -> cloudwatch.Metric:
        """What targets need of that time, of which 5 % take longer."""
        return metric("TargetExecutionTime", self._dimensions, statistic="p95", label="p95 of targets")

    def by_tool(self, name: str, statistic: str) -> cloudwatch.MathExpression:
        """A metric of each tool: tools that are added later appear by themselves."""
        schema = f"{AGENTCORE},Method,Name,Operation,Protocol,Resource"
        terms = f'MetricName="{name}" Method="tools/call" Resource="{self._arn}"'
        # Graphs of a search take their labels from the dimension that differs.
        return math(f"SEARCH('{{{schema}}} {terms}', '{statistic}', 60)", {}, label="")

    def refused_tokens(self) -> cloudwatch.Metric:
        """Requests whose token the gateway did not accept."""
        return metric("InboundAuthorizationFailure", {"ResourceId": self._arn}, label="Tokens refused")

    def accepted_tokens(self) -> cloudwatch.Metric:
        """Requests whose token the gateway accepted."""
        return metric("InboundAuthorizationSuccess", {"ResourceId": self._arn}, label="Tokens accepted")

    def error_rate(self, threshold: limits.ToolErrors) -> cloudwatch.MathExpression:
        """Requests that failed by the fault of the service or of a target, in percent."""
        metrics = {"failed": self.system_errors(), "calls": self.calls()}
        return math(share(filled("failed"), filled("calls"), threshold.samples), metrics, label="Failed")

    def authentication_failures(self, threshold: limits.AuthenticationFailures) -> cloudwatch.MathExpression:
        """Requests whose token was refused, in percent."""
        metrics = {"refused": self.refused_tokens(), "accepted": self.accepted_tokens()}
        rate = share(filled("refused"), filled("refused", "accepted"), threshold.samples)
        return math(rate, metrics, label="Not let in")

    def _with(self, method: str | None) -> dict[str, str]:
        return {**self._dimensions, **({"Method": method} if method else {})}


class PolicyReadings:
    """Metrics of a policy engine. The L2 construct's own are named otherwise than those that are published.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-policy-metrics.html

    Args:
        engine: The policy engine.
    """

    def __init__(self, engine: agentcore.IPolicyEngine) -> None:
        self._dimensions = {"OperationName": "AuthorizeAction", "PolicyEngine": engine.policy_engine_id}

    def allowed(self) -> cloudwatch.Metric:
        """Calls of tools that were allowed."""
        return metric("AllowDecisions", self._dimensions, label="Allowed")

    def denied(self) -> cloudwatch.Metric:
        """Calls of tools that were denied."""
        return metric("DenyDecisions", self._dimensions, label="Denied")

    def undecided(self) -> cloudwatch.Metric:
        """Calls that were denied because no policy speaks of them."""
        return metric("NoDeterminingPolicies", self._dimensions, label="No policy")

    def mismatches(self) -> cloudwatch.Metric:
        """Calls that were denied because a policy asks for an attribute that they do not have."""
        return metric("MismatchErrors", self._dimensions, label="Mismatch")

    def latency(self) -> cloudwatch.Metric:
        """Time of a decision in milliseconds, of which 5 % take longer."""
        return metric("Latency", self._dimensions, statistic="p95", label="p95")

    def denials(self, threshold: limits.PolicyDenials) -> cloudwatch.MathExpression:
        """Denials in percent of all decisions."""
        metrics = {"denied": self.denied(), "allowed": self.allowed()}
        rate = share(filled("denied"), filled("denied", "allowed"), threshold.samples)
        return math(rate, metrics, label="Denied")
