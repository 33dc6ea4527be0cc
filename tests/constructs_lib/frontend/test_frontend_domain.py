import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib.frontend import FrontendDomain
from tests.constructs_lib.frontend.support import NAME, front_end, surroundings
from tests.constructs_lib.support import only, resources, stack, template

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"


def test_addresses_for_the_directory() -> None:
    domain = FrontendDomain.in_zone_of_id(NAME, hosted_zone_id="Z0123456789ABC", zone_name="example.com")
    assert domain.address == f"https://{NAME}"
    assert domain.callback_url == f"https://{NAME}/oauth2callback"


def test_a_zone_of_this_app() -> None:
    around = surroundings()
    of = stack("Chat", app=around.app)
    zone = route53.PublicHostedZone(of, "Zone", zone_name="example.com")
    front_end(of, around, domain=FrontendDomain.in_zone(NAME, zone))
    built = template(of)
    (zone_id,) = resources(built, "AWS::Route53::HostedZone")
    records = resources(built, "AWS::Route53::RecordSet").values()
    assert {each["Properties"]["HostedZoneId"]["Ref"] for each in records} == {zone_id}
    options = only(built, "AWS::CertificateManager::Certificate")["Properties"]["DomainValidationOptions"]
    assert options == [{"DomainName": NAME, "HostedZoneId": {"Ref": zone_id}}]


def test_records_elsewhere() -> None:
    around = surroundings()
    of = stack("Chat", app=around.app)
    certificate = acm.Certificate.from_certificate_arn(of, "Certificate", CERTIFICATE)
    front_end(of, around, domain=FrontendDomain.elsewhere(NAME, certificate=certificate))
    built = template(of)
    assert not resources(built, "AWS::Route53::RecordSet")
    assert not resources(built, "AWS::CertificateManager::Certificate")


@pytest.mark.parametrize("name", ["https://chat.example.com", "Chat.example.com", "chat", "chat.example.com/x", ""])
def test_fails_for_a_name_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="a domain is a full name in small letters"):
        FrontendDomain.in_zone_of_id(name, hosted_zone_id="Z0123456789ABC", zone_name="example.com")


def test_fails_for_a_name_outside_of_the_zone() -> None:
    with pytest.raises(ValueError, match=r"'chat.example.org' is not in the zone 'example.com'"):
        FrontendDomain.in_zone_of_id("chat.example.org", hosted_zone_id="Z0123456789ABC", zone_name="example.com")


def test_fails_for_an_id_that_is_none() -> None:
    with pytest.raises(ValueError, match="the id of a hosted zone is Z and letters"):
        FrontendDomain.in_zone_of_id(NAME, hosted_zone_id="example.com", zone_name="example.com")
