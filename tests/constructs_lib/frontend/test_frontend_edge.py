import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms

from constructs_lib.frontend import ChatAgent, ChatFrontend, FrontendDomain, FrontendEdge
from tests.constructs_lib.frontend.support import DOMAIN, NAME, Surroundings, front_end, surroundings
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, only, resources, stack, template, text

PREFIX_LIST = "pl-3b927c52"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def edge(of: cdk.Stack, **props: Any) -> FrontendEdge:
    return FrontendEdge(of, "Edge", **{"domain": DOMAIN, "origin_prefix_list_id": PREFIX_LIST, **props})


def test_the_page_shows_how() -> None:
    around = surroundings()
    of = stack("Chat", app=around.app)
    agent, users, secret, network, domain = around.agent, around.users, around.secret, around.network, DOMAIN
    # --8<-- [start:edge]
    at_edge = FrontendEdge(of, "Edge", domain=domain, origin_prefix_list_id="pl-3b927c52")
    chat = ChatFrontend(
        of,
        "Chat",
        agents=[ChatAgent("Assistant", agent)],
        users=users,
        client_secret=secret,
        network=network,
        domain=domain,
        edge=at_edge,
    )
    # --8<-- [end:edge]
    assert chat.web_acl is at_edge.web_acl
    assert chat.distribution is not None


@pytest.fixture(scope="module")
def around() -> Surroundings:
    return surroundings()


@pytest.fixture(scope="module")
def made(around: Surroundings) -> dict[str, Any]:
    of = stack("Chat", app=around.app)
    front_end(of, around, edge=edge(of))
    return dict(template(of))


def test_load_balancer_has_no_address_on_the_internet(made: dict[str, Any]) -> None:
    balancer = only(made, "AWS::ElasticLoadBalancingV2::LoadBalancer")["Properties"]
    assert balancer["Scheme"] == "internal"
    assert "FrontEndSubnet" in text(balancer["Subnets"])
    listener = only(made, "AWS::ElasticLoadBalancingV2::Listener")["Properties"]
    assert listener["Port"] == 443


def test_load_balancer_lets_in_cloudfront_alone(made: dict[str, Any], around: Surroundings) -> None:
    assert made
    rules = [
        each["Properties"]
        for each in resources(template(around.network_stack), "AWS::EC2::SecurityGroupIngress").values()
        if "LoadBalancer" in text(each["Properties"]["GroupId"])
    ]
    groups = resources(template(around.network_stack), "AWS::EC2::SecurityGroup").items()
    inline = next(each["Properties"] for key, each in groups if "LoadBalancer" in key).get("SecurityGroupIngress", [])
    assert [(each.get("SourcePrefixListId"), each["FromPort"]) for each in [*rules, *inline]] == [(PREFIX_LIST, 443)]


def test_cloudfront_reaches_it_as_a_vpc_origin_by_https(made: dict[str, Any]) -> None:
    origin = only(made, "AWS::CloudFront::VpcOrigin")["Properties"]["VpcOriginEndpointConfig"]
    assert origin["OriginProtocolPolicy"] == "https-only"
    assert origin["OriginSSLProtocols"] == ["TLSv1.2"]
    config = only(made, "AWS::CloudFront::Distribution")["Properties"]["DistributionConfig"]
    # The certificate of the load balancer is for this name.
    assert {each["DomainName"] for each in config["Origins"]} == {NAME}


