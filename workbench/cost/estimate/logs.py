"""Amazon CloudWatch Logs: what agents, services and functions write, how long it is kept, and masking."""

from collections.abc import Iterator

from workbench.cost.estimate.agentcore import RUNTIME, session_seconds
from workbench.cost.estimate.functions import called_by_users
from workbench.cost.formulas import DAYS, KB_PER_GB, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Resources
from workbench.cost.usage import Usage

_GROUP, _SOURCE = "AWS::Logs::LogGroup", "AWS::Logs::DeliverySource"
_FLOW_LOG = "AWS::EC2::FlowLog"
TYPES = frozenset({_GROUP, _SOURCE, _FLOW_LOG})
FAMILY = "CloudWatch Logs"

_APPLICATION, _USAGE = "APPLICATION_LOGS", "USAGE_LOGS"
_BYTES_PER_KB = 1000


def estimate(resources: Resources, usage: Usage, prices: PriceList, share: dict[str, float]) -> Iterator[CostLine]:
    """What is written, kept, masked and queried."""
    written, vended = list(_written(resources, usage, prices)), list(_vended(resources, usage, prices, share))
    yield from written
    yield from vended
    total = sum(line.quantity for line in (*written, *vended))
    if not total and not resources.of(_GROUP):
        return
    months = _months(resources, usage)
    yield CostLine(
        FAMILY,
        "kept",
        total * usage.logs.stored_share * months,
        prices.price("logs-stored"),
        product((total, "GB a month"), (usage.logs.stored_share, "compressed"), (months, "months")),
    )
    if any(each.at("DataProtectionPolicy") is not None for each in resources.of(_GROUP)):
        yield CostLine(
            FAMILY, "searched for personal data", total, prices.price("logs-masked"), f"{number(total)} GB written"
        )
    queried = usage.logs.queried_gb
    yield CostLine(FAMILY, "queried", queried, prices.price("logs-queried"), f"{number(queried)} GB")


def _written(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    price = prices.price("logs-written")
    if resources.of(RUNTIME):
        size = usage.logs.agent_kb_per_turn
        formula = product((usage.turns, "turns"), (size, "KB"))
        yield CostLine(FAMILY, "written by agents", usage.turns * size / KB_PER_GB, price, formula)
    if called_by_users(resources):
        calls, size = usage.turns * usage.operations.function_calls_per_turn, usage.logs.function_kb_per_call
        formula = product((calls, "calls"), (size, "KB"))
        yield CostLine(FAMILY, "written by functions", calls * size / KB_PER_GB, price, formula)


def _vended(resources: Resources, usage: Usage, prices: PriceList, share: dict[str, float]) -> Iterator[CostLine]:
    price, sources = prices.price("logs-vended"), resources.of(_SOURCE)
    # Fifty agents write what one agent with their traffic writes; a memory and a gateway write of the same turn again.
    kinds = {
        referred.type if (referred := resources.referred(each.stack, each.at("ResourceArn"))) else each.id
        for each in sources
        if each.text("LogType") == _APPLICATION
    }
    if kinds:
        size = usage.logs.delivered_kb_per_turn
        formula = product((usage.turns, "turns"), (len(kinds), "kinds of resource"), (size, "KB"))
        quantity = usage.turns * len(kinds) * size / KB_PER_GB
        yield CostLine(FAMILY, "delivered by AgentCore", quantity, price, formula)
    if any(each.text("LogType") == _USAGE for each in sources):
        seconds = sum(
            session_seconds(each, usage) * usage.sessions * share[each.name("AgentRuntimeName")]
            for each in resources.of(RUNTIME)
        )
        size = usage.logs.usage_bytes_per_second / _BYTES_PER_KB
        formula = product((seconds, "s of sessions"), (size, "KB each second"))
        yield CostLine(FAMILY, "usage logs of runtimes", seconds * size / KB_PER_GB, price, formula)
    if resources.of(_FLOW_LOG):
        amount = usage.network.flow_log_gb
        yield CostLine(FAMILY, "flow logs", amount, price, f"{number(amount)} GB")


def _months(resources: Resources, usage: Usage) -> float:
    """The longest retention of a log group; a group without one keeps everything, of which a year's worth counts."""
    forever = usage.logs.months_kept_without_retention
    kept = [days / DAYS if (days := each.number("RetentionInDays", 0)) else forever for each in resources.of(_GROUP)]
    return max(kept, default=forever)
