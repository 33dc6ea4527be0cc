"""Metrics of what only an agent knows, counted in its log by metric filters.

The patterns match lines of `agents.shared`; a contract test holds them against what its logger writes. Their syntax:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

NAMESPACE = "AgentCoreAgents"
"""Namespace of the metrics that agents share; those of one agent are in `AgentCoreAgents/<runtime name>`."""

MEMORY_DIMENSION = "MemoryId"


@dataclass(frozen=True)
class LogMetric:
    """One metric filter.

    Args:
        name: The metric's name.
        conditions: What a line has to say, by field; `*` stands for any text.
        excluded: What it must not say, by field.
        value: Field that is measured. Default: lines are counted.
        unit: The unit of the value.
        dimensions: Fields by dimension; the metric is then in the namespace that all agents share.
    """

    name: str
    conditions: Mapping[str, str]
    excluded: Mapping[str, str] = field(default_factory=dict)
    value: str | None = None
    unit: cloudwatch.Unit = cloudwatch.Unit.COUNT
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """The filter pattern."""
        terms = [f'($.{name} = "{text}")' for name, text in self.conditions.items()]
        terms += [f'($.{name} != "{text}")' for name, text in self.excluded.items()]
        if self.value:
            # A value has to be in the pattern.
            terms.append(f"($.{self.value} >= 0)")
        terms += [f'($.{name} = "*")' for name in self.dimensions.values()]
        return f"{{ {' && '.join(terms)} }}"


def _ended(name: str, outcome: str) -> LogMetric:
    return LogMetric(name, {"event": _ENDED, "detail.outcome": outcome})


_ENDED = "request ended"
_MEMORY = "memory unavailable*"
_THROTTLED = {"detail.reason": "*Throttl*"}

ENDED = LogMetric("EndedRequests", {"event": _ENDED})
FAILED = _ended("FailedRequests", "failed")
THROTTLED = _ended("ThrottledRequests", "throttled")
UNAUTHENTICATED = _ended("UnauthenticatedRequests", "unauthenticated")
ANSWER_TIME = LogMetric(
    "AnswerTime",
    {"event": _ENDED, "detail.outcome": "answered"},
    value="detail.duration_ms",
    unit=cloudwatch.Unit.MILLISECONDS,
)
MODEL_THROTTLES = LogMetric("ModelThrottles", {"event": "model throttled"})
INPUT_TOKENS = LogMetric("InputTokens", {"event": "tokens used"}, value="detail.input_tokens")
OUTPUT_TOKENS = LogMetric("OutputTokens", {"event": "tokens used"}, value="detail.output_tokens")
MEMORY_FAILURES = LogMetric("MemoryFailures", {"event": _MEMORY}, excluded=_THROTTLED)
FAILURES_OF_MEMORY = LogMetric(
    "FailuresOfMemory", {"event": _MEMORY}, excluded=_THROTTLED, dimensions={MEMORY_DIMENSION: "detail.memory_id"}
)
GATEWAY_FAILURES = LogMetric("GatewayFailures", {"event": "gateway unavailable*"})

LOG_METRICS = (
    ENDED,
    FAILED,
    THROTTLED,
    UNAUTHENTICATED,
    ANSWER_TIME,
    MODEL_THROTTLES,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    MEMORY_FAILURES,
    FAILURES_OF_MEMORY,
    GATEWAY_FAILURES,
)
"""All that is counted in an agent's log."""


class LogMetrics(Construct):
    """The metric filters on one agent's log group.

    Args:
        log_group: What the agent prints.
        namespace: Where its metrics go.

    Attributes:
        filters: The L2 filters, by the metric's name.
    """

    def __init__(self, scope: Construct, id: str, *, log_group: logs.ILogGroup, namespace: str) -> None:
        super().__init__(scope, id)
        self.filters = {
            each.name: logs.MetricFilter(
                self,
                each.name,
                log_group=log_group,
                filter_pattern=logs.FilterPattern.literal(each.pattern),
                metric_namespace=NAMESPACE if each.dimensions else namespace,
                metric_name=each.name,
                metric_value=f"$.{each.value}" if each.value else "1",
                unit=each.unit,
                dimensions={name: f"$.{path}" for name, path in each.dimensions.items()} or None,
            )
            for each in LOG_METRICS
        }


def namespace_of(runtime_name: str) -> str:
    """The namespace of the metrics that are counted in an agent's log."""
    return f"{NAMESPACE}/{runtime_name}"
