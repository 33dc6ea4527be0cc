"""Policy in AgentCore for gateways: who may list and call which tool, by the Cedar policies that are deployed.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/use-gateway-with-policy.html
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from constructs_lib.gateway.cedar import Decision, Principal, ToolPolicies, ToolSignature
from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, PolicyEngine, Records, mapping
from workbench.local_cloud.agentcore.gateway.jsonrpc import DENIED, INTERNAL_ERROR, RpcError
from workbench.local_cloud.agentcore.gateway.role import GatewayRoles
from workbench.local_cloud.agentcore.service import Scope, ServiceError
from workbench.telemetry.services.gateway import PolicyQuestion, policies_decided
from workbench.telemetry.services.outcome import Emit, Stopwatch, nowhere

KEPT_DECISIONS = 1000
"""How many decisions `DecisionLog.rows` remembers; the file has all."""

_LOG = logging.getLogger(__name__)
_PREPARED = 64


class DecisionLog:
    """Every decision on a tool, in memory and in a file of JSON lines.

    Args:
        path: The file. Default: none.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._rows: deque[dict[str, object]] = deque(maxlen=KEPT_DECISIONS)
        self._lock = threading.Lock()

    def add(self, row: Mapping[str, object]) -> None:
        """Note one decision."""
        with self._lock:
            self._rows.append(dict(row))
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def rows(self) -> list[dict[str, object]]:
        """The latest decisions, oldest first."""
        with self._lock:
            return list(self._rows)


class Authorization:
    """Asks the policy engine of a gateway.

    Args:
        records: The control plane's policies.
        roles: The gateways' roles, which have to be allowed to ask.
        log: Where decisions go.
        emit: Takes metrics. Default: none are kept.
    """

    def __init__(self, records: Records, roles: GatewayRoles, log: DecisionLog, emit: Emit = nowhere) -> None:
        self._emit = emit
        self._records = records
        self._roles = roles
        self._log = log

    def may_list(
        self, gateway: GatewayDefinition, principal: Principal, tools: Iterable[ToolSignature]
    ) -> frozenset[str]:
        """Names of the tools that some call of this caller could be allowed on.

        Raises:
            RpcError: If the policies cannot be evaluated.
        """
        signatures = tuple(tools)
        names = frozenset(tool.name for tool in signatures)
        engine = gateway.policy_engine
        if engine is None:
            return names
        count = _Count(_question(gateway, engine, "PartiallyAuthorizeActions"), self._emit)
        policies = self._policies(gateway, engine, signatures, count, "list tools")
        allowed = frozenset(name for name in names if policies.may_use(principal=principal, tool=name))
        row = {"allowedTools": sorted(allowed), "deniedTools": sorted(names - allowed)}
        self._log.add({**_row(gateway, engine, principal, "PartiallyAuthorizeActions"), **row})
        count.decided(allowed=len(allowed), denied=len(names - allowed))
        return allowed if engine.enforce else names

    def check_call(
        self,
        gateway: GatewayDefinition,
        principal: Principal,
        tool: str,
        arguments: Mapping[str, object],
        tools: Iterable[ToolSignature],
    ) -> None:
        """Let a call pass, or refuse it.

        Raises:
            RpcError: If the policies deny the call in ENFORCE mode, or cannot be evaluated.
        """
        engine = gateway.policy_engine
        if engine is None:
            return
        count = _Count(_question(gateway, engine, "AuthorizeAction", tool), self._emit)
        policies = self._policies(gateway, engine, tuple(tools), count, f"tool {tool}")
        decision = policies.decide(principal=principal, tool=tool, arguments=arguments)
        self._log.add({**_row(gateway, engine, principal, "AuthorizeAction"), "tool": tool, **_outcome(decision)})
        count.decided(
            allowed=int(decision.allowed),
            denied=int(not decision.allowed),
            undetermined=int(not decision.determining),
            mismatched=int(bool(decision.errors)),
        )
        if engine.enforce and not decision.allowed:
            determining = f"Policy evaluation denied due to {', '.join(decision.determining)}"
            why = determining if decision.determining else decision.reason
            raise RpcError(DENIED, f"Tool Execution Denied: Tool call not allowed due to policy enforcement [{why}]")

    def _policies(
        self,
        gateway: GatewayDefinition,
        engine: PolicyEngine,
        tools: tuple[ToolSignature, ...],
        count: "_Count",
        what: str,
    ) -> ToolPolicies:
        action = count.question.operation
        try:
            self._roles.of(gateway).check_may(
                [
                    ("bedrock-agentcore:GetPolicyEngine", engine.arn),
                    (f"bedrock-agentcore:{action}", engine.arn),
                    (f"bedrock-agentcore:{action}", gateway.arn),
                ]
            )
            return _prepared(tuple(active_policies(self._records, engine.arn).items()), tools, gateway.arn)
        except (ServiceError, ValueError) as error:
            # Whoever cannot ask gets no answer that lets a call pass.
            _LOG.warning("policies of gateway %s cannot be evaluated: %s", gateway.gateway_id, error)
            count.failed()
            detail = f": {error}" if gateway.debug else ""
            message = f"InternalServerException - Policy evaluation failed for {what}{detail}"
            raise RpcError(INTERNAL_ERROR, message) from error


