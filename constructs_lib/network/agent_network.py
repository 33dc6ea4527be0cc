"""A private network for agents."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import is_token, place_of
from constructs_lib.network._supported_zones import SUPPORTED_ZONE_IDS
from constructs_lib.observability.log_delivery import grant_log_encryption

_MIN_ZONES = 2
# What an agent of this library calls, besides S3 and DynamoDB: its model, its memory and other agents, its gateway's
# tools, logs, traces, the addresses of connected agents, and the registry its image comes from.
_ENDPOINTS: Mapping[str, str] = {
    "BedrockRuntime": "bedrock-runtime",
    "AgentCore": "bedrock-agentcore",
    "AgentCoreGateway": "bedrock-agentcore.gateway",
    "Logs": "logs",
    "XRay": "xray",
    "Ssm": "ssm",
    "EcrApi": "ecr.api",
    "EcrDocker": "ecr.dkr",
}


class AgentNetwork(Construct):
    """A VPC without a way to the internet, in which agents reach the AWS services they need through endpoints.

    Runtime leaves its network interfaces in the subnets for up to eight hours after an agent is deleted, so keep the
    network in a stack of its own. Each interface endpoint costs per hour and zone.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html

    Args:
        zones: Availability zones to span, by name, with their ids, such as `{"us-east-1a": "use1-az1", …}`. AgentCore
            supports some zones only and goes by the id; which name has which id differs between accounts
            (`aws ec2 describe-availability-zones`). At least two.
        cidr: Addresses of the VPC.
        flow_log_retention: How long flow logs are kept.
        encryption_key: Key that encrypts the flow logs; its policy is extended for CloudWatch Logs. Default: CloudWatch
            Logs' own key.
        removal_policy: What happens to the flow logs when they leave the stack.

    Attributes:
        vpc: The L2 VPC.
        agent_security_group: Group of the agents: out by HTTPS, nothing in.
        endpoint_security_group: Group of the endpoints: HTTPS from the agents only.
        flow_log_group: Where flow logs go.

    Raises:
        ValueError: If a zone is not one of the stack's Region or not supported, or fewer than two are given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zones: Mapping[str, str],
        cidr: str = "10.0.0.0/20",
        flow_log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        _check_zones(zones, place.region)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=list(zones),
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Agents", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
            ],
            # It takes a Lambda function to empty the default security group; nothing uses that group.
            restrict_default_security_group=False,
        )
        self.flow_log_group = logs.LogGroup(
            self,
            "FlowLogGroup",
            retention=flow_log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, place)
        self.vpc.add_flow_log("FlowLog", destination=self._flow_log_destination())
        self.agent_security_group = self._security_group("AgentSecurityGroup", "Agents on AgentCore Runtime")
        self.endpoint_security_group = self._security_group("EndpointSecurityGroup", "Endpoints of AWS services")
        self.endpoint_security_group.add_ingress_rule(
            self.agent_security_group, ec2.Port.HTTPS, "HTTPS from the agents"
        )
        # The subnets route to the VPC and, through gateway endpoints, to S3 and DynamoDB only. Narrower rules for these
        # would need the ids of their prefix lists, which synth cannot look up without an account.
        self.agent_security_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "HTTPS to endpoints, S3 and DynamoDB"
        )
        self._add_endpoints()
        self._acknowledge_default_group()

    def runtime_configuration(self, scope: Construct) -> agentcore.RuntimeNetworkConfiguration:
        """The network as a `Runtime` of the L2 takes it.

        Args:
            scope: The construct that holds the runtime.
        """
        return agentcore.RuntimeNetworkConfiguration.using_vpc(
            scope,
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[self.agent_security_group],
        )

    def _security_group(self, id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _flow_log_destination(self) -> ec2.FlowLogDestination:
        role = iam.Role(
            self,
            "FlowLogRole",
            description="Lets the VPC write its flow logs",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"),
        )
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        iam.ManagedPolicy(
            self,
            "FlowLogPolicy",
            description="What flow logs need to be written",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[self.flow_log_group.log_group_arn],
                )
            ],
        )
        # The L2 would write an inline policy.
        return ec2.FlowLogDestination.to_cloud_watch_logs(self.flow_log_group, role.without_policy_updates())

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

    def _add_endpoints(self) -> None:
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        self.vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        for endpoint_id, service in _ENDPOINTS.items():
            self.vpc.add_interface_endpoint(
                endpoint_id,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
                security_groups=[self.endpoint_security_group],
                open=False,
            )


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
