"""What a front end behind Amazon CloudFront needs in us-east-1: its firewall and its certificate there."""

import re

from aws_cdk import RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import is_token, place_of
from constructs_lib.frontend._checks import check_rate
from constructs_lib.frontend._firewall import DEFAULT_REQUESTS_PER_ADDRESS, log_requests, web_acl
from constructs_lib.frontend.frontend_domain import FrontendDomain

_EDGE_REGION = "us-east-1"
_PREFIX_LIST = re.compile(r"pl-[0-9a-f]{8,17}")


class FrontendEdge(Construct):
    """Puts a chat front end behind Amazon CloudFront, with the firewall there and a load balancer nobody else reaches.

    AWS WAF and AWS Certificate Manager serve CloudFront from us-east-1 only, so this belongs in a stack of that Region;
    a front end of another Region gets it by `cross_region_references=True` of both stacks. CloudFront reaches the load
    balancer as a VPC origin: it is internal and has no address on the internet.

    Follows https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html

    Args:
        domain: The domain of the front end.
        origin_prefix_list_id: Id of the prefix list `com.amazonaws.global.cloudfront.origin-facing` in the Region of
            the front end, `pl-…` (`aws ec2 describe-managed-prefix-lists`): whom the load balancer lets in.
        certificate: A certificate for the domain in us-east-1. Default: made here and validated by DNS.
        requests_per_address: Requests from one address in 5 minutes above which it is blocked, at least 10.
        log_retention: How long log events are kept.
        encryption_key: Key of us-east-1 that encrypts the firewall's log; its policy is extended. Default: CloudWatch
            Logs' own key.
        removal_policy: What happens to the log when it leaves the stack.

    Attributes:
        domain: The domain.
        certificate: The certificate.
        origin_prefix_list_id: Whom the load balancer lets in.
        web_acl: The firewall's rules.
        web_acl_log_group: What the firewall let through and stopped.

    Raises:
        ValueError: If it is not in us-east-1, the id is not one, or nobody could validate the certificate.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: FrontendDomain,
        origin_prefix_list_id: str,
        certificate: acm.ICertificate | None = None,
        requests_per_address: int = DEFAULT_REQUESTS_PER_ADDRESS,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        region = place_of(self).region
        if region != _EDGE_REGION:
            where = "no Region" if is_token(region) else repr(region)
            raise ValueError(
                f"AWS WAF and certificates serve CloudFront from {_EDGE_REGION} only, got a stack of {where}; put"
                f" FrontendEdge into a stack with env=Environment(region='{_EDGE_REGION}')"
            )
        if not is_token(origin_prefix_list_id) and not _PREFIX_LIST.fullmatch(origin_prefix_list_id):
            raise ValueError(
                f"the id of a prefix list is 'pl-' and hexadecimal digits, got {origin_prefix_list_id!r}; see `aws ec2"
                " describe-managed-prefix-lists`"
            )
        check_rate(requests_per_address)
        zone = domain.hosted_zone(self)
        if certificate is None and zone is None:
            raise ValueError(
                f"nobody could validate a certificate for {domain.name!r}, whose records are made elsewhere; pass"
                f" certificate= one of {_EDGE_REGION}"
            )
        self.domain = domain
        self.origin_prefix_list_id = origin_prefix_list_id
        self.certificate = certificate or acm.Certificate(
            self, "Certificate", domain_name=domain.name, validation=acm.CertificateValidation.from_dns(zone)
        )
        self.web_acl = web_acl(self, "WebAcl", requests_per_address=requests_per_address, edge=True)
        self.web_acl_log_group = log_requests(
            self,
            "WebAcl",
            self.web_acl,
            retention=log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
