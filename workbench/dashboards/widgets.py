"""Evaluates the widgets of a dashboard: what each shows, or why it is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.dashboards.alarms.definition import Alarm, MetricAlarm
from workbench.dashboards.alarms.evaluation import AlarmHistory
from workbench.dashboards.aws_only import is_aws_only
from workbench.dashboards.deployed import Dashboard, Widget
from workbench.dashboards.errors import QueryError
from workbench.dashboards.insights.query import Table, bin_seconds, parts, run
from workbench.dashboards.insights.records import Record, Scalar
from workbench.dashboards.metric_data import Result, metric_data, period_of
from workbench.dashboards.queries import DEFAULT_PERIOD, Query, stats, widget_queries
from workbench.dashboards.series import Grid, MetricSource, Series

_CHARTS = ("timeSeries", "")
_LOG_ROWS = 100


@dataclass(frozen=True)
class Line:
    """A horizontal line over a chart, such as an alarm's threshold.

    Args:
        label: What it is.
        value: Where it is.
        axis: `left` or `right`.
    """

    label: str
    value: float
    axis: str = "left"


@dataclass(frozen=True)
class Chart:
    """Series over time.

    Args:
        results: What its queries give.
        grid: The periods.
        lines: Horizontal lines.
        stacked: Whether the series are stacked.
    """

    results: tuple[Result, ...]
    grid: Grid
    lines: tuple[Line, ...] = ()
    stacked: bool = False


@dataclass(frozen=True)
class Numbers:
    """One number for each series.

    Args:
        values: Label and number.
        bars: Whether they are to be compared.
        series: What they are the ends of, for small charts; empty for none.
    """

    values: tuple[tuple[str, float | None], ...]
    bars: bool = False
    series: tuple[Series, ...] = ()


@dataclass(frozen=True)
class Rows:
    """A table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True)
class Text:
    """Markdown."""

    markdown: str


@dataclass(frozen=True)
class AlarmList:
    """States of alarms."""

    histories: tuple[AlarmHistory, ...]


Content = Chart | Numbers | Rows | Text | AlarmList


@dataclass(frozen=True)
class Evaluated:
    """A widget with what it shows.

    Args:
        widget: The widget.
        content: What it shows; None where it is empty.
        empty: Why it is empty; empty where it is not.
        aws_only: Whether it is empty because only AWS has what it shows.
        notes: What else to know of it.
    """

    widget: Widget
    content: Content | None
    empty: str = ""
    aws_only: bool = False
    notes: tuple[str, ...] = ()


class LogSource(Protocol):
    """Where log events come from."""

    def events(self, account: str, region: str, group: str, *, start: float, end: float) -> "Sequence[Record] | None":
        """Events of a log group; None where there is no such group."""


@dataclass(frozen=True)
class Data:
    """What widgets are evaluated on.

    Args:
        metrics: Measured values.
        logs: Log events.
        alarms: What the alarms did.
        start: Beginning of the shown time, in seconds since the epoch.
        end: Its end.
        period: Seconds that take the place of the widgets' own period. None: the widgets' own.
    """

    metrics: MetricSource
    logs: LogSource
    alarms: tuple[AlarmHistory, ...]
    start: float
    end: float
    period: int | None = None


def evaluate_widgets(dashboard: Dashboard, data: Data) -> tuple[Evaluated, ...]:
    """Evaluate a dashboard.

    Args:
        dashboard: The dashboard.
        data: What to evaluate it on.
    """
    return tuple(_evaluated(widget, dashboard, data) for widget in dashboard.widgets)


def _evaluated(widget: Widget, dashboard: Dashboard, data: Data) -> Evaluated:
    try:
        match widget.type:
            case "text":
                return Evaluated(widget, Text(str(widget.properties.get("markdown") or "")))
            case "alarm":
                return _alarm_list(widget, data)
            case "log":
                return _log(widget, dashboard, data)
            case "metric":
                return _metric(widget, data)
    except QueryError as error:
        return Evaluated(widget, None, f"not evaluated: {error}")
    return Evaluated(widget, None, f"widgets of type {widget.type!r} are not drawn locally")


def _alarm_list(widget: Widget, data: Data) -> Evaluated:
    named = widget.properties.get("alarms")
    arns = list(named) if isinstance(named, Sequence) else []
    found = tuple(history for arn in arns for history in data.alarms if history.alarm.arn == arn)
    wanted = widget.properties.get("states")
    if isinstance(wanted, Sequence) and wanted:
        shown = tuple(history for history in found if history.now.state in wanted)
        return Evaluated(widget, AlarmList(shown), "" if shown else f"no alarm is in {', '.join(map(str, wanted))}")
    return Evaluated(widget, AlarmList(found)) if found else Evaluated(widget, None, "its alarms are not deployed")


def _metric(widget: Widget, data: Data) -> Evaluated:
    alarm = _alarm_of(widget, data.alarms)
    queries = alarm.queries if alarm else widget_queries(widget.properties)
    lines = _lines(widget, alarm)
    view = str(widget.properties.get("view") or "")
    whole = str(widget.properties.get("setPeriodToTimeRange", "")).lower() == "true"
    asked = data.period or period_of(queries, int(str(widget.properties.get("period") or DEFAULT_PERIOD)))
    grid = _whole(data) if whole else Grid.covering(data.start, data.end, period=asked)
    results = metric_data(queries, data.metrics, grid)
    if not any(series.present for result in results for series in result.series):
        return _empty(widget, queries)
    notes = _missing(queries, results)
    if view in _CHARTS:
        stacked = str(widget.properties.get("stacked", "")).lower() == "true"
        return Evaluated(widget, Chart(results, grid, lines, stacked), notes=notes)
    return Evaluated(widget, _numbers(results, widget, view), notes=notes)


