"""A private network for agents."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import Place, is_token, place_of
from constructs_lib.network._dns_firewall import checked_domains, dns_firewall, service_domains
from constructs_lib.network._endpoints import (
    ServiceEndpoint,
    allow,
    allow_buckets,
    allow_tables,
    service_endpoints,
)
from constructs_lib.network._flow_logs import flow_log_destination
from constructs_lib.network._supported_zones import SUPPORTED_ZONE_IDS
from constructs_lib.network.front_end_network import FrontEndNetwork, acknowledge_public_routes, add_ipv6
from constructs_lib.observability.log_delivery import grant_log_encryption

_MIN_ZONES = 2
_AGENTS, _FRONT_END, _PUBLIC = "Agents", "FrontEnd", "Public"
_SUBNET_MASK, _PUBLIC_MASK = 24, 26
_AGENT_SUBNETS = ec2.SubnetSelection(subnet_group_name=_AGENTS)


class AgentNetwork(Construct):
    """A VPC in which agents reach the AWS services they need through endpoints, and nothing else unless you say so.

    Every endpoint has a policy: principals of this account, and its resources. By choice, a front end runs here too:
    its load balancer in public subnets, its tasks in private ones.

    AgentCore leaves its network interfaces in the subnets for up to eight hours after an agent is deleted, so keep the
    network in a stack of its own. Each interface endpoint costs per hour and zone.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html

    Args:
        zones: Availability zones to span, by name, with their ids, such as `{"us-east-1a": "use1-az1", …}`. AgentCore
            supports some zones only and goes by the id; which name has which id differs between accounts
            (`aws ec2 describe-availability-zones`). At least two.
        cidr: Addresses of the VPC.
        front_end: Whether a front end runs here: adds subnets for its load balancer and its tasks.
        nat_gateways: How many NAT gateways the front end's tasks, and with `agents_use_nat` the agents, share as their
            way out, at most one per zone. With one, all lose it with its zone. Default: no way out.
        agents_use_nat: Whether agents may reach the internet through the NAT gateways.
        resolvable_domains: Names that can be resolved besides those of the AWS services used here, such as
            `*.example.com`; all others do not exist (Route 53 Resolver DNS Firewall). Default: every name is resolved.
        flow_log_retention: How long flow logs are kept.
        encryption_key: Key that encrypts the flow logs; its policy is extended for CloudWatch Logs. Default: CloudWatch
            Logs' own key.
        removal_policy: What happens to the flow logs when they leave the stack.

    Attributes:
        vpc: The L2 VPC.
        agent_subnets: Where agents, sandboxes and endpoints are.
        agent_security_group: Group of the agents: out by HTTPS, nothing in.
        endpoint_security_group: Group of the endpoints: HTTPS from agents and front end only.
        endpoints: The L2 interface endpoints, by id, such as `BedrockRuntime`: `add_to_policy` lets more through.
        gateway_endpoints: The L2 gateway endpoints, `S3` and `DynamoDb`.
        front_end: Where a front end runs, or None.
        dns_firewall: The rules of the DNS firewall, or None.
        flow_log_group: Where flow logs go.

    Raises:
        ValueError: If a zone is not one of the stack's Region or not supported, fewer than two are given, or NAT
            gateways have nobody to use them, or more than one a zone.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zones: Mapping[str, str],
        cidr: str = "10.0.0.0/20",
        front_end: bool = False,
        nat_gateways: int = 0,
        agents_use_nat: bool = False,
        resolvable_domains: Sequence[str] | None = None,
        flow_log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        _check_zones(zones, place.region)
        _check_nat(nat_gateways, zones=len(zones), front_end=front_end, agents_use_nat=agents_use_nat)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=list(zones),
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            nat_gateways=nat_gateways,
            subnet_configuration=_subnets(front_end=front_end, nat=nat_gateways > 0, agents_use_nat=agents_use_nat),
            # It takes a Lambda function to empty the default security group; nothing uses that group.
            restrict_default_security_group=False,
        )
        self.agent_subnets = _AGENT_SUBNETS
        self.flow_log_group = logs.LogGroup(
            self,
            "FlowLogGroup",
            retention=flow_log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place)
        self.vpc.add_flow_log("FlowLog", destination=flow_log_destination(self, self.flow_log_group))
        self.agent_security_group = self._security_group("AgentSecurityGroup", "Agents on AgentCore Runtime")
        self.endpoint_security_group = self._security_group("EndpointSecurityGroup", "Endpoints of AWS services")
        self._open_endpoints(self.agent_security_group, "the agents")
        self.front_end = self._front_end(reaches_internet=nat_gateways > 0) if front_end else None
        if front_end or nat_gateways:
            acknowledge_public_routes(self.vpc)
        services = service_endpoints(place)
        self.endpoints = {each.id: self._endpoint(each) for each in services}
        self.gateway_endpoints = self._gateway_endpoints(place)
        self.dns_firewall = None
        if resolvable_domains is not None:
            names = [*service_domains(services, place, sign_in=front_end), *checked_domains(resolvable_domains)]
            self.dns_firewall = dns_firewall(self, self.vpc, names)
        self._acknowledge_default_group()

    def runtime_configuration(self, scope: Construct) -> agentcore.RuntimeNetworkConfiguration:
        """The network as a `Runtime` of the L2 takes it.

        Args:
            scope: The construct that holds the runtime.
        """
        return agentcore.RuntimeNetworkConfiguration.using_vpc(
            scope, vpc=self.vpc, vpc_subnets=self.agent_subnets, security_groups=[self.agent_security_group]
        )

    def _security_group(self, id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _open_endpoints(self, group: ec2.SecurityGroup, whose: str) -> None:
        self.endpoint_security_group.add_ingress_rule(group, ec2.Port.HTTPS, f"HTTPS from {whose}")
        # Without NAT, the subnets route to the VPC and, through gateway endpoints, to S3 and DynamoDB only. Narrower
        # rules for these would need the ids of their prefix lists, which synth cannot look up without an account.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "HTTPS to endpoints, S3 and DynamoDB")

    def _front_end(self, *, reaches_internet: bool) -> FrontEndNetwork:
        tasks = self._security_group("FrontEndSecurityGroup", "Tasks of the front end")
        self._open_endpoints(tasks, "the front end")
        add_ipv6(self, self.vpc)
        return FrontEndNetwork(
            load_balancer_subnets=ec2.SubnetSelection(subnet_group_name=_PUBLIC),
            task_subnets=ec2.SubnetSelection(subnet_group_name=_FRONT_END),
            load_balancer_security_group=self._security_group(
                "LoadBalancerSecurityGroup", "Load balancer of the front end"
            ),
            task_security_group=tasks,
            reaches_internet=reaches_internet,
        )

    def _endpoint(self, endpoint: ServiceEndpoint) -> ec2.InterfaceVpcEndpoint:
        made = self.vpc.add_interface_endpoint(
            endpoint.id,
            service=ec2.InterfaceVpcEndpointAwsService(endpoint.service),
            subnets=self.agent_subnets,
            security_groups=[self.endpoint_security_group],
            open=False,
        )
        allow(made, endpoint.statements)
        return made

    def _gateway_endpoints(self, place: Place) -> Mapping[str, ec2.GatewayVpcEndpoint]:
        subnets = [self.agent_subnets, *([self.front_end.task_subnets] if self.front_end else [])]
        service = ec2.GatewayVpcEndpointAwsService
        buckets = self.vpc.add_gateway_endpoint("S3", service=service.S3, subnets=subnets)
        allow_buckets(buckets, place)
        tables = self.vpc.add_gateway_endpoint("DynamoDb", service=service.DYNAMODB, subnets=subnets)
        allow_tables(tables, place)
        return {"S3": buckets, "DynamoDb": tables}

    def _acknowledge_default_group(self) -> None:
        reason = (
            "Nothing joins the default security group: agents and endpoints have their own. Emptying it takes a"
            " Lambda function with rights on security groups, which would widen what the rule wants narrow."
        )
        cdk.Validations.of(self.vpc).acknowledge(
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-VPCDefaultSecurityGroupClosed", reason=reason)
                for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
            )
        )


