"""What CloudWatch measures of an agent."""

from typing import TYPE_CHECKING

from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

# CloudWatch takes 60 ms to import.
if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch


class AgentMetrics(Construct):
    """The metrics of an agent. Not made by itself: see `AgentService`."""

    runtime: agentcore.Runtime

    def metric_invocations(self) -> "cloudwatch.Metric":
        """Invocations through the default endpoint."""
        return self.runtime.metric_invocations()

    def metric_latency(self) -> "cloudwatch.Metric":
        """Mean time in milliseconds from a request to the end of its answer."""
        return self.runtime.metric_latency()

    def metric_errors(self) -> "cloudwatch.Metric":
        """Invocations that failed, by the caller's fault or the agent's."""
        return self.runtime.metric_total_errors()

    def metric_throttles(self) -> "cloudwatch.Metric":
        """Invocations that the service refused for their number."""
        return self.runtime.metric_throttles()

    def metric_sessions(self) -> "cloudwatch.Metric":
        """Sessions of the default endpoint."""
        return self.runtime.metric_session_count()