def _whole(data: Data) -> Grid:
    return Grid(data.start, max(1, int(data.end - data.start) + 1), 1)


def _numbers(results: Sequence[Result], widget: Widget, view: str) -> Numbers:
    series = [each for result in results for each in result.series]
    values = tuple((each.label, each.present[-1] if each.present else None) for each in series)
    sparkline = str(widget.properties.get("sparkline", "")).lower() == "true"
    return Numbers(values, bars=view in {"bar", "pie"}, series=tuple(series) if sparkline else ())


def _alarm_of(widget: Widget, histories: Sequence[AlarmHistory]) -> MetricAlarm | None:
    """The alarm whose metric a widget shows instead of metrics of its own."""
    annotations = widget.properties.get("annotations")
    named = annotations.get("alarms") if isinstance(annotations, Mapping) else None
    if widget.properties.get("metrics") or not isinstance(named, Sequence):
        return None
    alarms: list[Alarm] = [each.alarm for each in histories if each.alarm.arn in named]
    return next((alarm for alarm in alarms if isinstance(alarm, MetricAlarm)), None)


def _lines(widget: Widget, alarm: MetricAlarm | None) -> tuple[Line, ...]:
    lines = [Line("threshold", alarm.threshold)] if alarm and alarm.threshold is not None else []
    annotations = widget.properties.get("annotations")
    horizontal = annotations.get("horizontal") if isinstance(annotations, Mapping) else None
    for one in horizontal if isinstance(horizontal, Sequence) else ():
        # A pair is a band; its ends are drawn.
        lines += [_line(each) for each in (one if isinstance(one, Sequence) else (one,))]
    return tuple(lines)


def _line(annotation: Mapping[str, object]) -> Line:
    axis = str(annotation.get("yAxis") or "left")
    return Line(str(annotation.get("label") or ""), float(str(annotation.get("value"))), axis)


def _empty(widget: Widget, queries: Sequence[Query]) -> Evaluated:
    named = list(stats(queries))
    only = sorted({f"{stat.namespace} {stat.name}" for stat in named if is_aws_only(stat)})
    if named and all(is_aws_only(stat) for stat in named):
        return Evaluated(widget, None, f"only AWS measures {', '.join(only)}", aws_only=True)
    names = sorted({stat.name for stat in named if not is_aws_only(stat)}) or [query.expression for query in queries]
    return Evaluated(widget, None, f"nothing was measured in this time: {', '.join(names)}")


def _missing(queries: Sequence[Query], results: Sequence[Result]) -> tuple[str, ...]:
    """Which metrics of a widget that is not empty only AWS has."""
    only = sorted({stat.name for stat in stats(queries) if is_aws_only(stat)})
    band = any("ANOMALY_DETECTION_BAND" in result.query.expression for result in results)
    notes = [f"only AWS measures {', '.join(only)}"] if only else []
    return (*notes, *(["the anomaly band is a stand-in"] if band else []))


def _log(widget: Widget, dashboard: Dashboard, data: Data) -> Evaluated:
    groups, query = parts(str(widget.properties.get("query") or ""))
    region = str(widget.properties.get("region") or dashboard.region)
    records: list[Record] = []
    missing: list[str] = []
    for group in groups:
        events = data.logs.events(dashboard.account, region, group, start=data.start, end=data.end)
        records += events or []
        missing += [group] if events is None else []
    table = run(query, records)
    if not table.rows:
        why = f"the log group {', '.join(missing)} is not there locally" if missing else "no log line matches"
        return Evaluated(widget, None, why, aws_only=bool(missing) and not records)
    view = str(widget.properties.get("view") or "")
    if table.over_time and view in _CHARTS:
        return Evaluated(widget, _log_chart(widget, table, query, data))
    if view in {"bar", "pie"}:
        return Evaluated(widget, _log_bars(table))
    rows = tuple(tuple(row.get(column) for column in table.columns) for row in table.rows[:_LOG_ROWS])
    return Evaluated(widget, Rows(table.columns, rows))


def _log_chart(widget: Widget, table: Table, query: str, data: Data) -> Chart:
    bin_ = next(column for column in table.columns if column.startswith("bin("))
    period = int(bin_seconds(query) or DEFAULT_PERIOD)
    grid = Grid.covering(data.start, data.end, period=period)
    values = [column for column in table.columns if all(isinstance(row.get(column), float) for row in table.rows)]
    results: list[Result] = []
    for column in (each for each in values if each != bin_):
        found: list[float | None] = [None] * grid.count
        for row in table.rows:
            place = grid.index(float(row[bin_] or 0) / 1000)
            if 0 <= place < grid.count:
                found[place] = float(row[column] or 0)
        results.append(Result(Query(column), (Series(column, tuple(found)),)))
    return Chart(tuple(results), grid, stacked=str(widget.properties.get("stacked", "")).lower() == "true")


def _log_bars(table: Table) -> Numbers:
    *names, last = table.columns
    values = ((" ".join(_shown(row.get(name)) for name in names), row.get(last)) for row in table.rows[:_LOG_ROWS])
    return Numbers(tuple((label, value if isinstance(value, float) else None) for label, value in values), bars=True)


def _shown(value: Scalar) -> str:
    return "–" if value is None else str(value)
