"""Dashboards and alarms for agents and what they use, given as constructs."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from constructs import Construct, IConstruct

from constructs_lib.observability.monitoring import monitors
from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.overview import Overview
from constructs_lib.observability.monitoring.dashboards.pages import Pages
from constructs_lib.observability.monitoring.dashboards.queries import Queries
from constructs_lib.observability.monitoring.metrics.agent import AgentReadings
from constructs_lib.observability.monitoring.monitor import Monitor
from constructs_lib.observability.monitoring.monitors.agent import AgentMonitor, AgentThresholds
from constructs_lib.observability.monitoring.monitors.cost import SERVICES, show_cost
from constructs_lib.observability.monitoring.topics import AlarmTopics
from constructs_lib.runtime.agent_service import DEFAULT_ENDPOINT, AgentService

if TYPE_CHECKING:
    from aws_cdk import aws_bedrockagentcore as agentcore
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_logs as logs

    from constructs_lib.evaluation.online_evaluation import OnlineEvaluation
    from constructs_lib.frontend.chat_frontend import ChatFrontend
    from constructs_lib.gateway.tool_gateway import ToolGateway
    from constructs_lib.identity.user_directory_base import UserDirectoryBase
    from constructs_lib.memory.agent_memory import AgentMemory
    from constructs_lib.safety.content_guardrail import ContentGuardrail
    from constructs_lib.sandbox.code_sandbox import CodeSandbox
    from constructs_lib.sandbox.web_browser import WebBrowser

_Watched = TypeVar("_Watched", bound=IConstruct)
_Thresholds = TypeVar("_Thresholds")

RUNBOOKS = "https://agentcore-constructs.example/runbooks/"
"""Stands for where you serve `docs/runbooks`: this library's documentation has no address of its own."""


