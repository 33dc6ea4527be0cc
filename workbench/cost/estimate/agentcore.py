"""AgentCore Runtime and Identity.

CPU is billed for what is consumed, not for waiting; memory for the peak so far in every second until the session ends,
so also while the user thinks and until the idle time-out (https://aws.amazon.com/bedrock/agentcore/pricing/).
"""

from collections.abc import Iterator

from workbench.cost.formulas import SECONDS_PER_HOUR, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.profile import Profile
from workbench.cost.resources import Found, Resources
from workbench.cost.usage import Usage
from workbench.errors import WorkbenchError

RUNTIME = "AWS::BedrockAgentCore::Runtime"
TYPES = frozenset({RUNTIME, "AWS::BedrockAgentCore::WorkloadIdentity"})
FAMILY = "AgentCore runtime"

_CREDENTIALS = ("AWS::BedrockAgentCore::OAuth2CredentialProvider", "AWS::BedrockAgentCore::ApiKeyCredentialProvider")
IDENTITY_TYPES = frozenset(_CREDENTIALS)
_IDLE_SECONDS, _LIFETIME_SECONDS = 900.0, 28_800.0
_LEAST_GB = 0.128


def session_seconds(runtime: Found, usage: Usage) -> float:
    """How long a session of a runtime lives: its turns, the pauses between them, and the idle time-out at the end."""
    idle = runtime.number("LifecycleConfiguration.IdleRuntimeSessionTimeout", _IDLE_SECONDS)
    lifetime = runtime.number("LifecycleConfiguration.MaxLifetime", _LIFETIME_SECONDS)
    turns = usage.usage.turns_per_session
    pauses = max(0.0, turns - 1) * min(idle, usage.runtime.seconds_between_turns)
    return min(lifetime, usage.runtime.start_seconds + turns * usage.runtime.seconds_per_turn + pauses + idle)


def shares(resources: Resources, profile: Profile) -> dict[str, float]:
    """The share of the sessions that each runtime serves, by its name.

    Raises:
        WorkbenchError: If the profile names a runtime that no template has.
    """
    names = [each.name("AgentRuntimeName") for each in resources.of(RUNTIME)]
    if unknown := sorted(set(profile.shares) - set(names)):
        raise WorkbenchError(
            f"{profile.path}: [shares] names {', '.join(unknown)}; the runtimes are {', '.join(names) or 'none'}"
        )
    return {name: profile.shares.get(name, 0.0) if profile.shares else 1 / len(names) for name in names}


def runtime(resources: Resources, usage: Usage, prices: PriceList, share: dict[str, float]) -> Iterator[CostLine]:
    """CPU and memory of every runtime."""
    for each in resources.of(RUNTIME):
        name = each.name("AgentRuntimeName")
        if each.at("CapacityProviderConfiguration"):
            price = prices.price("runtime-own-capacity")
            yield CostLine(FAMILY, f"instances of {name}", 1, price, "own capacity")
            continue
        sessions = usage.sessions * share[name]
        yield from _compute(each, name, sessions, usage, prices)


def _compute(each: Found, name: str, sessions: float, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    version = each.text("PlatformVersion", "V1").lower().lstrip("v") or "1"
    generation = "v2" if version.startswith("2") else "v1"
    plan, turns = usage.runtime, usage.usage.turns_per_session
    busy = 1 - plan.io_wait_share
    seconds = (turns * plan.seconds_per_turn * busy + plan.start_seconds) * plan.vcpus
    working = product((turns, "turns"), (plan.seconds_per_turn, "s"), (busy, "busy"))
    yield CostLine(
        FAMILY,
        f"CPU of {name}",
        sessions * seconds / SECONDS_PER_HOUR,
        prices.price(f"runtime-{generation}-cpu"),
        f"{number(sessions)} sessions × ({working} + {number(plan.start_seconds)} s start) × {number(plan.vcpus)} vCPU",
    )
    alive, size = session_seconds(each, usage), max(plan.memory_gb, _LEAST_GB)
    yield CostLine(
        FAMILY,
        f"memory of {name}",
        sessions * alive * size / SECONDS_PER_HOUR,
        prices.price(f"runtime-{generation}-memory"),
        product((sessions, "sessions"), (alive, "s alive, idle time-out included"), (size, "GB")),
    )


def identity(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Tokens for other services; free through a runtime or a gateway."""
    if resources.of(*_CREDENTIALS) or usage.identity.tokens_outside:
        yield CostLine(
            "AgentCore identity",
            "tokens outside runtime and gateway",
            usage.identity.tokens_outside,
            prices.price("identity-tokens"),
            f"{number(usage.identity.tokens_outside)} requests; those of runtimes and gateways are free",
        )
