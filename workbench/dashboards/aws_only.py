"""What only AWS measures: no process of the local cloud stands for it, so a widget on it is empty here."""

import tomllib
from functools import cache
from pathlib import Path

from workbench.dashboards.series import MetricName

_TABLE = Path(__file__).with_suffix(".toml")


@cache
def aws_only_metrics() -> frozenset[tuple[str, str]]:
    """Namespace and name of every metric that only AWS publishes."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return frozenset((namespace, name) for namespace, names in table["metrics"].items() for name in names)


def is_aws_only(metric: MetricName) -> bool:
    """Whether only AWS publishes a metric.

    Args:
        metric: The metric.
    """
    return (metric.namespace, metric.name) in aws_only_metrics()
