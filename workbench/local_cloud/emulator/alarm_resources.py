"""Alarms on metric math, which the emulator's CloudFormation refuses.

They are kept with the others, so that references and deletions work; `agentcore-workbench alarms` evaluates them.
"""

from collections.abc import Callable, MutableMapping
from typing import Any

from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_Record = Callable[[str, Properties], dict[str, Any]]

_ALARM = "AWS::CloudWatch::Alarm"
# What a record must have to be made; taken out again, for the alarm has no metric of its own.
_OWN_METRIC = {"MetricName": "expression", "Namespace": "expression"}


def install(handlers: MutableMapping[str, dict[str, Any]]) -> None:
    """Let CloudFormation make alarms on metric math.

    Args:
        handlers: CloudFormation's table of handlers.
    """
    if _ALARM not in handlers:
        raise RuntimeError(f"the emulator has no {_ALARM}: it changed")
    # The handlers look it up by name each time.
    provisioners._cw_metric_alarm_record = _taking_expressions(provisioners._cw_metric_alarm_record)


def _taking_expressions(record: _Record) -> _Record:
    def extended(name: str, properties: Properties) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            return record(name, properties)
        # An alarm on an anomaly band has no fixed threshold.
        threshold = properties.get("Threshold")
        plain = {**properties, **_OWN_METRIC, "Metrics": None, "Threshold": 0 if threshold is None else threshold}
        # Without a metric of its own the emulator leaves the alarm's state alone.
        return {**record(name, plain), "MetricName": "", "Namespace": "", "Metrics": metrics}

    return extended
