"""Metrics in log lines: CloudWatch's embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from workbench.telemetry.store import Datum

MARK = '"_aws"'
"""What every such line holds."""


def embedded_metrics(message: str) -> list[Datum]:
    """The values of a log line; none of a line that is not in the format.

    Args:
        message: The line.
    """
    if MARK not in message:
        return []
    try:
        document = json.loads(message)
        meta = document["_aws"]
        when = float(meta["Timestamp"]) / 1000
        return [datum for directive in meta["CloudWatchMetrics"] for datum in _values(document, directive, when)]
    except (ValueError, KeyError, TypeError, AttributeError):
        # CloudWatch Logs keeps such a line as it is, and makes no metric of it.
        return []


def _values(document: Mapping[str, object], directive: Mapping[str, object], when: float) -> Iterator[Datum]:
    for names in _list(directive.get("Dimensions")):
        dimensions = {str(name): str(document[str(name)]) for name in _list(names)}
        for metric in _list(directive["Metrics"]):
            name = str(metric["Name"])
            for value in _numbers(document[name]):
                yield Datum(
                    str(directive["Namespace"]), name, dimensions, value, str(metric.get("Unit") or "None"), when
                )


def _numbers(value: object) -> list[float]:
    if isinstance(value, Mapping):
        counts = value.get("Counts") or [1] * len(value["Values"])
        return [float(one) for one, count in zip(value["Values"], counts, strict=True) for _ in range(round(count))]
    return [float(one) for one in value] if isinstance(value, list) else [float(str(value))]


def _list(value: object) -> Sequence[Mapping[str, object]]:
    return value if isinstance(value, list) else []
