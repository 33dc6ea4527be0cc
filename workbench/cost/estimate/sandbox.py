"""AgentCore's browser and code interpreter: CPU that is consumed, and peak memory, while a session is open."""

from collections.abc import Iterator

from workbench.cost.formulas import product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Resources
from workbench.cost.usage import Sandbox, Usage

_BROWSER, _INTERPRETER = "AWS::BedrockAgentCore::BrowserCustom", "AWS::BedrockAgentCore::CodeInterpreterCustom"
TYPES = frozenset({_BROWSER, _INTERPRETER})

_MINUTES_PER_HOUR = 60


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Browser and code interpreter, where the templates have one; what several share is not more than one has."""
    if resources.of(_BROWSER):
        yield from _sandbox("AgentCore browser", usage, usage.browser, prices)
    if resources.of(_INTERPRETER):
        yield from _sandbox("AgentCore code interpreter", usage, usage.code_interpreter, prices)


def _sandbox(family: str, usage: Usage, plan: Sandbox, prices: PriceList) -> Iterator[CostLine]:
    opened = usage.sessions * plan.share_of_sessions
    hours, busy = opened * plan.minutes / _MINUTES_PER_HOUR, 1 - plan.io_wait_share
    open_for = ((opened, "sessions"), (plan.minutes, "minutes"))
    cpu = product(*open_for, (plan.vcpus, "vCPU"), (busy, "busy"))
    yield CostLine(family, "CPU", hours * plan.vcpus * busy, prices.price("tool-cpu"), cpu)
    memory = product(*open_for, (plan.memory_gb, "GB"))
    yield CostLine(family, "memory", hours * plan.memory_gb, prices.price("tool-memory"), memory)
