"""What is measured of an agent."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.observability.monitoring import log_metrics as counted
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.log_metrics import LogMetric, namespace_of
from constructs_lib.observability.monitoring.metrics._metric import AGENTCORE, filled, key_of, math, metric, share
from constructs_lib.runtime.agent_service import AgentService

_HOUR = 60


class AgentReadings:
    """Metrics of an agent, by AgentCore Runtime and, where it writes them, by its own log lines.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-runtime-metrics.html

    Args:
        agent: The agent.
        endpoint: Its endpoint.
        counts_lines: Whether it writes the log lines of `agents.shared`.
        among_others: Whether its metrics stand in one graph with those of other constructs.
    """

    def __init__(self, agent: AgentService, endpoint: str, *, counts_lines: bool, among_others: bool = False) -> None:
        self._dimensions = {
            "Operation": "InvokeAgentRuntime",
            "Name": f"{agent.runtime_name}::{endpoint}",
            "Resource": agent.arn,
        }
        self._door = {"ResourceId": agent.arn}
        self._arn = agent.arn
        self._key = key_of(agent) if among_others else ""
        self._namespace = namespace_of(agent.runtime_name)
        self._counts_lines = counts_lines

    def invocations(self, label: str = "Invocations", period: int = 1) -> cloudwatch.Metric:
        """Requests that reached the runtime."""
        return metric("Invocations", self._dimensions, label=label, period=period)

    def latency(self, percentile: int, label: str | None = None) -> cloudwatch.Metric:
        """Time from a request to the end of its answer, in milliseconds."""
        return metric("Latency", self._dimensions, statistic=f"p{percentile}", label=label or f"p{percentile}")

    def sessions(self) -> cloudwatch.Metric:
        """Sessions that began."""
        return metric("SessionCount", self._dimensions, label="New sessions")

    def system_errors(self) -> cloudwatch.Metric:
        """Requests that the service could not serve."""
        return metric("SystemErrors", self._dimensions, label="By the service")

    def user_errors(self) -> cloudwatch.Metric:
        """Requests that the service refused."""
        return metric("UserErrors", self._dimensions, label="By the caller")

    def throttles(self) -> cloudwatch.Metric:
        """Requests that the runtime refused for their number."""
        return metric("Throttles", self._dimensions, label="By the runtime")

    def refused_tokens(self) -> cloudwatch.Metric:
        """Requests whose token the runtime did not accept."""
        return metric("InboundAuthorizationFailure", self._door, label="Tokens refused")

    def accepted_tokens(self) -> cloudwatch.Metric:
        """Requests whose token the runtime accepted."""
        return metric("InboundAuthorizationSuccess", self._door, label="Tokens accepted")

    def cpu_hours(self, label: str = "vCPU hours") -> cloudwatch.Metric:
        """vCPU hours that are billed."""
        return self._usage("CPUUsed-vCPUHours", label)

    def memory_hours(self, label: str = "GB hours") -> cloudwatch.Metric:
        """GB hours that are billed."""
        return self._usage("MemoryUsed-GBHours", label)

    def counted(self, what: LogMetric, label: str, *, statistic: str = "Sum", period: int = 1) -> cloudwatch.Metric:
        """A metric that is counted in the agent's log."""
        return metric(what.name, {}, namespace=self._namespace, statistic=statistic, label=label, period=period)

    def tokens(self, label: str = "Tokens", period: int = 1) -> cloudwatch.MathExpression:
        """Tokens that the model read and wrote."""
        both = {
            "read": self.counted(counted.INPUT_TOKENS, "Read", period=period),
            "written": self.counted(counted.OUTPUT_TOKENS, "Written", period=period),
        }
        return math(filled("read", "written"), both, label=label, period=period, key=self._key)

    def hourly_tokens(self, label: str = "Tokens in an hour") -> cloudwatch.MathExpression:
        """Tokens in an hour."""
        return self.tokens(label, _HOUR)

    def failures_while_down(self) -> cloudwatch.MathExpression:
        """Requests that failed in a minute in which none ended in the agent; 0 in others.

        A process that dies is the service's error or the caller's, as the service sees it; a token that is refused is
        the caller's too, and no failure of the agent.
        """
        metrics = {"system": self.system_errors(), "user": self.user_errors(), "refused": self.refused_tokens()}
        others = "IF(FILL(user, 0) > FILL(refused, 0), FILL(user, 0) - FILL(refused, 0), 0)"
        failed = f"FILL(system, 0) + {others}"
        if self._counts_lines:
            metrics["ended"] = self.counted(counted.ENDED, "Ended")
            return math(
                f"IF(FILL(ended, 0) > 0, 0, {failed})", metrics, label="Failures, nothing answered", key=self._key
            )
        metrics["requests"] = self.invocations()
        some = f"FILL(requests, 0) > {failed} + FILL(refused, 0)"
        return math(f"IF({some}, 0, {failed})", metrics, label="Failures, nothing answered", key=self._key)

    def error_rate(self, threshold: limits.ErrorRate, label: str = "Error rate") -> cloudwatch.MathExpression:
        """Requests that failed, in percent of those that ended; 0 where none ended, which is another alarm's matter."""
        metrics: dict[str, cloudwatch.IMetric] = {"system": self.system_errors()}
        if self._counts_lines:
            metrics["ended"] = self.counted(counted.ENDED, "Ended")
            metrics["failed"] = self.counted(counted.FAILED, "Failed")
            rate = share(filled("failed", "system"), filled("ended", "system"), threshold.samples)
            return math(f"IF(FILL(ended, 0) > 0, {rate}, 0)", metrics, label=label, key=self._key)
        metrics["requests"] = self.invocations()
        rate = share(filled("system"), filled("requests"), threshold.samples)
        return math(f"IF(FILL(requests, 0) > FILL(system, 0), {rate}, 0)", metrics, label=label, key=self._key)

    def latency_without_cause(self, threshold: limits.Latency) -> cloudwatch.MathExpression:
        """Time of answers in minutes in which nothing else explains it; 0 in others."""
        metrics: dict[str, cloudwatch.IMetric] = {"time": self.latency(threshold.percentile)}
        label = f"p{threshold.percentile} of answers"
        if not self._counts_lines:
            metrics["requests"] = self.invocations()
            return math(
                f"IF(FILL(requests, 0) >= {threshold.samples}, FILL(time, 0), 0)", metrics, label=label, key=self._key
            )
        metrics["answered"] = self.counted(counted.ANSWER_TIME, "Answered", statistic="SampleCount")
        metrics["throttled"] = self.counted(counted.MODEL_THROTTLES, "Throttled")
        metrics["forgotten"] = self.counted(counted.MEMORY_FAILURES, "Memory failed")
        judged = f"IF(FILL(answered, 0) >= {threshold.samples}, FILL(time, 0), 0)"
        return math(f"IF({filled('throttled', 'forgotten')} > 0, 0, {judged})", metrics, label=label, key=self._key)

    def all_throttles(self, label: str = "Throttled") -> cloudwatch.MathExpression:
        """Requests that the runtime or the model refused for their number."""
        metrics: dict[str, cloudwatch.IMetric] = {"runtime": self.throttles()}
        if self._counts_lines:
            metrics["model"] = self.counted(counted.MODEL_THROTTLES, "By the model")
        return math(filled(*metrics), metrics, label=label, key=self._key)

    def authentication_failures(
        self, threshold: limits.AuthenticationFailures, label: str = "Not let in"
    ) -> cloudwatch.MathExpression:
        """Requests whose caller nobody knows, in percent."""
        metrics: dict[str, cloudwatch.IMetric] = {"refused": self.refused_tokens()}
        if self._counts_lines:
            metrics["unknown"] = self.counted(counted.UNAUTHENTICATED, "Without identity")
            metrics["ended"] = self.counted(counted.ENDED, "Ended")
            rate = share(filled("refused", "unknown"), filled("refused", "ended"), threshold.samples)
            return math(rate, metrics, label=label, key=self._key)
        metrics["accepted"] = self.accepted_tokens()
        return math(
            share(filled("refused"), filled("refused", "accepted"), threshold.samples),
            metrics,
            label=label,
            key=self._key,
        )

    def _usage(self, name: str, label: str) -> cloudwatch.Metric:
        dimensions = {"Service": "AgentCore.Runtime", "Resource": self._arn}
        return metric(name, dimensions, namespace=AGENTCORE, label=label, period=_HOUR)
