"""The overview: whether all is well, on one screen, and where to look if it is not."""

from collections.abc import Callable, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.observability.monitoring.dashboards.pages import Pages
from constructs_lib.observability.monitoring.dashboards.queries import Queries
from constructs_lib.observability.monitoring.dashboards.widgets import COLUMNS, graph
from constructs_lib.observability.monitoring.kinds import Severity

SCREEN = 18
"""Rows of CloudWatch's grid that a screen of 1,080 lines shows."""

MAX_ALARMS = 100
"""Alarms in one widget; see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

_TEXT, _ALARMS, _GRAPH = 2, 3, 5
_TRACES = "#gen-ai-observability/agent-core/agents"
_QUERIES = "#logsV2:logs-insights"


class Overview:
    """The overview, to which each thing that is watched adds a line.

    Its text and its alarms are written when the app is synthesized, when all of them are known.

    Args:
        scope: Where it is made.
        pages: Where its links lead.
        queries: The queries it tells of.
        runbooks: Address of the runbooks.

    Attributes:
        dashboard: The L2 dashboard.
    """

    def __init__(self, scope: Construct, pages: Pages, queries: Queries, runbooks: str) -> None:
        self.dashboard = cloudwatch.Dashboard(scope, "Overview", default_interval=Duration.hours(3))
        self._alarms: dict[Severity, list[cloudwatch.IAlarm]] = {each: [] for each in Severity}
        quarter = COLUMNS // 4
        self.requests = graph("Requests", [], unit="a minute", width=quarter, height=_GRAPH)
        self.errors = graph("Error rate", [], unit="%", width=quarter, height=_GRAPH)
        self.latency = graph("Time of answers, p95", [], unit="ms", width=quarter, height=_GRAPH)
        self.tokens = graph("Tokens", [], unit="a minute", width=quarter, height=_GRAPH)
        self.memory = graph("Memory: failed calls", [], unit="a minute", width=quarter, height=_GRAPH)
        self.authentication = graph("Authentication failures", [], unit="%", width=quarter, height=_GRAPH)
        self.guardrails = graph("Guardrail interventions", [], unit="%", width=quarter, height=_GRAPH)
        self.throttles = graph("Throttled", [], unit="a minute", width=quarter, height=_GRAPH)
        links = cdk.Lazy.string(_Produced(lambda: _links(pages, queries, runbooks)))
        text = cloudwatch.TextWidget(markdown=links, width=COLUMNS, height=_TEXT)
        half = COLUMNS // 2
        states = [_AlarmStates(each.value, self._alarms[each], width=half, height=_ALARMS) for each in Severity]
        self.dashboard.add_widgets(text)
        self.dashboard.add_widgets(*states)
        self.dashboard.add_widgets(self.requests, self.errors, self.latency, self.tokens)
        self.dashboard.add_widgets(self.memory, self.authentication, self.guardrails, self.throttles)

    def add_alarm(self, severity: Severity, alarm: cloudwatch.IAlarm) -> None:
        """Show the state of an alarm.

        Args:
            severity: How soon somebody has to look.
            alarm: The alarm.

        Raises:
            ValueError: If there are more than CloudWatch shows together.
        """
        self._alarms[severity].append(alarm)
        if len(self._alarms[severity]) > MAX_ALARMS:
            raise ValueError(
                f"an overview shows {MAX_ALARMS} composite alarms of a severity, got one more: {alarm.node.path!r};"
                " watch the rest with another AgentMonitoring that has the same topics"
            )


class _AlarmStates(cloudwatch.ConcreteWidget):
    """The states of alarms that are all known when the app is synthesized; the L2's own takes them at once."""

    def __init__(self, title: str, alarms: Sequence[cloudwatch.IAlarm], *, width: int, height: int) -> None:
        super().__init__(width, height)
        self._title, self._alarms = title, alarms
        self._place = (0, 0)

    def position(self, x: float, y: float) -> None:
        self._place = (int(x), int(y))

    def to_json(self) -> list[object]:
        return [
            {
                "type": "alarm",
                "x": self._place[0],
                "y": self._place[1],
                "width": self.width,
                "height": self.height,
                "properties": {"title": self._title, "alarms": [each.alarm_arn for each in self._alarms]},
            }
        ]


@jsii.implements(cdk.IStableStringProducer)
class _Produced:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self) -> str:
        return self._produce()


def _links(pages: Pages, queries: Queries, runbooks: str) -> str:
    asked = ", ".join(queries.names())
    return (
        f"**Pages** {pages.links()} · [Traces]({_TRACES}) · [Runbooks]({runbooks})\n\n"
        f"**[Logs Insights]({_QUERIES})** saved queries: {asked or 'none'}"
    )
