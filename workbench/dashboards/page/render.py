"""Puts dashboards and alarms onto a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workbench.dashboards.alarms.definition import State, says_of
from workbench.dashboards.alarms.evaluation import AlarmHistory
from workbench.dashboards.deployed import Dashboard
from workbench.dashboards.labels import date_and_time, time_of_day
from workbench.dashboards.page.tiles import Tile, tile
from workbench.dashboards.shown import Shown
from workbench.dashboards.widgets import Evaluated

_HERE = Path(__file__).parent
_ORDER = (State.ALARM, State.INSUFFICIENT_DATA, State.OK)


@dataclass(frozen=True)
class _Board:
    id: str
    name: str
    tiles: tuple[Tile, ...]
    reasons: tuple[tuple[str, str], ...]


def page(shown: Shown, *, theme: str = "") -> str:
    """The page.

    Args:
        shown: What to show.
        theme: `light` or `dark`. Default: what the browser prefers.
    """
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    boards = [_board(number, *each) for number, each in enumerate(shown.dashboards)]
    return environment.get_template("page.html.j2").render(
        heading=boards[0].name if len(boards) == 1 else _heading(boards),
        # A style sheet of this package.
        css=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        theme=theme,
        model=shown.model,
        shown=f"{date_and_time(shown.start)} to {date_and_time(shown.end)}",
        period=shown.period,
        boards=boards,
        alarms=[_alarm(each) for each in sorted(shown.alarms, key=_urgency)],
        broken=sorted(shown.broken.items()),
    )


def _heading(boards: Sequence[_Board]) -> str:
    return "Dashboards of the local cloud" if boards else "Alarms of the local cloud"


def _board(number: int, dashboard: Dashboard, widgets: Sequence[Evaluated]) -> _Board:
    reasons = tuple((each.widget.title or each.widget.type, each.empty) for each in widgets if each.empty)
    return _Board(f"dashboard-{number}", dashboard.name, tuple(tile(each) for each in widgets), reasons)


def _urgency(history: AlarmHistory) -> tuple[int, str]:
    return _ORDER.index(history.now.state), history.alarm.title


def _alarm(history: AlarmHistory) -> dict[str, object]:
    earlier = [each for each in history.went_off if each is not history.now]
    return {
        "state": history.now.state.value,
        "title": history.alarm.title,
        "says": says_of(history.alarm),
        "since": time_of_day(history.now.time),
        "reason": history.now.reason,
        "suppressed": history.suppressed,
        "went_off": ", ".join(time_of_day(each.time) for each in earlier),
        "runbooks": [(each, each.rstrip("/").rpartition("/")[2]) for each in history.runbooks],
    }
