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
    """

    def __init__(self, records: Records, roles: GatewayRoles, log: DecisionLog) -> None:
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
        policies = self._policies(gateway, engine, signatures, "PartiallyAuthorizeActions", "list tools")
        allowed = frozenset(name for name in names if policies.may_use(principal=principal, tool=name))
        row = {"allowedTools": sorted(allowed), "deniedTools": sorted(names - allowed)}
        self._log.add({**_row(gateway, engine, principal, "PartiallyAuthorizeActions"), **row})
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
        policies = self._policies(gateway, engine, tuple(tools), "AuthorizeAction", f"tool {tool}")
        decision = policies.decide(principal=principal, tool=tool, arguments=arguments)
        self._log.add({**_row(gateway, engine, principal, "AuthorizeAction"), "tool": tool, **_outcome(decision)})
        if engine.enforce and not decision.allowed:
            determining = f"Policy evaluation denied due to {', '.join(decision.determining)}"
            why = determining if decision.determining else decision.reason
            raise RpcError(DENIED, f"Tool Execution Denied: Tool call not allowed due to policy enforcement [{why}]")

    def _policies(
        self,
        gateway: GatewayDefinition,
        engine: PolicyEngine,
        tools: tuple[ToolSignature, ...],
        action: str,
        what: str,
    ) -> ToolPolicies:
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
            detail = f": {error}" if gateway.debug else ""
            message = f"InternalServerException - Policy evaluation failed for {what}{detail}"
            raise RpcError(INTERNAL_ERROR, message) from error


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
