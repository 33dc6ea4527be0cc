"""Where a front end runs in a network."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import Fn
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

_IPV6_SUBNET_BITS = "64"


@dataclass(frozen=True, kw_only=True)
class FrontEndNetwork:
    """The part of an `AgentNetwork` in which a front end runs: a load balancer in public, its tasks in private.

    Attributes:
        load_balancer_subnets: Public subnets with IPv4 and IPv6 addresses. Nothing but the load balancer and NAT
            gateways belongs there.
        task_subnets: Private subnets, IPv4 only.
        load_balancer_security_group: Group of the load balancer: nothing in, nothing out, until a front end says so.
        task_security_group: Group of the tasks: out by HTTPS, nothing in until a front end says so.
        reaches_internet: Whether the private subnets have a way out, by NAT gateways.
    """

    load_balancer_subnets: ec2.SubnetSelection
    task_subnets: ec2.SubnetSelection
    load_balancer_security_group: ec2.SecurityGroup
    task_security_group: ec2.SecurityGroup
    reaches_internet: bool


def add_ipv6(scope: Construct, vpc: ec2.Vpc) -> None:
    """Give the public subnets IPv6 addresses, and them alone: private ones would need a way out of their own."""
    block = ec2.CfnVPCCidrBlock(scope, "Ipv6Addresses", vpc_id=vpc.vpc_id, amazon_provided_ipv6_cidr_block=True)
    addresses = Fn.cidr(Fn.select(0, vpc.vpc_ipv6_cidr_blocks), len(vpc.public_subnets), _IPV6_SUBNET_BITS)
    for index, subnet in enumerate(vpc.public_subnets):
        resource = subnet.node.default_child
        assert isinstance(resource, ec2.CfnSubnet)  # noqa: S101 -- the L2's own resource
        resource.ipv6_cidr_block = Fn.select(index, addresses)
        resource.add_resource_dependency(block)
        assert isinstance(subnet, ec2.PublicSubnet)  # noqa: S101 -- of the L2's own making
        subnet.add_route(
            "Ipv6Route",
            router_id=vpc.internet_gateway_id or "",
            router_type=ec2.RouterType.GATEWAY,
            destination_ipv6_cidr_block="::/0",
        )
        subnet.node.find_child("Ipv6Route").node.add_dependency(vpc.node.find_child("VPCGW"))


def acknowledge_public_routes(vpc: ec2.Vpc) -> None:
    """Why the public subnets have a route to the internet."""
    reason = (
        "Only the load balancer and NAT gateways are in these subnets, and nothing gets a public address by itself:"
        " a load balancer that users reach needs the route. Agents and tasks are in subnets without it."
    )
    for subnet in vpc.public_subnets:
        cdk.Validations.of(subnet).acknowledge(
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-VPCNoUnrestrictedRouteToIGW", reason=reason)
                for pack in ("NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security")
            )
        )
