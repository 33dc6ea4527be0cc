"""The load balancer in front of the tasks."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct, IConstruct

from constructs_lib._findings import skip_checkov
from constructs_lib.frontend._task import HEALTH_PATH, PORT
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.network.front_end_network import FrontEndNetwork

_HTTP, _HTTPS = 80, 443
# TLS 1.3 and 1.2, without CBC, with post-quantum key exchange.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = elb.SslPolicy.TLS13_12_RES_PQ
_STICKY_FOR = Duration.days(1)
_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
_REDIRECTS = (
    "This listener answers nothing but a redirect to HTTPS, so that an address typed without a scheme works; the"
    " listener for HTTPS has the certificate."
)
_GOES_WITH_ITS_STACK = (
    "It is asked for by removal_policy=DESTROY: a protected load balancer could not be deleted with its stack. It holds"
    " no data."
)
_OWN_MACHINE = (
    "This load balancer is internal, its group lets nobody in, and its address is one of the machine itself: the"
    " construct refuses plain HTTP under any other."
)
_DRAIN = Duration.seconds(60)


def front_end_place(network: AgentNetwork, *, needs_internet: bool) -> FrontEndNetwork:
    """Where the front end runs, if it can run there."""
    place = network.front_end
    if place is None:
        raise ValueError(
            f"the network {network.node.path!r} has no place for a front end; pass front_end=True to AgentNetwork"
        )
    if needs_internet and not place.reaches_internet:
        # https://docs.aws.amazon.com/cognito/latest/developerguide/vpc-interface-endpoints.html
        raise ValueError(
            f"the network {network.node.path!r} has no way to Amazon Cognito's login page, which no VPC endpoint"
            " serves, and the front end exchanges codes for tokens there; pass nat_gateways=1 or more to AgentNetwork"
        )
    return place


def target_group(scope: Construct, network: AgentNetwork) -> elb.ApplicationTargetGroup:
    """The tasks. People stay with one: Streamlit keeps a session's state in its memory."""
    return elb.ApplicationTargetGroup(
        scope,
        "Tasks",
        vpc=network.vpc,
        port=PORT,
        protocol=elb.ApplicationProtocol.HTTP,
        target_type=elb.TargetType.IP,
        stickiness_cookie_duration=_STICKY_FOR,
        # Conversations are long and few, so the number of requests says little of how busy a task is.
        load_balancing_algorithm_type=elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
        deregistration_delay=_DRAIN,
        health_check=elb.HealthCheck(
            path=HEALTH_PATH,
            healthy_http_codes="200",
            interval=Duration.seconds(15),
            timeout=Duration.seconds(5),
            healthy_threshold_count=2,
            unhealthy_threshold_count=3,
        ),
    )


def load_balancer(
    scope: Construct, network: AgentNetwork, place: FrontEndNetwork, *, public: bool, idle: Duration, protected: bool
) -> elb.ApplicationLoadBalancer:
    """A load balancer that takes no header it cannot read."""
    balancer = elb.ApplicationLoadBalancer(
        scope,
        "LoadBalancer",
        vpc=network.vpc,
        vpc_subnets=place.load_balancer_subnets if public else place.task_subnets,
        security_group=place.load_balancer_security_group,
        internet_facing=public,
        ip_address_type=elb.IpAddressType.DUAL_STACK if public else elb.IpAddressType.IPV4,
        idle_timeout=idle,
        drop_invalid_header_fields=True,
        desync_mitigation_mode=elb.DesyncMitigationMode.DEFENSIVE,
        deletion_protection=protected,
    )
    if not protected:
        _acknowledge(balancer, ["ELBDeletionProtectionEnabled"], _GOES_WITH_ITS_STACK)
        skip_checkov(balancer, {"CKV_AWS_150": _GOES_WITH_ITS_STACK})
    return balancer


def listen(
    balancer: elb.ApplicationLoadBalancer, certificate: acm.ICertificate, action: elb.ListenerAction, *, redirect: bool
) -> elb.ApplicationListener:
    """HTTPS, and a redirect to it for whoever comes by HTTP."""
    listener = balancer.add_listener(
        "Https",
        port=_HTTPS,
        protocol=elb.ApplicationProtocol.HTTPS,
        certificates=[certificate],
        ssl_policy=TLS_POLICY,
        open=False,
        default_action=action,
    )
    if redirect:
        redirecting = balancer.add_listener(
            "Http",
            port=_HTTP,
            protocol=elb.ApplicationProtocol.HTTP,
            open=False,
            default_action=elb.ListenerAction.redirect(
                protocol="HTTPS", port=str(_HTTPS), host="#{host}", path="/#{path}", query="#{query}", permanent=True
            ),
        )
        _acknowledge(redirecting, ["ELBv2ACMCertificateRequired"], _REDIRECTS)
    return listener


def listen_plainly(balancer: elb.ApplicationLoadBalancer, action: elb.ListenerAction) -> elb.ApplicationListener:
    """HTTP, for a load balancer that only its own network reaches."""
    listener = balancer.add_listener(
        "Http", port=_HTTP, protocol=elb.ApplicationProtocol.HTTP, open=False, default_action=action
    )
    _acknowledge(listener, ["ELBv2ACMCertificateRequired", "ALBHttpToHttpsRedirection"], _OWN_MACHINE)
    skip_checkov(listener, {"CKV_AWS_2": _OWN_MACHINE, "CKV_AWS_103": _OWN_MACHINE})
    return listener


def let_in(place: FrontEndNetwork, peers: Sequence[ec2.IPeer], *, redirect: bool) -> None:
    """Open the load balancer's group."""
    group = place.load_balancer_security_group
    for peer in peers:
        group.add_ingress_rule(peer, ec2.Port.HTTPS, "HTTPS")
        if redirect:
            group.add_ingress_rule(peer, ec2.Port.HTTP, "HTTP, to be redirected")


def acknowledge_open(place: FrontEndNetwork) -> None:
    """Why everybody may knock."""
    reason = (
        "This is the front door of a web application for people anywhere: AWS WAF stands in front of it, and nothing is"
        " shown before one has signed in. Port 80 does nothing but redirect."
    )
    cdk.Validations.of(place.load_balancer_security_group).acknowledge(
        cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-EC23", reason=reason)
    )
    skip_checkov(place.load_balancer_security_group, {"CKV_AWS_260": reason})


def acknowledge_firewall_at_the_edge(balancer: elb.ApplicationLoadBalancer) -> None:
    """Why the load balancer itself has no web ACL."""
    reason = (
        "AWS WAF stands in front of CloudFront, and this load balancer is internal and lets in CloudFront alone. Here,"
        " a limit per address would count the addresses of CloudFront."
    )
    cdk.Validations.of(balancer).acknowledge(
        *(cdk.Acknowledgment(id=f"{pack}::{pack}-ALBWAFEnabled", reason=reason) for pack in _PACKS)
    )


def _acknowledge(construct: IConstruct, rules: Sequence[str], reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(
        *(cdk.Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason) for rule in rules for pack in _PACKS)
    )
