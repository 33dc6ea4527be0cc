"""Load balancer, Fargate tasks, web application firewall and content delivery."""

from collections.abc import Iterator

from workbench.cost.formulas import HOURS, KB_PER_GB, SECONDS_PER_HOUR, counted, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources, at
from workbench.cost.usage import Usage

_BALANCER, _SERVICE = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ECS::Service"
_TASK, _FIREWALL, _CDN = "AWS::ECS::TaskDefinition", "AWS::WAFv2::WebACL", "AWS::CloudFront::Distribution"
TYPES = frozenset({_BALANCER, _SERVICE, _TASK, _FIREWALL, _CDN})
FAMILY = "Front end"

_CPU_UNITS, _MEGABYTES = 1024, 1024
_CONNECTIONS_PER_SECOND, _ACTIVE_CONNECTIONS = 25, 3000
_BOT_CONTROL = "AWSManagedRulesBotControlRuleSet"
_PAID = frozenset({"AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet"})


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Every part of a front end that the templates have."""
    yield from _balancers(resources.of(_BALANCER), usage, prices)
    for service in resources.of(_SERVICE):
        yield from _service(service, resources, usage, prices)
    for firewall in resources.of(_FIREWALL):
        yield from _firewall(firewall, usage, prices)
    if resources.of(_CDN):
        requests = usage.sessions * usage.frontend.requests_per_session
        formula = product((usage.sessions, "sessions"), (usage.frontend.requests_per_session, "requests"))
        yield CostLine(FAMILY, "CloudFront requests", requests, prices.price("cdn-requests"), formula)
        size = requests * usage.frontend.kb_per_request / KB_PER_GB
        formula += f" × {number(usage.frontend.kb_per_request)} KB"
        yield CostLine(FAMILY, "CloudFront data", size, prices.price("cdn-data"), formula)


def _balancers(balancers: list[Found], usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    if not balancers:
        return
    count = len(balancers)
    hours = f"{counted(count, 'balancer')} × {HOURS:g} h"
    yield CostLine(FAMILY, "load balancers", count * HOURS, prices.price("balancer-hours"), hours)
    units, formula = _capacity_hours(usage)
    yield CostLine(FAMILY, "load balancer capacity", units, prices.price("balancer-capacity"), formula)
    addresses = sum(len(each.list("Subnets")) for each in balancers if each.text("Scheme") == "internet-facing")
    if addresses:
        words = f"{addresses} zones of internet-facing balancers × {HOURS:g} h"
        price = prices.price("public-addresses")
        yield CostLine(FAMILY, "balancers' public addresses", addresses * HOURS, price, words)


def _capacity_hours(usage: Usage) -> tuple[float, str]:
    """LCU-hours by the largest of the dimensions, over the month as a whole; one session is one lasting connection."""
    plan, turns = usage.frontend, usage.usage.turns_per_session
    requests = usage.sessions * plan.requests_per_session
    open_seconds = turns * (usage.runtime.seconds_per_turn + usage.runtime.seconds_between_turns)
    dimensions = {
        "new connections": requests / SECONDS_PER_HOUR / _CONNECTIONS_PER_SECOND,
        "active connections": usage.sessions * open_seconds / SECONDS_PER_HOUR / _ACTIVE_CONNECTIONS,
        "data": requests * plan.kb_per_request / KB_PER_GB,
    }
    largest = max(dimensions, key=lambda name: dimensions[name])
    return dimensions[largest], f"{number(dimensions[largest])} LCU-hours, by {largest}"


def _service(service: Found, resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    definition = resources.referred(service.stack, service.at("TaskDefinition"))
    cpu, memory = (definition.number(name, 0) if definition else 0 for name in ("Cpu", "Memory"))
    if not definition or not cpu:
        return
    tasks = service.number("DesiredCount", 1) + usage.frontend.extra_tasks
    chip = "arm" if definition.text("RuntimePlatform.CpuArchitecture") == "ARM64" else "x86"
    base = ((tasks, "tasks"), (usage.frontend.hours, "h"))
    for words, size, unit in (("CPU", cpu / _CPU_UNITS, "vCPU"), ("memory", memory / _MEGABYTES, "GB")):
        price = prices.price(f"fargate-{chip}-{'cpu' if unit == 'vCPU' else 'memory'}")
        item = f"Fargate {words} of {service.id}"
        yield CostLine(FAMILY, item, tasks * usage.frontend.hours * size, price, product(*base, (size, unit)))


def _firewall(firewall: Found, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    groups = [at(rule, "Statement.ManagedRuleGroupStatement.Name") for rule in firewall.list("Rules")]
    requests = usage.sessions * usage.frontend.requests_per_session
    formula = product((usage.sessions, "sessions"), (usage.frontend.requests_per_session, "requests"))
    paid = [str(name) for name in groups if name in _PAID]
    rules = len(groups) - len(paid) - groups.count(_BOT_CONTROL)
    yield CostLine(FAMILY, f"web ACL {firewall.id}", 1, prices.price("firewall"), "1 web ACL")
    yield CostLine(FAMILY, f"rules of {firewall.id}", rules, prices.price("firewall-rules"), counted(rules, "rule"))
    yield CostLine(FAMILY, f"requests to {firewall.id}", requests, prices.price("firewall-requests"), formula)
    if _BOT_CONTROL in groups:
        yield CostLine(FAMILY, f"Bot Control of {firewall.id}", 1, prices.price("firewall-bot-control"), "1 web ACL")
        price = prices.price("firewall-bot-requests")
        yield CostLine(FAMILY, f"Bot Control requests to {firewall.id}", requests, price, formula)
    for name in paid:
        yield CostLine(FAMILY, f"{name} of {firewall.id}", 1, prices.price("firewall-paid-rules"), "1 rule group")