class AgentMonitoring(Construct):
    """Dashboards, alarms and saved queries for agents and what they use.

    Each `monitor_…` is given a construct. It makes that construct's metrics, the alarms on them, and sections on the
    dashboards. An alarm names one cause: a throttled model sets off the alarm on throttling and not that on errors, a
    memory that does not answer its own and not that on latency. Of each construct, one composite alarm tells the
    critical topic and one the warning topic, so that one fault sends one message; warnings are held back while
    something critical is wrong. The description of every alarm ends in the address of its runbook.

    What has alarms is watched with `thresholds`, when they go off, each with a default; `label`, what it is called on
    dashboards and as an id, by default the construct's own id; and `scope`, where its alarms are made, in a stack that
    has room, by default with the dashboards. A label that is taken is a ValueError.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-service-provided.html

    Args:
        topics: Where alarms go; give the same to several. Default: topics of its own.
        runbooks: Where you serve the runbooks: an address that their names are added to, `…/runtime-down`. Default:
            `RUNBOOKS`, a stand-in.
        folder: Folder of the saved queries in Logs Insights. Default: the construct's path.

    Attributes:
        topics: Where alarms go.
        monitors: What watches each construct, by label.

    Raises:
        ValueError: If `runbooks` is no https address.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topics: AlarmTopics | None = None,
        runbooks: str = RUNBOOKS,
        folder: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        if not runbooks.startswith("https://"):
            raise ValueError(f"runbooks= is an https address that names are added to, got {runbooks!r}")
        self.topics = topics or AlarmTopics(self, "Topics")
        self.monitors: dict[str, Monitor] = {}
        self._pages = Pages(self)
        queries = Queries(self, "Queries", folder=folder or self.node.path)
        self._overview = Overview(self, self._pages, queries, runbooks)
        self._board = Board(
            scope=Construct(self, "Alarms"),
            topics=self.topics,
            runbooks=runbooks,
            pages=self._pages,
            overview=self._overview,
            queries=queries,
        )
        self._agents: dict[str, AgentReadings] = {}

    @property
    def overview(self) -> "cloudwatch.Dashboard":
        """The L2 dashboard that shows on one screen whether all is well."""
        return self._overview.dashboard

    @property
    def dashboards(self) -> "dict[str, cloudwatch.Dashboard]":
        """The other L2 dashboards, by id: `Performance`, `Errors` and so on, as far as there is something on them."""
        return dict(self._pages.dashboards)

    @property
    def queries(self) -> "dict[str, logs.QueryDefinition]":
        """The L2 saved queries, by name."""
        return dict(self._board.queries.definitions)

    def monitor_agent(
        self,
        agent: AgentService,
        *,
        endpoint: str = DEFAULT_ENDPOINT,
        thresholds: AgentThresholds | None = None,
        counts_lines: bool = True,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch an agent through one of its endpoints.

        Args:
            agent: The agent.
            endpoint: The endpoint.
            thresholds: When its alarms go off.
            counts_lines: Whether it writes the log lines of `agents.shared`, which metric filters then count. Without
                them the alarms know only what AgentCore Runtime sees: an agent that answers with an error has answered.
            label: What it is called.
            scope: Where its alarms and metric filters are made.

        Raises:
            ValueError: If the agent has no such endpoint, or something else is called so.
        """
        if endpoint not in agent.output_log_groups:
            known = ", ".join(sorted(agent.output_log_groups))
            raise ValueError(f"the agent {agent.node.path!r} has the endpoints {known}, got {endpoint!r}")
        name = label or agent.node.id
        watcher = AgentMonitor(
            self._board,
            agent,
            endpoint=endpoint,
            label=name,
            thresholds=thresholds or AgentThresholds(),
            counts_lines=counts_lines,
            scope=scope,
        )
        self._agents[name] = watcher.shared_readings
        return self._keep(watcher.watch())

    def monitor_memory(
        self,
        memory: "AgentMemory",
        *,
        thresholds: "monitors.MemoryThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch a memory: how it serves, and how the agents that are watched fare with it."""
        limits = thresholds or monitors.MemoryThresholds()
        return self._watch(monitors.watch_memory, "Memory", memory, limits, label, scope)

    def monitor_gateway(
        self,
        gateway: "ToolGateway",
        *,
        thresholds: "monitors.GatewayThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch a gateway and each of its tools; its policy is another matter."""
        limits = thresholds or monitors.GatewayThresholds()
        return self._watch(monitors.watch_gateway, "Gateway", gateway, limits, label, scope)

    def monitor_policy(
        self,
        policy: "agentcore.IPolicyEngine",
        *,
        thresholds: "monitors.PolicyThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch the decisions about tools; the policy engine is `ToolGateway.policy_engine`."""
        limits = thresholds or monitors.PolicyThresholds()
        return self._watch(monitors.watch_policy, "Policy", policy, limits, label, scope)

    def monitor_sandbox(
        self,
        sandbox: "CodeSandbox | WebBrowser",
        *,
        thresholds: "monitors.SandboxThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch a code sandbox or a web browser."""
        limits = thresholds or monitors.SandboxThresholds()
        return self._watch(monitors.watch_sandbox, "Sandbox", sandbox, limits, label, scope)

    def monitor_guardrail(
        self,
        guardrail: "ContentGuardrail",
        *,
        thresholds: "monitors.GuardrailThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch the version of a guardrail that its template publishes."""
        limits = thresholds or monitors.GuardrailThresholds()
        return self._watch(monitors.watch_guardrail, "Guardrail", guardrail, limits, label, scope)

    def monitor_user_directory(
        self,
        directory: "UserDirectoryBase",
        *,
        thresholds: "monitors.UserDirectoryThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch how users sign in; give it the directory when it has all its clients.

        Raises:
            ValueError: If the directory has no client yet.
        """
        if not directory.clients:
            raise ValueError(f"the directory {directory.node.path!r} has no client yet; add its clients before")
        limits = thresholds or monitors.UserDirectoryThresholds()
        return self._watch(monitors.watch_user_directory, "Directory", directory, limits, label, scope)

    def monitor_frontend(
        self,
        frontend: "ChatFrontend",
        *,
        thresholds: "monitors.FrontEndThresholds | None" = None,
        label: str | None = None,
        scope: Construct | None = None,
    ) -> Monitor:
        """Watch the chat front end: its load balancer, its tasks and its firewall."""
        limits = thresholds or monitors.FrontEndThresholds()
        return self._watch(monitors.watch_frontend, "Front end", frontend, limits, label, scope)

    def monitor_evaluation(self, evaluation: "OnlineEvaluation", *, label: str | None = None) -> Monitor:
        """Show the scores of an online evaluation; there is no alarm on them."""
        name = label or evaluation.node.id
        alarms = self._board.alarms(name, f"Evaluation {name}", None)
        return self._keep(monitors.watch_evaluation(self._board, evaluation, name, alarms))

    def monitor_cost(self, *, services: Sequence[str] = SERVICES) -> None:
        """Show the account's charges, and what the agents that are watched by now use. `CostBudget` has the alerts.

        Args:
            services: AWS's names of services in bills.
        """
        show_cost(self._board, services, self._agents)

    def _watch(
        self,
        watch: Callable[[Board, _Watched, str, _Thresholds, Alarms], Monitor],
        noun: str,
        watched: _Watched,
        thresholds: _Thresholds,
        label: str | None,
        scope: Construct | None,
    ) -> Monitor:
        name = label or watched.node.id
        alarms = self._board.alarms(name, f"{noun} {name}", scope)
        return self._keep(watch(self._board, watched, name, thresholds, alarms))

    def _keep(self, monitor: Monitor) -> Monitor:
        self.monitors[monitor.label] = monitor
        return monitor
