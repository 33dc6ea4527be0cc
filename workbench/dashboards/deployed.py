"""The dashboards and alarms that are deployed on a running local cloud, references resolved."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from workbench.dashboards.alarms.definition import Alarm, composite_alarm, metric_alarm
from workbench.dashboards.errors import QueryError
from workbench.errors import WorkbenchError
from workbench.local_cloud.workspace import RunningCloud
from workbench.telemetry.files import TelemetryFiles
from workbench.telemetry.store import MetricStore

_METRIC_ALARM = "AWS::CloudWatch::Alarm"
_COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
_DASHBOARD = "AWS::CloudWatch::Dashboard"
# CDK ends logical ids, and names it makes of them, with it.
_HASH = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True)
class Widget:
    """A widget of a dashboard.

    Args:
        type: `metric`, `log`, `text`, `alarm` or another of CloudWatch's.
        x: Left end, in columns of 24.
        y: Upper end, in rows.
        width: In columns.
        height: In rows.
        properties: As its type has them.
    """

    type: str
    x: int
    y: int
    width: int
    height: int
    properties: Mapping[str, object]

    @property
    def title(self) -> str:
        """Its title; empty where it has none."""
        return str(self.properties.get("title") or "")


@dataclass(frozen=True)
class Dashboard:
    """A dashboard.

    Args:
        name: Its name; the logical id where CloudFormation made the name up.
        stack: The stack it is of.
        account: The account it is in.
        region: The region it is in.
        widgets: Its widgets, as they stand in its body.
    """

    name: str
    stack: str
    account: str
    region: str
    widgets: tuple[Widget, ...]


@dataclass(frozen=True)
class Monitoring:
    """What is deployed.

    Args:
        dashboards: The dashboards, in the templates' order.
        alarms: The alarms.
        broken: What cannot be read, by name, with the reason.
    """

    dashboards: tuple[Dashboard, ...]
    alarms: tuple[Alarm, ...]
    broken: Mapping[str, str]


def deployed_monitoring(cloud: RunningCloud) -> Monitoring:
    """Read what is deployed on a running cloud.

    Args:
        cloud: The cloud.
    """
    answer = httpx.get(f"{cloud.endpoint}/_local/monitoring", trust_env=False).raise_for_status().json()
    return monitoring_of(answer)


def metrics_of(cloud: RunningCloud) -> MetricStore:
    """The metrics of a running cloud.

    Args:
        cloud: The cloud.
    """
    return MetricStore(TelemetryFiles(Path(cloud.access_log).parent).metrics)


def monitoring_of(resources: Sequence[Mapping[str, object]]) -> Monitoring:
    """Make sense of resolved resources.

    Args:
        resources: Each with `type`, `logicalId`, `physicalId`, `stack`, `account`, `region` and `properties`.
    """
    alarms: list[Alarm] = []
    dashboards: list[Dashboard] = []
    broken: dict[str, str] = {}
    for resource in resources:
        name = str(resource["physicalId"])
        try:
            alarms += _alarms(resource, name)
            dashboards += _dashboards(resource, name)
        except (QueryError, ValueError) as error:
            broken[name] = str(error)
    return Monitoring(tuple(dashboards), tuple(alarms), broken)


def find_dashboards(monitoring: Monitoring, name: str) -> tuple[Dashboard, ...]:
    """The dashboards that a user means.

    Args:
        monitoring: What is deployed.
        name: A part of the name, in any case; empty for all.

    Raises:
        WorkbenchError: If there is none.
    """
    if not monitoring.dashboards:
        raise WorkbenchError("no dashboard is deployed: add AgentMonitoring, or another AWS::CloudWatch::Dashboard")
    found = tuple(each for each in monitoring.dashboards if name.casefold() in each.name.casefold())
    if not found:
        names = ", ".join(each.name for each in monitoring.dashboards)
        raise WorkbenchError(f"no dashboard is called {name!r}; deployed are: {names}")
    return found


def _alarms(resource: Mapping[str, object], name: str) -> Iterator[Alarm]:
    arn = f"arn:aws:cloudwatch:{resource['region']}:{resource['account']}:alarm:{name}"
    properties = _mapping(resource["properties"])
    title = _HASH.sub("", str(properties.get("AlarmName") or resource["logicalId"])) or name
    if resource["type"] == _METRIC_ALARM:
        yield metric_alarm(name, arn, properties, title=title)
    elif resource["type"] == _COMPOSITE_ALARM:
        yield composite_alarm(name, arn, properties, title=title)


def _dashboards(resource: Mapping[str, object], name: str) -> Iterator[Dashboard]:
    if resource["type"] != _DASHBOARD:
        return
    properties = _mapping(resource["properties"])
    body = json.loads(str(properties.get("DashboardBody") or "{}"))
    widgets = tuple(_widget(widget) for widget in body.get("widgets", []))
    stack, account, region = (str(resource[key]) for key in ("stack", "account", "region"))
    title = _HASH.sub("", str(properties.get("DashboardName") or resource["logicalId"])) or name
    yield Dashboard(title, stack, account, region, widgets)


def _widget(body: Mapping[str, object]) -> Widget:
    numbers = {key: int(str(body.get(key, default))) for key, default in (("x", 0), ("y", 0))}
    sizes = {key: int(str(body.get(key, 6))) for key in ("width", "height")}
    return Widget(
        str(body.get("type")),
        numbers["x"],
        numbers["y"],
        sizes["width"],
        sizes["height"],
        _mapping(body.get("properties")),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