def test_keeps_no_page_and_passes_websockets(made: dict[str, Any]) -> None:
    config = only(made, "AWS::CloudFront::Distribution")["Properties"]["DistributionConfig"]
    everything = config["DefaultCacheBehavior"]
    # Managed policies: CachingDisabled, AllViewer.
    assert everything["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert everything["OriginRequestPolicyId"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"
    assert everything["ViewerProtocolPolicy"] == "redirect-to-https"
    assert {"GET", "POST", "PUT"} <= set(everything["AllowedMethods"])
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == ["static/*"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_firewall_is_at_the_edge_once(made: dict[str, Any]) -> None:
    acl = only(made, "AWS::WAFv2::WebACL")
    assert acl["Properties"]["Scope"] == "CLOUDFRONT"
    assert not resources(made, "AWS::WAFv2::WebACLAssociation")
    assert "WebACLId" in only(made, "AWS::CloudFront::Distribution")["Properties"]["DistributionConfig"]


def test_the_name_leads_to_cloudfront(made: dict[str, Any]) -> None:
    records = resources(made, "AWS::Route53::RecordSet").values()
    assert sorted(record["Properties"]["Type"] for record in records) == ["A", "AAAA"]
    for record in records:
        assert "Distribution" in text(record["Properties"]["AliasTarget"]["DNSName"])


def test_one_certificate_where_one_serves_both(made: dict[str, Any]) -> None:
    assert len(resources(made, "AWS::CertificateManager::Certificate")) == 1


def test_a_front_end_of_another_region_takes_its_edge_across(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    chosen = cdk.Environment(account="111122223333", region="us-east-1")
    far = cdk.Stack(app, "Edge", env=chosen, cross_region_references=True)
    key = kms.Key(far, "Key", enable_key_rotation=True)
    at_edge = edge(far, encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    around = surroundings(app, region="us-west-2")
    of = cdk.Stack(
        app, "Chat", env=cdk.Environment(account="111122223333", region="us-west-2"), cross_region_references=True
    )
    front_end(of, around, edge=at_edge)
    app.synth()
    built = json.loads((tmp_path / "Chat.template.json").read_text())
    assert len(resources(built, "AWS::CertificateManager::Certificate")) == 1
    assert not resources(built, "AWS::WAFv2::WebACL")
    config = only(built, "AWS::CloudFront::Distribution")["Properties"]["DistributionConfig"]
    assert "Fn::GetAtt" in text(config["WebACLId"])


def test_no_findings_with_keys(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    around = surroundings(app)
    of = stack("Chat", app=app)
    front_end(of, around, edge=edge(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True)))
    assert findings(app, tmp_path) == []
    assert complaints(json.loads((tmp_path / "Chat.template.json").read_text())) == []


class TestFails:
    def test_fails_in_another_region(self) -> None:
        with pytest.raises(ValueError, match="serve CloudFront from us-east-1 only, got a stack of 'us-west-2'"):
            edge(stack(region="us-west-2"))

    def test_fails_without_a_region(self) -> None:
        with pytest.raises(ValueError, match="got a stack of no Region"):
            edge(stack(region=None))

    def test_fails_for_an_id_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="the id of a prefix list is 'pl-'"):
            edge(stack(), origin_prefix_list_id="com.amazonaws.global.cloudfront.origin-facing")

    def test_fails_for_a_rate_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="requests_per_address is 10 or more"):
            edge(stack(), requests_per_address=1)

    def test_fails_for_a_certificate_nobody_could_validate(self) -> None:
        of = stack()
        certificate = acm.Certificate.from_certificate_arn(of, "Certificate", CERTIFICATE)
        with pytest.raises(ValueError, match=r"nobody could validate a certificate for 'chat.example.com'"):
            edge(of, domain=FrontendDomain.elsewhere(NAME, certificate=certificate))

    def test_fails_for_the_edge_of_another_domain(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        other = FrontendDomain.in_zone_of_id("x.example.com", hosted_zone_id="Z0123456789ABC", zone_name="example.com")
        with pytest.raises(ValueError, match=r"the edge 'Chat/Edge' serves 'x.example.com', got the domain 'chat.exam"):
            front_end(of, around, edge=edge(of, domain=other))

    def test_fails_for_a_second_limit(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        with pytest.raises(
            ValueError, match="the firewall is that of the edge 'Chat/Edge', got requests_per_address=99"
        ):
            front_end(of, around, edge=edge(of), requests_per_address=99)
