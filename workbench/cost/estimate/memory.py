"""AgentCore Memory: events by their size, records by the month, retrievals by the call."""

from collections.abc import Iterator

from workbench.cost.formulas import DAYS, KB_PER_GB, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, at
from workbench.cost.usage import Usage

TYPES = frozenset({"AWS::BedrockAgentCore::Memory"})
FAMILY = "AgentCore memory"

_CUSTOM = "CustomMemoryStrategy"
_EXPIRY_DAYS = 90.0


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every memory, each with the same share of the sessions."""
    memories = resources.of(*TYPES)
    for memory in memories:
        yield from _memory(memory, 1 / len(memories), usage, prices)


def _memory(memory: Found, share: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    name, plan = memory.name("Name"), usage.memory
    turns, sessions = usage.turns * share, usage.sessions * share
    days = memory.number("EventExpiryDuration", _EXPIRY_DAYS)
    written = turns * plan.events_per_turn * plan.kb_per_event / KB_PER_GB
    events = product((turns, "turns"), (plan.events_per_turn, "events"), (plan.kb_per_event, "KB"))
    yield CostLine(FAMILY, f"events written to {name}", written, prices.price("memory-events-written"), events)
    yield CostLine(
        FAMILY,
        f"events read from {name}",
        turns * plan.kb_read_per_turn / KB_PER_GB,
        prices.price("memory-events-read"),
        product((turns, "turns"), (plan.kb_read_per_turn, "KB")),
    )
    yield CostLine(
        FAMILY,
        f"events kept in {name}",
        written * days / DAYS,
        prices.price("memory-events-stored"),
        product((written, "GB a month"), (days / DAYS, "months until they expire")),
    )
    strategies = [entry for entry in memory.list("MemoryStrategies") if isinstance(entry, dict) and entry]
    yield from _records(name, strategies, sessions, usage, prices)
    if strategies:
        yield CostLine(
            FAMILY,
            f"searches in {name}",
            turns * plan.retrievals_per_turn,
            prices.price("memory-retrievals"),
            product((turns, "turns"), (plan.retrievals_per_turn, "searches")),
        )


def _records(
    name: str, strategies: list[dict[str, object]], sessions: float, usage: Usage, prices: PriceList
) -> Iterator[CostLine]:
    plan = usage.memory
    for own in (False, True):
        months = [_months(entry, plan.months_of_records) for entry in strategies if (_CUSTOM in entry) is own]
        if months:
            yield CostLine(
                FAMILY,
                f"records of {'own' if own else 'built-in'} strategies in {name}",
                sessions * plan.records_per_session_and_strategy * sum(months),
                prices.price("memory-records-own" if own else "memory-records"),
                product((sessions, "sessions"), (plan.records_per_session_and_strategy, "records"))
                + f" × {number(sum(months))} months kept, over {len(months)} strategies",
            )


def _months(strategy: dict[str, object], otherwise: float) -> float:
    """For how many months records of a strategy have built up: until they expire, where the template says when."""
    for settings in strategy.values():
        for path in ("RecordExpirySpecification.RecordExpiryDurationDays", "RecordExpiryDurationDays"):
            days = at(settings, path)
            if isinstance(days, int | float) and not isinstance(days, bool):
                return min(otherwise, days / DAYS)
    return otherwise
