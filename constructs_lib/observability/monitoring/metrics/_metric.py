"""How all metrics here are made."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IConstruct

AGENTCORE = "AWS/Bedrock-AgentCore"


@cache
def minutes(count: int) -> Duration:
    """A period; CloudWatch and AgentCore count by the minute."""
    return Duration.minutes(count)


def metric(
    name: str,
    dimensions: Mapping[str, str],
    *,
    namespace: str = AGENTCORE,
    statistic: str = "Sum",
    label: str | None = None,
    period: int = 1,
) -> cloudwatch.Metric:
    """A metric.

    Args:
        name: Its name.
        dimensions: All of its dimensions: another set is another metric.
        namespace: Its namespace.
        statistic: As CloudWatch spells it.
        label: What a graph calls it. Default: CloudWatch's choice.
        period: In minutes.
    """
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        statistic=statistic,
        label=label,
        period=minutes(period),
    )


def math(
    expression: str, metrics: Mapping[str, cloudwatch.IMetric], *, label: str, period: int = 1, key: str = ""
) -> cloudwatch.MathExpression:
    """Metric math.

    Args:
        expression: The expression.
        metrics: The metrics in it, by id.
        label: What a graph calls it.
        period: In minutes, for all its metrics.
        key: What is added to the ids, which have to differ within a graph. Default: nothing.
    """
    if key:
        names = re.compile(rf"\b({'|'.join(metrics)})\b")
        expression = names.sub(rf"\1_{key}", expression)
        metrics = {f"{name}_{key}": each for name, each in metrics.items()}
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(metrics), label=label, period=minutes(period)
    )


def key_of(watched: IConstruct) -> str:
    """A key for a graph that shows several constructs.

    Args:
        watched: The construct.
    """
    return hashlib.sha256(watched.node.path.encode()).hexdigest()[:8]


def share(part: str, whole: str, samples: int) -> str:
    """An expression: `part` as a percentage of `whole`, and 0 where `whole` is less than `samples`."""
    return f"IF(({whole}) >= {samples}, 100 * ({part}) / ({whole}), 0)"


def filled(*ids: str) -> str:
    """An expression: the sum of metrics that may have no values at times."""
    return " + ".join(f"FILL({each}, 0)" for each in ids)
