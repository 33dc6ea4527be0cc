"""Metrics from what is written to CloudWatch Logs: metric filters and the embedded metric format.

The emulator keeps metric filters and does nothing with them.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ministack.services import cloudwatch_logs

from workbench.telemetry.emf import embedded_metrics
from workbench.telemetry.metric_filters import LogEvent, MetricFilter
from workbench.telemetry.services.outcome import Emit

_LOG = logging.getLogger(__name__)


def install(emit: Emit) -> None:
    """Publish metrics of every log event from now on.

    Args:
        emit: Takes them.
    """
    # PutLogEvents and the emulator's functions both hand their events to the subscription filters.
    cloudwatch_logs._fanout_to_subscription_filters = _publishing(cloudwatch_logs._fanout_to_subscription_filters, emit)
    cloudwatch_logs._put_metric_filter = _checking(cloudwatch_logs._put_metric_filter)


def _publishing(hand_on: Callable[..., None], emit: Emit) -> Callable[..., None]:
    def publish(group: str, stream: str, events: Sequence[Mapping[str, Any]]) -> None:
        came = [LogEvent(str(event.get("message", "")), float(event["timestamp"]) / 1000) for event in events]
        for metric_filter in _filters(group):
            emit(metric_filter.values(came))
        emit(datum for event in came for datum in embedded_metrics(event.message))
        hand_on(group, stream, events)

    return publish


def _filters(group: str) -> Iterable[MetricFilter]:
    for kept in list(cloudwatch_logs._metric_filters.values()):
        if kept["logGroupName"] == group:
            yield MetricFilter.of_request(kept)


def _checking(put: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def checked(data: dict[str, Any]) -> Any:
        try:
            MetricFilter.of_request(data)
        except ValueError as error:
            return cloudwatch_logs.error_response_json("InvalidParameterException", str(error), 400)
        return put(data)

    return checked
