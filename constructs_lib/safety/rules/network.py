"""Networks of runtimes and sandbox tools."""

from collections.abc import Iterator, Mapping

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource, mappings
from constructs_lib.safety.rules.values import can_be, listed

RULES = RuleSet()
RUNTIME, BROWSER = f"{AGENTCORE}Runtime", f"{AGENTCORE}BrowserCustom"
INTERPRETER = f"{AGENTCORE}CodeInterpreterCustom"
GROUP, SUBNET = "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"
EGRESS, INGRESS = "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"
_NETWORKED = (RUNTIME, BROWSER, INTERPRETER)
_CONFIGURATIONS = ("NetworkConfiguration.NetworkModeConfig", "NetworkConfiguration.VpcConfig")
_EVERYWHERE = (("CidrIp", "0.0.0.0/0"), ("CidrIpv6", "::/0"))


@RULES.rule(
    "PublicNetworkInProduction",
    Severity.WARNING,
    "In production agents reach the network through a VPC",
    RUNTIME,
    BROWSER,
    why="In the network mode PUBLIC nothing stands between an agent that is led astray and the Internet.",
    remedy="Set NetworkMode to VPC, with subnets and security groups that allow what is needed.",
    demand=Demand.PRODUCTION,
)
def _public(resource: Resource) -> Iterator[Hit]:
    if can_be(resource.get("NetworkConfiguration.NetworkMode"), "PUBLIC"):
        yield Hit("Properties.NetworkConfiguration.NetworkMode", "the network mode is PUBLIC")


@RULES.rule(
    "SecurityGroupOpenOut",
    Severity.WARNING,
    "An agent's security group names where it may go",
    GROUP,
    why="A VPC keeps nothing in when its security group lets every port out to every address.",
    remedy="Set allow_all_outbound to false and allow the ports and destinations that are used, such as HTTPS to VPC"
    " endpoints.",
)
def _egress(group: Resource) -> Iterator[Hit]:
    if _of_agent(group):
        for where, rule in _rules(group, "SecurityGroupEgress", EGRESS):
            if can_be(rule.get("IpProtocol"), "-1", -1) and _everywhere(rule):
                yield Hit(where, "every port to every address is open")


@RULES.rule(
    "SecurityGroupOpenIn",
    Severity.ERROR,
    "Nobody connects to an agent's network interface",
    GROUP,
    why="Agents and sandboxes are called through AgentCore; what listens on their interfaces is reached past"
    " its checks.",
    remedy="Remove the ingress rule.",
)
def _ingress(group: Resource) -> Iterator[Hit]:
    if _of_agent(group):
        for where, rule in _rules(group, "SecurityGroupIngress", INGRESS):
            if _everywhere(rule):
                yield Hit(where, "connections from every address are let in")


@RULES.rule(
    "SingleSubnet",
    Severity.WARNING,
    "An agent's network spans two Availability Zones",
    *_NETWORKED,
    why="With one subnet the agent is down with its zone.",
    remedy="Name subnets of at least two zones that AgentCore supports.",
)
def _single(resource: Resource) -> Iterator[Hit]:
    for path in _CONFIGURATIONS:
        subnets = resource.get(f"{path}.Subnets")
        if isinstance(subnets, list) and len(subnets) == 1 and "Fn::If" not in str(subnets[0]):
            yield Hit(f"Properties.{path}.Subnets", "there is one subnet")


@RULES.rule(
    "PublicSubnet",
    Severity.WARNING,
    "Agents are in private subnets",
    *_NETWORKED,
    why="AgentCore's network interfaces get no public address: in a public subnet they reach neither the Internet nor"
    " AWS without endpoints.",
    remedy="Name private subnets with a NAT gateway or VPC endpoints.",
)
def _public_subnet(resource: Resource) -> Iterator[Hit]:
    for path in _CONFIGURATIONS:
        for subnet in sorted(resource.refers(f"{path}.Subnets"), key=lambda each: each.logical_id):
            if subnet.type == SUBNET and can_be(subnet.get("MapPublicIpOnLaunch"), True, "true"):
                yield Hit(f"Properties.{path}.Subnets", f"{subnet.logical_id} is public", subnet.logical_id)


def _of_agent(group: Resource) -> bool:
    return group in group.template.deployment.once(_groups)


def _groups(deployment: Deployment) -> set[Resource]:
    holders = deployment.of_type(*_NETWORKED)
    return {group for each in holders for path in _CONFIGURATIONS for group in each.refers(f"{path}.SecurityGroups")}


def _rules(group: Resource, inline: str, type: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, rule in enumerate(mappings(group.get(inline))):
        yield f"Properties.{inline}.{index}", rule
    for each in group.template.of_type(type):
        if group in each.refers("GroupId"):
            yield f"{each.logical_id}.Properties", each.properties


def _everywhere(rule: Mapping[str, object]) -> bool:
    return any(can_be(each, address) for name, address in _EVERYWHERE for each in listed(rule.get(name)))
