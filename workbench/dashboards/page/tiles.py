"""Widgets as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markupsafe import Markup

from workbench.dashboards.alarms.definition import says_of
from workbench.dashboards.alarms.evaluation import AlarmHistory
from workbench.dashboards.charts import shown_series, sparkline, time_chart
from workbench.dashboards.insights.records import MESSAGE, TIMESTAMP, Scalar
from workbench.dashboards.labels import date_and_time, short_number
from workbench.dashboards.series import Series
from workbench.dashboards.widgets import AlarmList, Chart, Content, Evaluated, Numbers, Rows, Text

COLUMN_PIXELS = 57
"""Width of one of a dashboard's 24 columns, the gap included, as the page's CSS has it."""

ROW_PIXELS = 54
"""Height of one row, the gap included."""

_PADDING = 24
_TITLE_PIXELS = 26
_NOTE_PIXELS = 17
_LEGEND_LINE = 17
_LEGEND_ENTRY = 190
_MOST_LEGEND = 12
_MOST_SAID = 40
_SPARKLINE = (150, 26)
_CELLS = {MESSAGE: "message", TIMESTAMP: "moment"}
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class LegendEntry:
    """What a colour means.

    Args:
        label: What it is.
        colour: As CSS writes it.
        last: Its last number.
        dash: Whether it is a threshold.
    """

    label: str
    colour: str = ""
    last: str = ""
    dash: bool = False


@dataclass(frozen=True)
class Tile:
    """A widget on the page.

    Args:
        title: Its title.
        kind: The widget's type.
        x: Left end, in columns.
        y: Upper end, in rows.
        width: In columns.
        height: In rows.
        html: What it shows.
        empty: Why it shows nothing.
        drawn: Whether it is a drawing that fits, not a text that may need scrolling.
        legend: What its colours mean.
        notes: What else to know.
    """

    title: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    html: Markup
    empty: str
    drawn: bool
    legend: tuple[LegendEntry, ...]
    notes: tuple[str, ...]


def tile(evaluated: Evaluated) -> Tile:
    """A widget as HTML.

    Args:
        evaluated: The widget.
    """
    widget, content = evaluated.widget, evaluated.content
    legend = _legend(content) if isinstance(content, Chart) else ()
    width = widget.width * COLUMN_PIXELS - _PADDING - 8
    height = widget.height * ROW_PIXELS - _PADDING - 8 - (_TITLE_PIXELS if widget.title else 0)
    height -= _legend_pixels(len(legend), width) + _NOTE_PIXELS * len(evaluated.notes)
    return Tile(
        title=widget.title,
        kind=widget.type,
        x=widget.x,
        y=widget.y,
        width=widget.width,
        height=widget.height,
        html=Markup("") if content is None else _html(content, max(width, 80), max(height, 40)),
        empty=evaluated.empty,
        drawn=isinstance(content, Chart),
        legend=legend,
        notes=evaluated.notes,
    )


def _html(content: Content, width: int, height: int) -> Markup:
    match content:
        case Chart():
            # The drawing escapes what it writes.
            return Markup(time_chart(content, width=width, height=height))  # noqa: S704
        case Numbers():
            return _bars(content) if content.bars else _numbers(content)
        case Rows():
            return _table(content)
        case Text():
            # CommonMark with HTML switched off.
            return Markup(_MARKDOWN.render(content.markdown))  # noqa: S704
        case AlarmList():
            return _chips(content.histories)


def _legend(chart: Chart) -> tuple[LegendEntry, ...]:
    shown = [
        LegendEntry(series.label, colour, "" if "${" in series.label else short_number(series.present[-1]))
        for series, _, colour in shown_series(chart)
    ]
    names = [series.label for result in chart.results for series in result.series if not series.present]
    shown += [LegendEntry(name, "var(--line)", "–") for name in names]
    lines = [LegendEntry(line.label or "limit", last=short_number(line.value), dash=True) for line in chart.lines]
    more = len(shown) + len(lines) - _MOST_LEGEND
    kept = [*shown, *lines][:_MOST_LEGEND]
    return (*kept, LegendEntry(f"and {more} more", "transparent")) if more > 0 else tuple(kept)


def _legend_pixels(entries: int, width: int) -> int:
    per_line = max(1, width // _LEGEND_ENTRY)
    return min(2, -(-entries // per_line)) * _LEGEND_LINE


def _numbers(numbers: Numbers) -> Markup:
    drawn = {series.label: series for series in numbers.series if series.present}
    one = Markup('<div class="number"><b>{}</b><span>{}</span>{}</div>')
    parts = [
        one.format(_number(value), label, _spark(drawn[label]) if label in drawn else "")
        for label, value in numbers.values
    ]
    return Markup('<div class="numbers">{}</div>').format(Markup("").join(parts))


def _spark(series: Series) -> Markup:
    width, height = _SPARKLINE
    return Markup(sparkline(series, width=width, height=height))  # noqa: S704


def _bars(numbers: Numbers) -> Markup:
    most = max((value for _, value in numbers.values if value is not None), default=0) or 1
    one = Markup(
        '<div class="bar"><span>{}</span><div class="track"><div style="width: {:.1f}%"></div></div><em>{}</em></div>'
    )
    return Markup("").join(
        one.format(label, 100 * (value or 0) / most, _number(value)) for label, value in numbers.values
    )


def _number(value: float | None) -> str:
    return "–" if value is None else short_number(value)


def _table(rows: Rows) -> Markup:
    head = Markup("").join(Markup("<th>{}</th>").format(column) for column in rows.columns)
    body = Markup("").join(_row(rows.columns, row) for row in rows.rows)
    return Markup("<table><tr>{}</tr>{}</table>").format(head, body)


def _row(columns: Sequence[str], row: Sequence[Scalar]) -> Markup:
    cell = Markup('<td class="{}">{}</td>')
    cells = (
        cell.format(_CELLS.get(column, ""), _cell(column, value)) for column, value in zip(columns, row, strict=True)
    )
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(column: str, value: Scalar) -> str:
    if isinstance(value, float):
        moment = column == TIMESTAMP or column.startswith("bin(")
        return date_and_time(value / 1000) if moment else short_number(value)
    return value or ""


def _short(history: AlarmHistory) -> str:
    said = says_of(history.alarm)
    return said if 0 < len(said) <= _MOST_SAID else history.alarm.title


def _chips(histories: Sequence[AlarmHistory]) -> Markup:
    chip = Markup('<div class="chip {}" title="{}">{}</div>')
    parts = [chip.format(each.now.state, f"{each.now.state}: {each.now.reason}", _short(each)) for each in histories]
    return Markup('<div class="chips">{}</div>').format(Markup("").join(parts))
