"""How people come in: by the load balancer, by CloudFront, or on one's own machine."""

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct, IDependable

from constructs_lib._place import place_of
from constructs_lib.frontend import _load_balancer as balancing
from constructs_lib.frontend._access_logs import access_log_bucket, log_to
from constructs_lib.frontend._distribution import distribution
from constructs_lib.frontend._firewall import log_requests, web_acl
from constructs_lib.frontend.frontend_domain import FrontendDomain
from constructs_lib.frontend.frontend_edge import FrontendEdge
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.network.front_end_network import FrontEndNetwork


@dataclass(frozen=True, kw_only=True)
class EntranceOptions:
    """What an entrance has to know of its front end."""

    network: AgentNetwork
    place: FrontEndNetwork
    idle: Duration
    requests_per_address: int
    access_log_retention: Duration
    log_retention: logs.RetentionDays
    encryption_key: kms.IKey | None
    removal_policy: RemovalPolicy


class Entrance:
    """The load balancer with what stands in front of it.

    Attributes:
        target_group: The tasks.
        load_balancer: The load balancer.
        listener: What serves people there.
        access_logs: The load balancer's logs.
        web_acl: The firewall's rules, here or at the edge.
        web_acl_log_group: The firewall's log.
        distribution: CloudFront's distribution, or None.
        ready: What has to be there before tasks are.
    """

    def __init__(
        self, scope: Construct, options: EntranceOptions, domain: FrontendDomain | None, edge: FrontendEdge | None
    ) -> None:
        self._scope, self._options = scope, options
        self.distribution: cloudfront.Distribution | None = None
        self.target_group = balancing.target_group(scope, options.network)
        self.load_balancer = balancing.load_balancer(
            scope,
            options.network,
            options.place,
            public=domain is not None and edge is None,
            idle=options.idle,
            protected=options.removal_policy != RemovalPolicy.DESTROY,
        )
        self.access_logs = self._log_requests()
        self.ready: list[IDependable] = []
        forward = elb.ListenerAction.forward([self.target_group])
        if domain is None:
            self.listener = balancing.listen_plainly(self.load_balancer, forward)
            self.web_acl, self.web_acl_log_group = self._firewall()
        elif edge is None:
            self.listener = self._open(domain, forward)
            self.web_acl, self.web_acl_log_group = self._firewall()
        else:
            self.listener = self._open_to(edge, forward)
            self.web_acl, self.web_acl_log_group = edge.web_acl, edge.web_acl_log_group
        self.ready.append(self.listener)

    def _log_requests(self) -> s3.Bucket:
        bucket = access_log_bucket(
            self._scope,
            place_of(self._scope),
            retention=self._options.access_log_retention,
            removal_policy=self._options.removal_policy,
        )
        log_to(bucket, self.load_balancer)
        return bucket

    def _open(self, domain: FrontendDomain, action: elb.ListenerAction) -> elb.ApplicationListener:
        zone = domain.hosted_zone(self._scope)
        certificate = domain.certificate or self._certificate(domain, zone)
        place = self._options.place
        balancing.let_in(place, [ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6()], redirect=True)
        balancing.acknowledge_open(place)
        self._name(domain, zone, targets.LoadBalancerTarget(self.load_balancer))
        return balancing.listen(self.load_balancer, certificate, action, redirect=True)

    def _open_to(self, edge: FrontendEdge, action: elb.ListenerAction) -> elb.ApplicationListener:
        domain = edge.domain
        zone = domain.hosted_zone(self._scope)
        same_region = place_of(self._scope).region == place_of(edge).region
        certificate = domain.certificate or (edge.certificate if same_region else self._certificate(domain, zone))
        balancing.let_in(self._options.place, [ec2.Peer.prefix_list(edge.origin_prefix_list_id)], redirect=False)
        balancing.acknowledge_firewall_at_the_edge(self.load_balancer)
        listener = balancing.listen(self.load_balancer, certificate, action, redirect=False)
        self.distribution = distribution(
            self._scope,
            edge,
            self.load_balancer,
            log_retention=self._options.access_log_retention,
            removal_policy=self._options.removal_policy,
        )
        self._name(domain, zone, targets.CloudFrontTarget(self.distribution))
        return listener

    def _certificate(self, domain: FrontendDomain, zone: route53.IHostedZone | None) -> acm.Certificate:
        if zone is None:
            raise ValueError(
                f"nobody could validate a certificate for {domain.name!r}, whose records are made elsewhere; pass"
                " certificate= of the stack's Region to FrontendDomain"
            )
        return acm.Certificate(
            self._scope,
            "Certificate",
            domain_name=domain.name,
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def _name(
        self, domain: FrontendDomain, zone: route53.IHostedZone | None, target: route53.IAliasRecordTarget
    ) -> None:
        if zone is None:
            return
        alias = route53.RecordTarget.from_alias(target)
        route53.ARecord(self._scope, "Ipv4Record", zone=zone, record_name=domain.name, target=alias)
        route53.AaaaRecord(self._scope, "Ipv6Record", zone=zone, record_name=domain.name, target=alias)

    def _firewall(self) -> tuple[wafv2.CfnWebACL, logs.LogGroup]:
        acl = web_acl(self._scope, "WebAcl", requests_per_address=self._options.requests_per_address)
        association = wafv2.CfnWebACLAssociation(
            self._scope,
            "WebAclAssociation",
            resource_arn=self.load_balancer.load_balancer_arn,
            web_acl_arn=acl.attr_arn,
        )
        self.ready.append(association)
        group = log_requests(
            self._scope,
            "WebAcl",
            acl,
            retention=self._options.log_retention,
            encryption_key=self._options.encryption_key,
            removal_policy=self._options.removal_policy,
        )
        return acl, group
