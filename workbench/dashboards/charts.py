"""Draws series as SVG, by pygal: pure Python, no browser and no script needed. Colours are the page's (`page.css`)."""

import datetime as dt
import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

from workbench.charts import pygal
from workbench.dashboards.labels import short_number
from workbench.dashboards.series import Grid, Series
from workbench.dashboards.widgets import Chart

COLOURS = 8
"""How many colours the page has for series; further ones begin again."""

_SVG = "{http://www.w3.org/2000/svg}"
_LABEL_PIXELS = 90
_MANY_POINTS = 40
_DOT, _SMALL_DOT = 2, 1.2
_TICKS = 4
_STEPS = (1, 2, 2.5, 5, 10)
_MINUTE = 60
_SERIES = re.compile(r"series serie-(?P<place>\d+)")


def shown_series(chart: Chart) -> list[tuple[Series, str, str]]:
    """A chart's series that have values, each with its axis and its colour as CSS.

    Args:
        chart: The chart.
    """
    pairs = [(series, result.query) for result in chart.results for series in result.series if series.present]
    return [
        (series, query.axis, query.color or f"var(--series-{place % COLOURS})")
        for place, (series, query) in enumerate(pairs)
    ]


def time_chart(chart: Chart, *, width: int, height: int) -> str:
    """A chart over time.

    Args:
        chart: What to draw.
        width: In pixels.
        height: In pixels.

    Returns:
        An `svg` element.
    """
    shown = shown_series(chart)
    drawn = _base(chart, width, height)
    # Where everything is measured on the right, there is but one axis.
    both = len({axis == "right" for _, axis, _ in shown}) == 2
    looks: list[str] = []
    for right in (False, True) if both else (None,):
        for series, axis, colour in shown:
            if right in {None, axis == "right"}:
                drawn.add(series.label, list(series.values), secondary=bool(right), allow_interruptions=True)
                looks.append(f"--series: {colour}")
        for line in chart.lines:
            if right in {None, line.axis == "right"}:
                flat = {"secondary": bool(right), "show_dots": False, "fill": False}
                drawn.add(line.label, [line.value] * chart.grid.count, **flat)
                looks.append("--series: var(--threshold); --dash: 6 4")
    _scale(drawn, chart, shown, both=both)
    return _finished(drawn, looks)


def sparkline(series: Series, *, width: int, height: int) -> str:
    """A small chart without axes.

    Args:
        series: What to draw.
        width: In pixels.
        height: In pixels.
    """
    drawn = pygal.Line(
        **_plain(width, height),
        show_x_labels=False,
        show_y_labels=False,
        show_y_guides=False,
        show_dots=False,
        fill=True,
    )
    drawn.add(series.label, list(series.values), allow_interruptions=True)
    return _finished(drawn, ["--series: var(--series-0)"])


def _plain(width: int, height: int) -> dict[str, object]:
    return {
        "width": width,
        "height": height,
        "margin": 4,
        "js": [],
        "css": [],
        "show_legend": False,
        "no_data_text": "",
        "value_formatter": short_number,
    }


def _base(chart: Chart, width: int, height: int) -> "pygal.Line":
    kind = pygal.StackedLine if chart.stacked else pygal.Line
    labels = [_clock(time, chart.grid) for time in chart.grid.times]
    every = max(1, math.ceil(len(labels) * _LABEL_PIXELS / width))
    drawn = kind(
        **_plain(width, height),
        fill=chart.stacked,
        # A data point between two that are missing has no line.
        show_dots=True,
        dots_size=_DOT if chart.grid.count <= _MANY_POINTS else _SMALL_DOT,
        show_minor_x_labels=False,
        # Half of the last label.
        margin_right=16,
        truncate_label=-1,
    )
    drawn.x_labels = labels
    drawn.x_labels_major = labels[::every]
    return drawn


def _clock(time: float, grid: Grid) -> str:
    moment = dt.datetime.fromtimestamp(time, dt.UTC)
    return f"{moment:%H:%M}" if grid.period % _MINUTE == 0 else f"{moment:%H:%M:%S}"


def _scale(drawn: "pygal.Line", chart: Chart, shown: Sequence[tuple[Series, str, str]], *, both: bool) -> None:
    left = [series for series, axis, _ in shown if not both or axis != "right"]
    lines = [line.value for line in chart.lines if not both or line.axis == "left"]
    low, high = _extent(left, lines, stacked=chart.stacked)
    ticks = nice_ticks(low, high)
    drawn.y_labels = ticks
    drawn.range = (ticks[0], ticks[-1])
    if both:
        # pygal writes as many numbers on the right as on the left.
        right = [series for series, axis, _ in shown if axis == "right"]
        low, high = _extent(right, [line.value for line in chart.lines if line.axis == "right"], stacked=False)
        step = _step((high - low) or 1.0, len(ticks) - 1)
        first = math.floor(low / step) * step
        drawn.secondary_range = (first, first + step * (len(ticks) - 1))


def _extent(series: Sequence[Series], lines: Sequence[float], *, stacked: bool) -> tuple[float, float]:
    values = [value for each in series for value in each.present] + list(lines)
    if stacked and series:
        values += [sum(value or 0 for value in row) for row in zip(*(each.values for each in series), strict=True)]
    return min([0.0, *values]), max([0.0, *values])


def nice_ticks(low: float, high: float) -> list[float]:
    """Round numbers that hold a range, for an axis.

    Args:
        low: Least value, at most zero.
        high: Greatest value.
    """
    high = high if high > low else low + 1.0
    step = _step(high - low, _TICKS)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _step(span: float, number: int) -> float:
    rough = span / number
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(step * magnitude for step in _STEPS if step * magnitude >= rough * 0.999)


def _finished(drawn: "pygal.Line", looks: Sequence[str]) -> str:
    """The element without what pygal adds for pages of its own: styles, a script, comments."""
    root = drawn.render_tree()
    for child in list(root):
        if not isinstance(child.tag, str) or child.tag.removeprefix(_SVG) in {"defs", "title"}:
            root.remove(child)
    for group in root.iter():
        if found := _SERIES.match(str(group.get("class", ""))):
            group.set("style", looks[int(found["place"])])
        for dot in list(group):
            if dot.get("class") == "dots":
                _explain(dot)
    root.set("role", "img")
    return ElementTree.tostring(root, encoding="unicode")


def _explain(dot: ElementTree.Element) -> None:
    """Put what a data point says where browsers show it, in place of what pygal's script would read."""
    said = {str(each.get("class")): each.text or "" for each in dot if str(each.tag).endswith("desc")}
    for each in [each for each in dot if str(each.tag).endswith("desc")]:
        dot.remove(each)
    title = ElementTree.SubElement(dot, "title")
    title.text = f"{said.get('value', '')} at {said.get('x_label', '')} UTC"
