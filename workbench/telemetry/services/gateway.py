"""What AgentCore Gateway and Policy publish.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-gateway-metrics.html
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-policy-metrics.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.telemetry.services.agentcore import NAMESPACE
from workbench.telemetry.services.outcome import MILLISECONDS, Outcome, measured
from workbench.telemetry.store import Datum

_COUNTED_METHODS = frozenset({"initialize", "tools/list", "tools/call"})
_BASE = {"Operation": "InvokeGateway", "Protocol": "MCP"}


@dataclass(frozen=True)
class GatewayRequest:
    """A request to a gateway.

    Args:
        arn: The gateway's ARN.
        method: The MCP method, empty where none was read.
        tool: The tool, `TARGET___TOOL`; empty for other methods.
    """

    arn: str
    method: str = ""
    tool: str = ""

    def sets(self) -> list[Mapping[str, str]]:
        """The sets of dimensions it is counted under."""
        gateway = {**_BASE, "Resource": self.arn}
        if self.method not in _COUNTED_METHODS:
            return [gateway]
        method = {**gateway, "Method": self.method}
        return [gateway, method, {**method, "Name": self.tool}] if self.tool else [gateway, method]


def gateway_called(request: GatewayRequest, outcome: Outcome) -> list[Datum]:
    """A request to a gateway was answered.

    Args:
        request: The request.
        outcome: How it went; the answer is one document, so its first part comes when its last does.
    """
    counts = {
        "Invocations": 1,
        "Throttles": outcome.throttled,
        "SystemErrors": outcome.system_error,
        "UserErrors": outcome.user_error and not outcome.throttled,
    }
    times = {"Latency": outcome.milliseconds, "Duration": outcome.milliseconds}
    return [
        *measured(NAMESPACE, request.sets(), counts, when=outcome.time),
        *measured(NAMESPACE, request.sets(), times, unit=MILLISECONDS, when=outcome.time),
    ]


def target_called(request: GatewayRequest, target_type: str, *, milliseconds: float, when: float) -> list[Datum]:
    """A target behind a gateway answered.

    Args:
        request: The request to the gateway.
        target_type: `MCP`, `Lambda` or `OpenAPI`; empty for a kind that AWS lists no name for.
        milliseconds: How long the target took.
        when: When it answered.
    """
    typed = {**_BASE, "Resource": request.arn, "TargetType": target_type}
    times = {"TargetExecutionTime": milliseconds}
    return [
        *measured(NAMESPACE, request.sets(), times, unit=MILLISECONDS, when=when),
        *(measured(NAMESPACE, [typed], {"TargetType": 1}, when=when) if target_type else ()),
    ]


@dataclass(frozen=True)
class PolicyQuestion:
    """A question to a policy engine.

    Args:
        operation: `AuthorizeAction` or `PartiallyAuthorizeActions`.
        engine: The policy engine's id.
        gateway: The gateway's id.
        mode: `ENFORCE` or `LOG_ONLY`.
        tool: The tool it is about; empty where it is about all.
    """

    operation: str
    engine: str
    gateway: str
    mode: str
    tool: str = ""

    def sets(self) -> list[Mapping[str, str]]:
        """The sets of dimensions it is counted under."""
        engine = {"OperationName": self.operation, "PolicyEngine": self.engine}
        gateway = {**engine, "TargetResource": self.gateway, "Mode": self.mode}
        return [engine, gateway, {**gateway, "ToolName": self.tool}] if self.tool else [engine, gateway]


def policies_decided(
    question: PolicyQuestion, outcome: Outcome, *, allowed: int, denied: int, undetermined: int, mismatched: int
) -> list[Datum]:
    """A policy engine answered.

    Args:
        question: What was asked.
        outcome: How it went.
        allowed: How many decisions allow.
        denied: How many deny.
        undetermined: How many no policy decided.
        mismatched: How many met a policy that could not be evaluated on the request.
    """
    counts = {
        "Invocations": 1,
        "SystemErrors": outcome.system_error,
        "UserErrors": outcome.user_error,
        "AllowDecisions": allowed,
        "DenyDecisions": denied,
        "NoDeterminingPolicies": undetermined,
        "MismatchErrors": mismatched,
    }
    return [
        *measured(NAMESPACE, question.sets(), counts, when=outcome.time),
        *measured(NAMESPACE, question.sets(), {"Latency": outcome.milliseconds}, unit=MILLISECONDS, when=outcome.time),
    ]