def _subnets(*, front_end: bool, nat: bool, agents_use_nat: bool) -> list[ec2.SubnetConfiguration]:
    # Agents come first: with or without a front end, they keep their addresses.
    private, with_way_out = ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS
    subnets = [
        ec2.SubnetConfiguration(
            name=_AGENTS, subnet_type=with_way_out if agents_use_nat else private, cidr_mask=_SUBNET_MASK
        )
    ]
    if front_end:
        subnets.append(
            ec2.SubnetConfiguration(
                name=_FRONT_END, subnet_type=with_way_out if nat else private, cidr_mask=_SUBNET_MASK
            )
        )
    if front_end or nat:
        subnets.append(
            ec2.SubnetConfiguration(
                name=_PUBLIC,
                subnet_type=ec2.SubnetType.PUBLIC,
                cidr_mask=_PUBLIC_MASK,
                map_public_ip_on_launch=False,
            )
        )
    return subnets


def _check_nat(nat_gateways: int, *, zones: int, front_end: bool, agents_use_nat: bool) -> None:
    if not 0 <= nat_gateways <= zones:
        raise ValueError(f"nat_gateways is 0 to one per zone, here {zones}, got {nat_gateways}")
    if nat_gateways and not (front_end or agents_use_nat):
        raise ValueError(
            f"nobody would use the NAT gateways, got nat_gateways={nat_gateways} with neither front_end nor"
            " agents_use_nat; set one of them, or leave nat_gateways out"
        )
    if agents_use_nat and not nat_gateways:
        raise ValueError("agents_use_nat=True needs a NAT gateway; pass nat_gateways=1 or one per zone")


def _check_zones(zones: Mapping[str, str], region: str) -> None:
    if len(zones) < _MIN_ZONES:
        raise ValueError(f"an agent network spans at least {_MIN_ZONES} zones, got {dict(zones)!r}; name another zone")
    if len(set(zones.values())) < len(zones):
        raise ValueError(f"two zones have the same id, got {dict(zones)!r}; see `aws ec2 describe-availability-zones`")
    if is_token(region):
        return
    foreign = [name for name in zones if not name.startswith(region)]
    if foreign:
        raise ValueError(f"the zone {foreign[0]!r} is not in the stack's Region {region!r}; name zones of that Region")
    supported = SUPPORTED_ZONE_IDS.get(region)
    if supported is None:
        return
    wrong = {name: zone_id for name, zone_id in zones.items() if zone_id not in supported}
    if wrong:
        raise ValueError(
            f"AgentCore has no network interfaces in {wrong!r}; in {region!r} it supports the zone ids"
            f" {', '.join(sorted(supported))}"
        )
