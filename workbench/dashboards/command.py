"""The commands `dashboard` and `alarms`: deployed dashboards and alarms on the local cloud's own data."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text

from workbench._options import JsonOption
from workbench.dashboards.alarms.definition import State
from workbench.dashboards.alarms.evaluation import AlarmHistory, Span, evaluate_alarms
from workbench.dashboards.deployed import Monitoring, deployed_monitoring, metrics_of
from workbench.dashboards.labels import date_and_time, time_of_day
from workbench.dashboards.local_data import first_measured, now
from workbench.dashboards.shown import Shown, evaluated
from workbench.dashboards.widgets import Chart, Evaluated, Numbers, Rows
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.terminal.console import console
from workbench.terminal.progress import Progress

WENT_OFF = 1
"""Exit code of `alarms` if one is in ALARM."""

_COLOURS = {State.ALARM: "bold red", State.INSUFFICIENT_DATA: "dim", State.OK: "green"}
_THEMES = ("", "light", "dark")

LastOption = Annotated[
    float | None,
    typer.Option("--last", help="Minutes to look back. Default: since the first value, three hours at most.", min=0.1),
]
PeriodOption = Annotated[
    int | None,
    typer.Option(
        "--period",
        help="Seconds that take the place of every period, so that minutes of local data are enough.",
        min=1,
    ),
]


def dashboard(
    name: Annotated[str, typer.Argument(help="A part of the dashboard's name. Default: all dashboards.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page to write. Default: .workbench/dashboards.html.")
    ] = None,
    last: LastOption = None,
    period: PeriodOption = None,
    theme: Annotated[str, typer.Option("--theme", help="`light` or `dark`. Default: the browser's choice.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Draw the deployed dashboards with what the running local cloud has measured, as one HTML page."""
    if theme not in _THEMES:
        raise WorkbenchError(f"--theme takes light or dark, got {theme!r}")
    home = workbench_home(Path.cwd())
    cloud = running_cloud(home)
    progress = Progress(console(stderr=True))
    with progress.step("Evaluating dashboards and alarms"):
        shown = evaluated(cloud, name, last=last, period=period)
    if as_json:
        typer.echo(json.dumps(_document(shown), indent=2, ensure_ascii=False))
        return
    # What draws is not needed by any other command.
    from workbench.dashboards.page.render import page

    target = output or home / "dashboards.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(shown, theme=theme), encoding="utf-8")
    console().print(_summary(shown), soft_wrap=True, highlight=False)
    console().print(
        f"Page: {escape(str(target))}\nOpen it in a browser. Later requests are on the next one. A session from inside:"
        " agentcore-workbench trace --last",
        soft_wrap=True,
        highlight=False,
    )


def alarms(last: LastOption = None, period: PeriodOption = None, as_json: JsonOption = False) -> None:
    """Evaluate the deployed alarms on what the running local cloud has measured.

    Exit code 1: one is in ALARM.
    """
    cloud = running_cloud(workbench_home(Path.cwd()))
    progress = Progress(console(stderr=True))
    with progress.step("Evaluating alarms"):
        monitoring = deployed_monitoring(cloud)
        metrics = metrics_of(cloud)
        end = now()
        start = end - last * 60 if last else first_measured(metrics, now=end)
        histories = evaluate_alarms(monitoring.alarms, metrics, Span(start, end, period))
    if as_json:
        typer.echo(json.dumps([_alarm(each) for each in histories], indent=2, ensure_ascii=False))
    else:
        console().print(_view(monitoring, histories), soft_wrap=True, highlight=False)
    if any(each.now.state is State.ALARM for each in histories):
        raise typer.Exit(WENT_OFF)


def _document(shown: Shown) -> dict[str, object]:
    return {
        "source": "local cloud",
        "start": shown.start,
        "end": shown.end,
        "period": shown.period,
        "dashboards": [
            {"name": board.name, "stack": board.stack, "widgets": [_widget(each) for each in widgets]}
            for board, widgets in shown.dashboards
        ],
        "alarms": [_alarm(each) for each in shown.alarms],
    }


def _widget(evaluated: Evaluated) -> dict[str, object]:
    shown: dict[str, object] = {"title": evaluated.widget.title, "type": evaluated.widget.type}
    if evaluated.empty:
        return {**shown, "empty": evaluated.empty, "aws_only": evaluated.aws_only}
    match evaluated.content:
        case Chart(results=results, grid=grid):
            series = [{"label": each.label, "values": each.values} for result in results for each in result.series]
            return {**shown, "start": grid.start, "period": grid.period, "series": series}
        case Numbers(values=values):
            return {**shown, "numbers": [{"label": label, "value": value} for label, value in values]}
        case Rows(columns=columns, rows=rows):
            return {**shown, "rows": [dict(zip(columns, row, strict=True)) for row in rows]}
    return shown


def _alarm(history: AlarmHistory) -> dict[str, object]:
    return {
        "name": history.alarm.name,
        "title": history.alarm.title,
        "state": history.now.state.value,
        "since": history.now.time,
        "reason": history.now.reason,
        "period": history.seconds or None,
        "suppressed": history.suppressed,
        "runbooks": history.runbooks,
        "changes": [{"time": each.time, "state": each.state.value, "reason": each.reason} for each in history.changes],
    }


def _summary(shown: Shown) -> Group:
    parts: list[RenderableType] = []
    for board, widgets in shown.dashboards:
        empty = [each for each in widgets if each.empty]
        parts.append(Text(f"{board.name}: {len(widgets)} widgets, {len(empty)} empty", style="bold"))
        parts += [Text(f"  {each.widget.title or each.widget.type}: {each.empty}", style="dim") for each in empty]
    off = [each.alarm.title for each in shown.alarms if each.now.state is State.ALARM]
    return Group(*parts, Text(f"{len(shown.alarms)} alarms, in ALARM: {', '.join(off) or 'none'}"))


def _view(monitoring: Monitoring, histories: Sequence[AlarmHistory]) -> Group:
    parts: list[RenderableType] = []
    for state in (State.ALARM, State.INSUFFICIENT_DATA, State.OK):
        parts += [_line(each) for each in histories if each.now.state is state]
    parts += [Text(f"not read: {name}: {why}", style="yellow") for name, why in monitoring.broken.items()]
    if not histories:
        return Group(*parts, Text("no alarm is deployed: add AgentMonitoring, or another AWS::CloudWatch::Alarm"))
    off = sum(each.now.state is State.ALARM for each in histories)
    advice = "; the page with everything else: agentcore-workbench dashboard"
    return Group(*parts, Text(f"{len(histories)} alarms on local data, {off} in ALARM{advice}", style="bold"))


def _line(history: AlarmHistory) -> Text:
    state = history.now.state
    earlier = [time_of_day(each.time) for each in history.went_off if each is not history.now]
    told = f"\n    {history.now.reason}" if state is State.ALARM or earlier else ""
    told += f"\n    went off at {', '.join(earlier)}" if earlier else ""
    told += f"\n    actions kept back: {history.suppressed}" if history.suppressed else ""
    told += "".join(f"\n    Runbook: {each}" for each in history.runbooks if state is State.ALARM or earlier)
    return Text.assemble(
        (f"{state.value:18}", _COLOURS[state]),
        history.alarm.title,
        (f"  since {date_and_time(history.now.time)}{told}", "dim"),
    )
