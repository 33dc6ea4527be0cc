"""How gateways, policies and sandboxes are watched: what agents use to act."""

from dataclasses import dataclass, field

from aws_cdk import aws_bedrockagentcore as agentcore

from constructs_lib.gateway.tool_gateway import ToolGateway
from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.alarms import Alarms
from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.queries import GATEWAY_QUERIES
from constructs_lib.observability.monitoring.dashboards.widgets import graph
from constructs_lib.observability.monitoring.kinds import AlarmKind
from constructs_lib.observability.monitoring.metrics.gateway import GatewayReadings, PolicyReadings
from constructs_lib.observability.monitoring.metrics.sandbox import SandboxReadings
from constructs_lib.observability.monitoring.monitor import Monitor
from constructs_lib.sandbox.code_sandbox import CodeSandbox
from constructs_lib.sandbox.web_browser import WebBrowser


@dataclass(frozen=True)
class GatewayThresholds:
    """When the alarms of a gateway go off; None: that alarm is not made.

    Args:
        errors: Calls fail.
        authentication: Callers are not let in.
        throttles: Calls are refused for their number.
    """

    errors: limits.ToolErrors | None = field(default_factory=limits.ToolErrors)
    authentication: limits.AuthenticationFailures | None = field(default_factory=limits.AuthenticationFailures)
    throttles: limits.Throttles | None = field(default_factory=limits.Throttles)


@dataclass(frozen=True)
class PolicyThresholds:
    """When the alarms of a policy go off; None: that alarm is not made.

    Args:
        denials: Calls of tools are denied.
    """

    denials: limits.PolicyDenials | None = field(default_factory=limits.PolicyDenials)


@dataclass(frozen=True)
class SandboxThresholds:
    """When the alarms of a sandbox go off; None: that alarm is not made.

    Args:
        errors: Calls fail.
        throttles: Calls are refused for their number.
    """

    errors: limits.ToolErrors | None = field(default_factory=limits.ToolErrors)
    throttles: limits.Throttles | None = field(default_factory=limits.Throttles)


def watch_gateway(
    board: Board, gateway: ToolGateway, label: str, thresholds: GatewayThresholds, alarms: Alarms
) -> Monitor:
    """Watch a gateway.

    Args:
        board: What all monitors share.
        gateway: The gateway.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings = GatewayReadings(gateway)
    errors, authentication, throttles = thresholds.errors, thresholds.authentication, thresholds.throttles
    if errors:
        _on_errors(alarms, readings, errors)
    if authentication:
        alarms.add(
            AlarmKind.AUTHENTICATION_FAILURES,
            readings.authentication_failures(authentication),
            limit=authentication.percent,
            evaluation=authentication.evaluation,
            says=f"More than {authentication.percent:g} % of the callers are not let in.",
            inclusive=False,
        )
    if throttles:
        _on_throttles(alarms, readings, throttles)
    board.queries.ask(GATEWAY_QUERIES, gateway.log_group)
    board.pages.add(
        Page.TOOLS,
        f"Gateway {label}",
        [
            graph("Calls by tool", [readings.by_tool("Invocations", "Sum")], unit="a minute", width=12),
            graph("Time by tool, p95", [readings.by_tool("Duration", "p95")], unit="ms", width=12),
        ],
        [
            graph("Requests", [readings.calls()], unit="a minute"),
            graph("Time of requests", [*map(readings.duration, (50, 95)), readings.target_time()], unit="ms"),
            graph("Errors", [readings.system_errors(), readings.user_errors(), readings.throttles()], unit="a minute"),
            graph("Errors by tool", [readings.by_tool("SystemErrors", "Sum")], unit="a minute"),
        ],
    )
    tokens = [readings.accepted_tokens(), readings.refused_tokens()]
    rate = readings.authentication_failures(authentication or limits.AuthenticationFailures())
    board.pages.add(
        Page.AUTHENTICATION,
        f"Gateway {label}",
        [
            graph("Not let in", [rate], unit="%", width=12, limit=authentication.percent if authentication else None),
            graph("Tokens of requests", tokens, unit="a minute", width=12),
        ],
    )
    return board.finish(label, alarms)


def watch_policy(
    board: Board,
    engine: agentcore.IPolicyEngine,
    label: str,
    thresholds: PolicyThresholds,
    alarms: Alarms,
) -> Monitor:
    """Watch the policy of a gateway.

    Args:
        board: What all monitors share.
        engine: Its policy engine.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings, threshold = PolicyReadings(engine), thresholds.denials
    if threshold:
        alarms.add(
            AlarmKind.POLICY_DENIALS,
            readings.denials(threshold),
            limit=threshold.percent,
            evaluation=threshold.evaluation,
            says=f"More than {threshold.percent:g} % of the calls of tools are denied.",
            inclusive=False,
        )
    decisions = [readings.allowed(), readings.denied(), readings.undecided(), readings.mismatches()]
    board.pages.add(
        Page.TOOLS,
        f"Policy {label}",
        [
            graph("Decisions", decisions, unit="a minute", width=12),
            graph("Time of decisions", [readings.latency()], unit="ms", width=12),
        ],
    )
    return board.finish(label, alarms)


def watch_sandbox(
    board: Board, sandbox: CodeSandbox | WebBrowser, label: str, thresholds: SandboxThresholds, alarms: Alarms
) -> Monitor:
    """Watch a code sandbox or a web browser.

    Args:
        board: What all monitors share.
        sandbox: The sandbox.
        label: What it is called.
        thresholds: When its alarms go off.
        alarms: Where they are.
    """
    readings = SandboxReadings(sandbox)
    if thresholds.errors:
        _on_errors(alarms, readings, thresholds.errors)
    if thresholds.throttles:
        _on_throttles(alarms, readings, thresholds.throttles)
    board.pages.add(
        Page.TOOLS,
        f"Sandbox {label}",
        [
            graph("Calls", readings.calls(), unit="a minute"),
            graph("Time of calls, p95", readings.latency(), unit="ms"),
            graph("Time of sessions", [readings.session_time()], unit="ms"),
            graph("Billed time", [readings.cpu_hours()], unit="vCPU hours"),
        ],
    )
    return board.finish(label, alarms)


def _on_errors(alarms: Alarms, readings: GatewayReadings | SandboxReadings, threshold: limits.ToolErrors) -> None:
    alarms.add(
        AlarmKind.TOOL_ERRORS,
        readings.error_rate(threshold),
        limit=threshold.percent,
        evaluation=threshold.evaluation,
        says=f"More than {threshold.percent:g} % of the calls fail.",
        inclusive=False,
    )


def _on_throttles(alarms: Alarms, readings: GatewayReadings | SandboxReadings, threshold: limits.Throttles) -> None:
    alarms.add(
        AlarmKind.THROTTLES,
        readings.throttles(),
        limit=threshold.count,
        evaluation=threshold.evaluation,
        says=f"{threshold.count} calls a minute are refused for their number.",
    )
