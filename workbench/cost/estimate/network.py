"""VPC endpoints, NAT gateways, public addresses, DNS firewall, and data that leaves AWS."""

from collections.abc import Iterator

from workbench.cost.formulas import HOURS, KB_PER_GB, counted, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources
from workbench.cost.usage import Usage

_ENDPOINT, _NAT, _ADDRESS = "AWS::EC2::VPCEndpoint", "AWS::EC2::NatGateway", "AWS::EC2::EIP"
_DOMAINS, _RULES = "AWS::Route53Resolver::FirewallDomainList", "AWS::Route53Resolver::FirewallRuleGroup"
_ZONE, _CHECK, _RECORD = "AWS::Route53::HostedZone", "AWS::Route53::HealthCheck", "AWS::Route53::RecordSet"
TYPES = frozenset({_ENDPOINT, _NAT, _ADDRESS, _DOMAINS, _RULES, _ZONE, _CHECK, _RECORD})
FAMILY = "Network"

_HOURLY = "Interface"


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """What the network costs whether it is used or not, and what goes over it."""
    traffic = usage.turns * usage.network.kb_per_turn / KB_PER_GB
    formula = product((usage.turns, "turns"), (usage.network.kb_per_turn, "KB"))
    interfaces = [each for each in resources.of(_ENDPOINT) if each.text("VpcEndpointType") == _HOURLY]
    if interfaces:
        zones = sum(_zones(each) for each in interfaces)
        hours = f"{len(interfaces)} endpoints, {zones} with their zones × {HOURS:g} h"
        yield CostLine(FAMILY, "interface endpoints", zones * HOURS, prices.price("endpoint-hours"), hours)
        yield CostLine(FAMILY, "data over endpoints", traffic, prices.price("endpoint-data"), formula)
    if gateways := len(resources.of(_NAT)):
        hours = f"{counted(gateways, 'gateway')} × {HOURS:g} h"
        yield CostLine(FAMILY, "NAT gateways", gateways * HOURS, prices.price("nat-hours"), hours)
        # What endpoints do not take goes over NAT.
        through = 0.0 if interfaces else traffic
        yield CostLine(FAMILY, "data over NAT", through, prices.price("nat-data"), formula if through else "0 GB")
    if addresses := len(resources.of(_ADDRESS)):
        hours = f"{counted(addresses, 'public address')} × {HOURS:g} h"
        yield CostLine(FAMILY, "public addresses", addresses * HOURS, prices.price("public-addresses"), hours)
    out = usage.turns * usage.network.out_kb_per_turn / KB_PER_GB
    answered = product((usage.turns, "turns"), (usage.network.out_kb_per_turn, "KB"))
    yield CostLine(FAMILY, "data out to the internet", out, prices.price("data-out"), answered)
    yield from _names(resources, usage, prices)


def _zones(endpoint: Found) -> int:
    return len(endpoint.list("SubnetIds")) or 1


def _names(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    asked = usage.turns * usage.network.dns_queries_per_turn
    formula = product((usage.turns, "turns"), (usage.network.dns_queries_per_turn, "queries"))
    if resources.of(_RULES):
        yield CostLine(FAMILY, "DNS firewall queries", asked, prices.price("dns-firewall-queries"), formula)
    if lists := resources.of(_DOMAINS):
        domains = sum(len(each.list("Domains")) for each in lists)
        price = prices.price("dns-firewall-domains")
        yield CostLine(FAMILY, "DNS firewall domains", domains, price, counted(domains, "domain"))
    if zones := len(resources.of(_ZONE)):
        yield CostLine(FAMILY, "hosted zones", zones, prices.price("hosted-zones"), counted(zones, "zone"))
    if resources.of(_ZONE, _RECORD):
        yield CostLine(
            FAMILY, "DNS queries", usage.sessions, prices.price("dns-queries"), f"{number(usage.sessions)} sessions"
        )
    if checks := len(resources.of(_CHECK)):
        yield CostLine(FAMILY, "health checks", checks, prices.price("health-checks"), counted(checks, "check"))
