"""What is measured of a memory."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.memory.agent_memory import AgentMemory
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.log_metrics import FAILURES_OF_MEMORY, MEMORY_DIMENSION, NAMESPACE
from constructs_lib.observability.monitoring.metrics._metric import filled, key_of, math, metric

OPERATIONS = ("CreateEvent", "ListEvents", "RetrieveMemoryRecords")
"""What a turn of a conversation calls."""


class MemoryReadings:
    """Metrics of a memory, and of how agents fare with it.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-memory-metrics.html

    Args:
        memory: The memory.
        among_others: Whether its metrics stand in one graph with those of other constructs.
    """

    def __init__(self, memory: AgentMemory, *, among_others: bool = False) -> None:
        self._key = key_of(memory) if among_others else ""
        self._id, self._arn = memory.memory_id, memory.memory.memory_arn

    def calls(self, operation: str) -> cloudwatch.Metric:
        """Calls of an operation."""
        return self._of(operation, "Invocations", operation)

    def errors(self, operation: str) -> cloudwatch.Metric:
        """Calls of an operation that failed by the service's fault."""
        return self._of(operation, "SystemErrors", operation)

    def throttles(self, operation: str) -> cloudwatch.Metric:
        """Calls of an operation that the service refused for their number."""
        return self._of(operation, "Throttles", operation)

    def latency(self, operation: str) -> cloudwatch.Metric:
        """Time of an operation in milliseconds, of which 5 % take longer."""
        return self._of(operation, "Latency", operation, statistic="p95")

    def records(self) -> cloudwatch.Metric:
        """Long-term memories that strategies extracted."""
        return self._created("MemoryRecordsExtracted", "Memories")

    def events(self) -> cloudwatch.Metric:
        """Events of conversations that were kept."""
        return self._created("Event", "Events")

    def seen_failures(self) -> cloudwatch.Metric:
        """Calls that failed as agents saw it: the service may not even know of them."""
        dimensions = {MEMORY_DIMENSION: self._id}
        return metric(FAILURES_OF_MEMORY.name, dimensions, namespace=NAMESPACE, label="As agents see it")

    def failures(self, label: str = "Failed calls") -> cloudwatch.MathExpression:
        """Calls that failed, as the service or as agents see it, whoever saw more."""
        own = {f"own{number}": self.errors(operation) for number, operation in enumerate(OPERATIONS)}
        service = filled(*own)
        return math(
            f"IF({service} > FILL(seen, 0), {service}, FILL(seen, 0))",
            {**own, "seen": self.seen_failures()},
            label=label,
            key=self._key,
        )

    def quota_share(self, threshold: limits.MemoryQuota) -> cloudwatch.MathExpression:
        """The busiest operation in percent of its quota; 100 where calls are throttled."""
        calls = {f"calls{number}": self.calls(operation) for number, operation in enumerate(OPERATIONS)}
        refused = {f"refused{number}": self.throttles(operation) for number, operation in enumerate(OPERATIONS)}
        a_minute = threshold.calls_per_second * 60
        busiest = f"MAX([{', '.join(f'FILL({each}, 0)' for each in calls)}])"
        return math(
            f"IF({filled(*refused)} > 0, 100, 100 * {busiest} / {a_minute:g})",
            {**calls, **refused},
            label="Share of the quota",
        )

    def _of(self, operation: str, name: str, label: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
        return metric(name, {"Operation": operation, "Resource": self._arn}, statistic=statistic, label=label)

    def _created(self, item: str, label: str) -> cloudwatch.Metric:
        return metric("CreationCount", {"ItemType": item, "Resource": self._arn}, label=label)
