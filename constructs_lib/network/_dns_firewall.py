"""Which names can be resolved in a network."""

import re
from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53resolver as route53resolver
from constructs import Construct

from constructs_lib._place import Place, is_token
from constructs_lib.network._endpoints import ServiceEndpoint

_DOMAIN = re.compile(r"(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9-]{2,63}\.?")
_MAX_DOMAIN = 255
_ALLOW_PRIORITY, _BLOCK_PRIORITY = 100, 200
# Between 100 and 9,900, both excluded: those are of AWS Firewall Manager.
_GROUP_PRIORITY = 101


def checked_domains(domains: Sequence[str]) -> list[str]:
    """Names that a domain list takes: `*.` may stand at the start only."""
    if isinstance(domains, str):
        raise ValueError(f"resolvable_domains is a sequence of names, got {domains!r}; pass [{domains!r}]")  # noqa: TRY004
    for domain in domains:
        if not is_token(domain) and not (_DOMAIN.fullmatch(domain) and len(domain) <= _MAX_DOMAIN):
            raise ValueError(
                f"resolvable_domains are names such as 'example.com' or '*.example.com', got {domain!r}; leave out"
                " scheme, port and path"
            )
    return list(domains)


def service_domains(endpoints: Sequence[ServiceEndpoint], place: Place, *, sign_in: bool) -> list[str]:
    """Names of the AWS services that a network has endpoints for, and of Amazon Cognito where users sign in."""
    hosts = [host for endpoint in endpoints for host in endpoint.hosts]
    hosts += ["s3", "*.s3", "dynamodb", "*.ddb", *(["cognito-idp"] if sign_in else [])]
    # Buckets of us-east-1 have names without a Region, too.
    names = [*(f"{host}.{place.region}.amazonaws.com" for host in hosts), "s3.amazonaws.com", "*.s3.amazonaws.com"]
    return [*names, f"*.auth.{place.region}.amazoncognito.com"] if sign_in else names


def dns_firewall(scope: Construct, vpc: ec2.IVpc, domains: Sequence[str]) -> route53resolver.CfnFirewallRuleGroup:
    """Answer for these names only, and say of all others that they do not exist.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html
    """
    allowed = route53resolver.CfnFirewallDomainList(scope, "AllowedDomains", domains=list(domains))
    every = route53resolver.CfnFirewallDomainList(scope, "EveryDomain", domains=["*"])
    rule = route53resolver.CfnFirewallRuleGroup.FirewallRuleProperty
    group = route53resolver.CfnFirewallRuleGroup(
        scope,
        "FirewallRules",
        firewall_rules=[
            rule(
                action="ALLOW",
                priority=_ALLOW_PRIORITY,
                firewall_domain_list_id=allowed.attr_id,
                # What an allowed name is an alias of is for its owner to say.
                firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
            ),
            rule(
                action="BLOCK",
                block_response="NXDOMAIN",
                priority=_BLOCK_PRIORITY,
                firewall_domain_list_id=every.attr_id,
            ),
        ],
    )
    route53resolver.CfnFirewallRuleGroupAssociation(
        scope, "FirewallAssociation", firewall_rule_group_id=group.attr_id, vpc_id=vpc.vpc_id, priority=_GROUP_PRIORITY
    )
    return group
