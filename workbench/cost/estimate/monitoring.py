"""Amazon CloudWatch metrics, alarms and dashboards, and spans in Transaction Search or AWS X-Ray."""

from collections.abc import Iterator

from workbench.cost.estimate.agentcore import RUNTIME
from workbench.cost.formulas import DAYS, KB_PER_GB, counted, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, at
from workbench.cost.usage import Usage

_ALARM, _COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
_DASHBOARD, _FILTER = "AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter"
# CloudFormation's own type, and the custom resource of the construct AccountObservability.
_SEARCH = ("AWS::XRay::TransactionSearchConfig", "Custom::AccountObservability")
TYPES = frozenset({_ALARM, _COMPOSITE, _DASHBOARD, _FILTER, *_SEARCH})
FAMILY, TRACES = "CloudWatch", "Traces"

_MINUTE = 60
_FREE_PERCENT, _ALL = 1.0, 100.0
_BAND = "ANOMALY_DETECTION_BAND"
_BOUNDS = 2


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Metrics, alarms, dashboards and traces."""
    yield from _metrics(resources, usage, prices)
    yield from _alarms(resources, prices)
    if dashboards := resources.of(_DASHBOARD):
        count = len(dashboards)
        yield CostLine(FAMILY, "dashboards", count, prices.price("dashboards"), counted(count, "dashboard"))
    if resources.of(RUNTIME):
        yield from _traces(resources, usage, prices)


def _metrics(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    filters = sum(len(each.list("MetricTransformations")) for each in resources.of(_FILTER))
    own = usage.metrics.custom_metrics if resources.of(RUNTIME) else 0.0
    if filters or own:
        formula = f"{number(own)} of agents + {filters} of metric filters"
        yield CostLine(FAMILY, "custom metrics", filters + own, prices.price("metrics"), formula)
    if usage.metrics.requested:
        count = usage.metrics.requested
        yield CostLine(FAMILY, "metrics read", count, prices.price("metric-requests"), f"{number(count)} metrics")


def _alarms(resources: Resources, prices: PriceList) -> Iterator[CostLine]:
    counts = {"alarms": 0, "alarms-high-resolution": 0}
    for alarm in resources.of(_ALARM):
        counts["alarms-high-resolution" if _high_resolution(alarm) else "alarms"] += _alarm_metrics(alarm)
    for name, count in counts.items():
        if count:
            yield CostLine(
                FAMILY, name.replace("-", ", ", 1), count, prices.price(name), counted(count, "alarm metric")
            )
    if composite := len(resources.of(_COMPOSITE)):
        price = prices.price("alarms-composite")
        yield CostLine(FAMILY, "composite alarms", composite, price, counted(composite, "alarm"))


def _alarm_metrics(alarm: Found) -> int:
    """An alarm is billed by the metrics it watches; anomaly detection adds its two bounds."""
    queries = alarm.list("Metrics")
    watched = sum(bool(at(each, "MetricStat")) for each in queries) or 1
    bounds = any(_BAND in str(at(each, "Expression")) for each in queries)
    return watched + (_BOUNDS if bounds else 0)


def _high_resolution(alarm: Found) -> bool:
    periods = [alarm.at("Period"), *(at(each, "MetricStat.Period") for each in alarm.list("Metrics"))]
    return any(isinstance(each, int) and each < _MINUTE for each in periods)


def _traces(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    plan, searches = usage.traces, resources.of(*_SEARCH)
    if not plan.transaction_search and not searches:
        turns = usage.turns
        yield CostLine(TRACES, "traces of AWS X-Ray", turns, prices.price("traces-recorded"), f"{number(turns)} turns")
        return
    spans = usage.turns * plan.spans_per_turn
    size = spans * plan.kb_per_span / KB_PER_GB
    formula = product((usage.turns, "turns"), (plan.spans_per_turn, "spans"), (plan.kb_per_span, "KB"))
    yield CostLine(TRACES, "spans written", size, prices.price("spans-written"), formula)
    months = max((each.number("RetentionDays", 0) / DAYS for each in searches), default=0) or plan.months_kept
    kept = product((size, "GB a month"), (usage.logs.stored_share, "compressed"), (months, "months"))
    quantity = size * usage.logs.stored_share * months
    yield CostLine(TRACES, "spans kept", quantity, prices.price("logs-stored"), kept)
    if any(each.at("Masking") for each in searches):
        masked = f"{number(size)} GB written"
        yield CostLine(TRACES, "spans searched for personal data", size, prices.price("logs-masked"), masked)
    percent = max((each.number("IndexingPercentage", _FREE_PERCENT) for each in searches), default=_FREE_PERCENT)
    if percent > _FREE_PERCENT:
        part = (percent - _FREE_PERCENT) / _ALL
        indexed = product((spans, "spans"), (part, "indexed beyond the free percent"))
        yield CostLine(TRACES, "spans indexed", spans * part, prices.price("spans-indexed"), indexed)
