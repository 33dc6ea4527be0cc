"""What is measured of a guardrail."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.metrics._metric import filled, key_of, math, metric, share
from constructs_lib.safety.content_guardrail import ContentGuardrail

_NAMESPACE = "AWS/Bedrock/Guardrails"
_OF_AGENTS = "AgentGuardrails"
"""Agents write these in the embedded metric format, for guardrails that only record too."""

POLICIES = {
    "ContentPolicy": "Harmful content",
    "TopicPolicy": "Denied topics",
    "WordPolicy": "Words",
    "SensitiveInformationPolicy": "Personal data",
    "ContextualGroundingPolicy": "Grounding",
}


class GuardrailReadings:
    """Metrics of the version of a guardrail that its template publishes, and of what agents record of it.

    https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-guardrails-cw-metrics.html

    Args:
        guardrail: The guardrail.
        among_others: Whether its metrics stand in one graph with those of other constructs.
    """

    def __init__(self, guardrail: ContentGuardrail, *, among_others: bool = False) -> None:
        self._key = key_of(guardrail) if among_others else ""
        self._dimensions = {"GuardrailArn": guardrail.guardrail_arn, "GuardrailVersion": guardrail.version}
        self._id = guardrail.guardrail_id

    def texts(self) -> cloudwatch.Metric:
        """Texts that it was asked about."""
        return self._metric("Invocations", "Texts")

    def interventions(self, label: str = "Interventions") -> cloudwatch.Metric:
        """Texts that it blocked or masked."""
        return self._metric("InvocationsIntervened", label)

    def text_units(self) -> cloudwatch.Metric:
        """Text units, which are billed."""
        return self._metric("TextUnitCount", "Text units")

    def latency(self) -> cloudwatch.Metric:
        """Time of a check in milliseconds, of which 5 % take longer."""
        return self._metric("InvocationLatency", "p95", statistic="p95")

    def failures(self) -> list[cloudwatch.Metric]:
        """Checks that failed."""
        return [
            self._metric("InvocationServerErrors", "By the service"),
            self._metric("InvocationClientErrors", "By the caller"),
            self._metric("InvocationThrottles", "Throttled"),
        ]

    def by_policy(self, mode: str = "ENFORCE") -> list[cloudwatch.Metric]:
        """What each policy found in conversations, as agents record it."""
        dimensions = {"GuardrailId": self._id, "Mode": mode}
        return [metric(name, dimensions, namespace=_OF_AGENTS, label=label) for name, label in POLICIES.items()]

    def consequences(self) -> list[cloudwatch.Metric]:
        """What became of the texts, as agents record it."""
        found = []
        for mode, labels in {"ENFORCE": ("Blocked", "Masked"), "SHADOW": ("Would block", "Would mask")}.items():
            dimensions = {"GuardrailId": self._id, "Mode": mode}
            for name, label in zip(("Blocked", "Masked"), labels, strict=True):
                found.append(metric(name, dimensions, namespace=_OF_AGENTS, label=label))
        return found

    def rate(self, threshold: limits.Interventions, label: str = "Interventions") -> cloudwatch.MathExpression:
        """Interventions in percent of the texts."""
        metrics = {"intervened": self.interventions(), "texts": self.texts()}
        return math(
            share(filled("intervened"), filled("texts"), threshold.samples), metrics, label=label, key=self._key
        )

    def _metric(self, name: str, label: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
        return metric(name, self._dimensions, namespace=_NAMESPACE, statistic=statistic, label=label)
