"""An alarm's states over time, as CloudWatch would have set them on the same data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from workbench.dashboards.alarms.decision import EXTRA_PERIODS, breaches, decide
from workbench.dashboards.alarms.definition import Alarm, CompositeAlarm, MetricAlarm, State, runbook_of
from workbench.dashboards.alarms.rule import parse_rule
from workbench.dashboards.errors import QueryError
from workbench.dashboards.labels import short_number, time_of_day
from workbench.dashboards.metric_data import RecentValues, metric_data, period_of
from workbench.dashboards.metric_functions import Array
from workbench.dashboards.queries import DEFAULT_PERIOD
from workbench.dashboards.series import Grid, MetricSource, Values

_MINUTE = 60
_HIGH_RESOLUTION_STEP = 10
# A band is learned from what came before the evaluation range.
_TRAINING_PERIODS = 60


@dataclass(frozen=True)
class Change:
    """An alarm enters a state.

    Args:
        time: When, in seconds since the epoch.
        state: The state.
        reason: Why.
    """

    time: float
    state: State
    reason: str


@dataclass(frozen=True)
class AlarmHistory:
    """What an alarm did.

    Args:
        alarm: The alarm.
        changes: Its states, oldest first; the first one is where it began.
        seconds: The period it was evaluated with; 0 for a composite alarm.
        suppressed: Why its actions are kept back now; empty where they are not.
        parts: What the alarms did that a composite alarm is made of.
    """

    alarm: Alarm
    changes: tuple[Change, ...]
    seconds: int
    suppressed: str = ""
    parts: "tuple[AlarmHistory, ...]" = ()

    @property
    def runbooks(self) -> tuple[str, ...]:
        """Addresses of its runbooks; of a composite alarm, those of its parts that are off."""
        if isinstance(self.alarm, CompositeAlarm):
            off = [part for part in self.parts if part.now.state is State.ALARM]
            return tuple(dict.fromkeys(runbook for part in off for runbook in part.runbooks))
        return tuple(filter(None, (runbook_of(self.alarm),)))

    @property
    def now(self) -> Change:
        """The state it is in."""
        return self.changes[-1]

    @property
    def went_off(self) -> tuple[Change, ...]:
        """Each time it went into ALARM."""
        return tuple(change for change in self.changes if change.state is State.ALARM)

    def at(self, time: float) -> State:
        """The state it was in at a moment."""
        return next((each.state for each in reversed(self.changes) if each.time <= time), State.INSUFFICIENT_DATA)


@dataclass(frozen=True)
class Span:
    """The time that alarms are evaluated over.

    Args:
        start: When they begin, without data, in seconds since the epoch.
        end: Now.
        period: Seconds that take the place of every alarm's own period, so that minutes of local data are enough.
            None: each alarm's own.
    """

    start: float
    end: float
    period: int | None = None


def evaluate_alarms(alarms: Sequence[Alarm], source: MetricSource, span: Span) -> tuple[AlarmHistory, ...]:
    """Evaluate alarms, composite ones after those they are made of.

    Args:
        alarms: The alarms.
        source: Where values come from.
        span: Over which time.

    Returns:
        What each did, in their order; one that cannot be evaluated has insufficient data, and the reason says why.

    Raises:
        QueryError: If the rule of a composite alarm is none.
    """
    reach = max((_reach(alarm, span) for alarm in alarms if isinstance(alarm, MetricAlarm)), default=0)
    recent = RecentValues(source, start=span.start - reach, end=span.end)
    histories = {each.name: _history(each, recent, span) for each in alarms if isinstance(each, MetricAlarm)}
    waiting = [alarm for alarm in alarms if isinstance(alarm, CompositeAlarm)]
    # Composite alarms may be made of composite alarms: each round does those whose parts are done.
    while waiting:
        ready = [alarm for alarm in waiting if not _depends(alarm, waiting)] or waiting
        for alarm in ready:
            histories[alarm.name] = _composite_history(alarm, histories, span)
        waiting = [alarm for alarm in waiting if alarm not in ready]
    return tuple(histories[alarm.name] for alarm in alarms)


def _period(alarm: MetricAlarm, span: Span) -> int:
    return span.period or period_of(alarm.queries, DEFAULT_PERIOD)


def _periods(alarm: MetricAlarm) -> int:
    return alarm.evaluation_periods + EXTRA_PERIODS + (_TRAINING_PERIODS if alarm.band else 0)


def _reach(alarm: MetricAlarm, span: Span) -> int:
    return _period(alarm, span) * _periods(alarm)


def _history(alarm: MetricAlarm, source: MetricSource, span: Span) -> AlarmHistory:
    try:
        return _metric_history(alarm, source, span)
    except QueryError as error:
        # CloudWatch calls it EVALUATION_ERROR.
        return AlarmHistory(alarm, (Change(span.start, State.INSUFFICIENT_DATA, f"not evaluated: {error}"),), 0)


def _metric_history(alarm: MetricAlarm, source: MetricSource, span: Span) -> AlarmHistory:
    period = _period(alarm, span)
    changes = [Change(span.start, State.INSUFFICIENT_DATA, "nothing was evaluated yet")]
    for moment in _moments(span, period):
        grid = Grid.until(moment, period=period, count=_periods(alarm))
        state, reason = _evaluated(alarm, source, grid, changes[-1].state)
        if state is not changes[-1].state:
            changes.append(Change(moment, state, reason))
    return AlarmHistory(alarm, tuple(changes), period)


def _moments(span: Span, period: int) -> Iterator[float]:
    """When CloudWatch looks: each minute, and each ten seconds where periods are shorter than one.

    Periods of less than ten seconds only this workbench has; there it looks after each.
    """
    step = _MINUTE if period >= _MINUTE else min(period, _HIGH_RESOLUTION_STEP)
    moment = -(-span.start // step) * step
    while moment <= span.end:
        yield moment
        moment += step


def _evaluated(alarm: MetricAlarm, source: MetricSource, grid: Grid, current: State) -> tuple[State, str]:
    results = {result.query.id: result.series for result in metric_data(alarm.queries, source, grid)}
    values = _single(results[alarm.watched], grid)
    low, high = _limits(alarm, results, grid)
    count = alarm.evaluation_periods + EXTRA_PERIODS
    rows = list(zip(values, low, high, grid.times, strict=True))[-count:]
    points = [
        None if value is None or least is None or most is None else breaches(alarm.comparison, value, least, most)
        for value, least, most, _ in rows
    ]
    state = decide(
        points,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        missing_data=alarm.missing_data,
        current=current,
    )
    there = [(value, time) for value, _, _, time in rows if value is not None][-alarm.evaluation_periods :]
    return state, _reason(alarm, there, state)


def _single(series: Array, grid: Grid) -> Values:
    # A search that finds nothing yet.
    return series[0].values if series else (None,) * grid.count


def _limits(alarm: MetricAlarm, results: Mapping[str, Array], grid: Grid) -> tuple[Values, Values]:
    if not alarm.band:
        return (alarm.threshold,) * grid.count, (alarm.threshold,) * grid.count
    low, high = results[alarm.band]
    return low.values, high.values


def _reason(alarm: MetricAlarm, there: Sequence[tuple[float, float]], state: State) -> str:
    if not there:
        return f"no data point in {alarm.evaluation_periods + EXTRA_PERIODS} periods, treated as {alarm.missing_data}"
    shown = ", ".join(f"{short_number(value)} ({time_of_day(time)})" for value, time in there)
    against = "the anomaly band (a stand-in)" if alarm.threshold is None else short_number(alarm.threshold)
    demand = f"{alarm.comparison} {against} in {alarm.datapoints_to_alarm} of {alarm.evaluation_periods}"
    return f"{shown}: {'' if state is State.ALARM else 'not '}{demand}"


def _depends(alarm: CompositeAlarm, others: Sequence[CompositeAlarm]) -> bool:
    named = {*parse_rule(alarm.rule).alarms, alarm.suppressor}
    return any({other.name, other.arn} & named for other in others if other is not alarm)


def _composite_history(alarm: CompositeAlarm, histories: Mapping[str, AlarmHistory], span: Span) -> AlarmHistory:
    rule = parse_rule(alarm.rule)
    by_name = {**histories, **{each.alarm.arn: each for each in histories.values()}}
    parts = [by_name[name] for name in rule.alarms if name in by_name]
    changes = [Change(span.start, State.INSUFFICIENT_DATA, "nothing was evaluated yet")]
    for moment in sorted({change.time for part in parts for change in part.changes}):
        states = {name: by_name[name].at(moment) for name in rule.alarms if name in by_name}
        state = State.ALARM if rule.holds(partial(_known, states)) else State.OK
        if state is not changes[-1].state:
            off = sorted({by_name[name].alarm.title for name, each in states.items() if each is State.ALARM})
            changes.append(Change(moment, state, f"in ALARM: {', '.join(off) or 'none'}"))
    history = AlarmHistory(alarm, tuple(changes), 0)
    suppressor = by_name.get(alarm.suppressor)
    suppressed = _suppressed(alarm, history, suppressor, span.end) if suppressor else ""
    return replace(history, suppressed=suppressed, parts=tuple(parts))


def _known(states: Mapping[str, State], name: str) -> State:
    # An alarm outside these templates.
    return states.get(name, State.INSUFFICIENT_DATA)


def _suppressed(alarm: CompositeAlarm, history: AlarmHistory, suppressor: AlarmHistory, now: float) -> str:
    """Why the actions of a composite alarm are kept back.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
    """
    if history.now.state is not State.ALARM:
        return ""
    if suppressor.now.state is State.ALARM:
        return f"{suppressor.alarm.name} is in ALARM"
    if suppressor.went_off and now - suppressor.now.time < alarm.extension_seconds:
        return f"{suppressor.alarm.name} was in ALARM less than {alarm.extension_seconds} s ago"
    if now - history.now.time < alarm.wait_seconds:
        return f"waits {alarm.wait_seconds} s for {suppressor.alarm.name}"
    return ""
