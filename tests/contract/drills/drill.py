"""One drill: a fault, real requests while it lasts, and what the deployed alarms make of what was measured."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.drills.app import AGENT, SHADOW, TOOL
from workbench.conversations.client import AgentClient, new_session_id
from workbench.dashboards.alarms.definition import CompositeAlarm, MetricAlarm, State, runbook_of
from workbench.dashboards.alarms.evaluation import AlarmHistory, Span, evaluate_alarms
from workbench.dashboards.deployed import Monitoring, deployed_monitoring, metrics_of
from workbench.dashboards.series import MetricName, MetricSource
from workbench.errors import WorkbenchError
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.sign_in import password_token, refreshed

PERIOD = 2
"""Seconds that take the place of the alarms' minutes."""

USERS = 6
_QUIET_PERIODS = 4
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Off:
    """An alarm that went off.

    Args:
        subject: What it watches, as `Agent Assistant`.
        runbook: Name of its runbook.
    """

    subject: str
    runbook: str


@dataclass(frozen=True)
class Findings:
    """What the alarms did in a drill.

    Args:
        histories: Of each.
    """

    histories: Sequence[AlarmHistory]

    @property
    def off(self) -> set[Off]:
        """The alarms on metrics that went off."""
        return {_named(each) for each in self.histories if isinstance(each.alarm, MetricAlarm) and each.went_off}

    @property
    def told(self) -> set[str]:
        """Subject and severity of the composite alarms that went off: those are what somebody is told."""
        composite = [each for each in self.histories if isinstance(each.alarm, CompositeAlarm) and each.went_off]
        return {each.alarm.description.partition(".")[0] for each in composite}

    @property
    def others(self) -> set[State]:
        """The states of all other alarms on metrics, at any time."""
        quiet = [each for each in self.histories if isinstance(each.alarm, MetricAlarm) and not each.went_off]
        return {change.state for each in quiet for change in each.changes}


@dataclass(frozen=True)
class Since:
    """What was measured since a moment: earlier drills do not count."""

    source: MetricSource
    start: float

    def values(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, start: float, end: float
    ) -> list[tuple[float, float]]:
        return self.source.values(namespace, name, dimensions, start=max(start, self.start), end=end)

    def metrics(self, namespace: str | None = None, name: str | None = None) -> Sequence[MetricName]:
        return self.source.metrics(namespace, name)


@dataclass(frozen=True)
class Drills:
    """The deployed stack under drill.

    Args:
        cloud: Where it is deployed.
        outputs: The stack's outputs.
    """

    cloud: LocalCloud
    outputs: Mapping[str, str]

    @cached_property
    def agent(self) -> DeployedAgent:
        return find_agent(self.cloud.record, AGENT)

    @cached_property
    def shadow(self) -> DeployedAgent:
        return find_agent(self.cloud.record, SHADOW)

    @cached_property
    def ann(self) -> AgentClient:
        return self.agent.client_of_user("ann@example.com")

    @cached_property
    def monitoring(self) -> Monitoring:
        return deployed_monitoring(self.cloud.record)

    @contextmanager
    def fault(self, **faults: Mapping[str, object]) -> Iterator[None]:
        """Let parts of the local cloud fail for a while."""
        url = f"{self.cloud.agentcore_url}/_local/faults"
        httpx.put(url, json=faults, trust_env=False).raise_for_status()
        try:
            yield
        finally:
            httpx.delete(url, trust_env=False).raise_for_status()

    def run(self, request: Callable[[str], object], expected: int) -> Findings:
        """Let users make requests until as many alarms as expected went off, and a little longer.

        Args:
            request: Makes one, in the session it is given; each user has one of their own.
            expected: How many alarms on metrics. 0: for a while after answers come, to see that none does.
        """
        start = time.time() // PERIOD * PERIOD + PERIOD
        time.sleep(start - time.time())
        ended = threading.Event()
        answers: list[object] = []

        def ask(session: str) -> None:
            answers.append(request(session))

        users = [threading.Thread(target=_keep_asking, args=(ask, ended), daemon=True) for _ in range(USERS)]
        for user in users:
            user.start()
        deadline = start + _PATIENCE_SECONDS
        if not expected:
            # Nothing goes off either while nobody is answered yet.
            while time.time() < deadline and len(answers) < USERS:
                time.sleep(PERIOD / 3)
            deadline = time.time() + PERIOD * _QUIET_PERIODS
        while time.time() < deadline and (not expected or len(self.findings(start).off) < expected):
            time.sleep(PERIOD / 3)
        # What else is wrong would show now.
        time.sleep(PERIOD)
        ended.set()
        time.sleep(PERIOD)
        return self.findings(start)

    def findings(self, start: float) -> Findings:
        source = Since(metrics_of(self.cloud.record), start)
        return Findings(evaluate_alarms(self.monitoring.alarms, source, Span(start, time.time(), PERIOD)))

    def ask(self, session: str, prompt: str = "What is 2 + 3?") -> str:
        return self.ann.ask(prompt, session).text

    def use_tool(self) -> str:
        """Let the agent call its tool; the scripted model does what it is told."""
        return self.ask(new_session_id(), f'Use the tool {TOOL} with {{"instance": "i-1"}}')

    def ask_with(self, token: str) -> int:
        """Status of the answer to a request with this token."""
        arn = self.outputs["Agent"].replace(":", "%3A").replace("/", "%2F")
        headers = {"Authorization": f"Bearer {token}", "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": new_session_id()}
        url = f"{self.cloud.endpoint}/runtimes/{arn}/invocations"
        return httpx.post(url, json={"prompt": "hello"}, headers=headers, trust_env=False, timeout=30).status_code

    def sign_in_with(self, password: str) -> str:
        pool, client = self.outputs["Pool"], self.outputs["Client"]
        return password_token(self.cloud.endpoint, pool, client, "ann@example.com", password).access_token

    def refresh(self) -> str:
        """An access token by the refresh token of a sign-in."""
        tokens = self.agent.sign_in("ann@example.com")
        return refreshed(self.cloud.endpoint, self.outputs["Client"], tokens.refresh_token).access_token


def _keep_asking(request: Callable[[str], object], ended: threading.Event) -> None:
    session = new_session_id()
    while not ended.is_set():
        with suppress(BotoCoreError, ClientError, WorkbenchError, httpx.HTTPError):
            request(session)
        ended.wait(_PAUSE_SECONDS)


def _named(history: AlarmHistory) -> Off:
    return Off(history.alarm.description.partition(":")[0], runbook_of(history.alarm).rpartition("/")[2])