class _Count:
    """Counts one question to a policy engine."""

    def __init__(self, question: PolicyQuestion, emit: Emit) -> None:
        self.question = question
        self._emit = emit
        self._stopwatch = Stopwatch()

    def decided(self, *, allowed: int, denied: int, undetermined: int = 0, mismatched: int = 0) -> None:
        self._emit(
            policies_decided(
                self.question,
                self._stopwatch.outcome(),
                allowed=allowed,
                denied=denied,
                undetermined=undetermined,
                mismatched=mismatched,
            )
        )

    def failed(self) -> None:
        outcome = self._stopwatch.outcome(500, "InternalServerException")
        self._emit(policies_decided(self.question, outcome, allowed=0, denied=0, undetermined=0, mismatched=0))


def _question(gateway: GatewayDefinition, engine: PolicyEngine, operation: str, tool: str = "") -> PolicyQuestion:
    mode = "ENFORCE" if engine.enforce else "LOG_ONLY"
    return PolicyQuestion(operation, engine.arn.rsplit("/", 1)[-1], gateway.gateway_id, mode, tool)


def active_policies(records: Records, engine_arn: str) -> dict[str, str]:
    """The Cedar statements of an engine that count, by their policies' names."""
    engine_id, parts = engine_arn.rsplit("/", 1)[-1], engine_arn.split(":")
    found = {}
    for record in records.records("Policy", (engine_id,), Scope(parts[4], parts[3])):
        known = record.attributes
        if known.get("status") == "ACTIVE" and known.get("enforcementMode", "ACTIVE") == "ACTIVE":
            found[str(known["name"])] = statement(known.get("definition"))
    return found


def statement(definition: object) -> str:
    """The Cedar text of a policy's definition."""
    members = mapping(definition)
    return str(mapping(members.get("cedar") or members.get("policy")).get("statement", ""))


@lru_cache(maxsize=_PREPARED)
def _prepared(
    policies: tuple[tuple[str, str], ...], tools: tuple[ToolSignature, ...], gateway_arn: str
) -> ToolPolicies:
    return ToolPolicies(dict(policies), tools=tools, gateway_arn=gateway_arn)


def _row(gateway: GatewayDefinition, engine: PolicyEngine, principal: Principal, action: str) -> dict[str, object]:
    return {
        "time": time.time(),
        "gateway": gateway.arn,
        "policyEngine": engine.arn,
        "mode": "ENFORCE" if engine.enforce else "LOG_ONLY",
        "action": action,
        "principalType": principal.type,
        "principal": principal.id,
    }


def _outcome(decision: Decision) -> dict[str, object]:
    determining: Sequence[str] = decision.determining
    return {"allowed": decision.allowed, "determining": list(determining), "errors": list(decision.errors)}
