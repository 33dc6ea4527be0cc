"""What dashboards and alarms show at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.dashboards.alarms.evaluation import AlarmHistory, Span, evaluate_alarms
from workbench.dashboards.deployed import Dashboard, deployed_monitoring, find_dashboards, metrics_of
from workbench.dashboards.local_data import LocalLogs, first_measured, now, readable_period
from workbench.dashboards.widgets import Data, Evaluated, evaluate_widgets
from workbench.local_cloud.workspace import RunningCloud


@dataclass(frozen=True)
class Shown:
    """Evaluated dashboards and alarms.

    Args:
        dashboards: Each dashboard with its evaluated widgets.
        alarms: What the alarms did.
        broken: What could not be read, by name, with the reason.
        model: What answered as the model.
        start: Beginning of the shown time, in seconds since the epoch.
        end: Its end.
        period: Seconds that took the place of the dashboards' own periods. None: none did.
    """

    dashboards: Sequence[tuple[Dashboard, Sequence[Evaluated]]]
    alarms: Sequence[AlarmHistory]
    broken: Mapping[str, str]
    model: str
    start: float
    end: float
    period: int | None


def evaluated(cloud: RunningCloud, name: str = "", *, last: float | None = None, period: int | None = None) -> Shown:
    """What the dashboards of a running cloud show now.

    Args:
        cloud: The cloud.
        name: A part of the dashboards' name. Default: all.
        last: Minutes to look back. Default: since the first value, three hours at most.
        period: Seconds that take the place of every period. Default: the dashboards' own, shorter if there are only
            minutes of data; the alarms' own.

    Raises:
        WorkbenchError: If no dashboard is called so.
    """
    monitoring = deployed_monitoring(cloud)
    found = find_dashboards(monitoring, name)
    metrics = metrics_of(cloud)
    end = now()
    start = end - last * 60 if last else first_measured(metrics, now=end)
    drawn_period = period or readable_period(end - start)
    histories = evaluate_alarms(monitoring.alarms, metrics, Span(start, end, period))
    data = Data(metrics, LocalLogs(cloud), histories, start, end, drawn_period)
    boards = [(each, evaluate_widgets(each, data)) for each in found]
    return Shown(boards, histories, monitoring.broken, cloud.model, start, end, drawn_period)
