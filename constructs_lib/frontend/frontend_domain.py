"""The name under which people reach a front end."""

import re
from dataclasses import dataclass

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from constructs_lib.frontend._addresses import CALLBACK_PATH

_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")


@dataclass(frozen=True, kw_only=True)
class FrontendDomain:
    """A domain name with its certificate and, where Route 53 holds its zone, its records. Make one with a method.

    The addresses for the user directory come from here, so that they are the same everywhere.

    Attributes:
        name: The full name, such as `assistant.example.com`.
        zone: The hosted zone. None: the records are made elsewhere.
        zone_id: Id of a zone that is known by value.
        zone_name: Its name.
        certificate: The certificate. None: made here and validated by DNS.
    """

    name: str
    zone: route53.IHostedZone | None = None
    zone_id: str | None = None
    zone_name: str | None = None
    certificate: acm.ICertificate | None = None

    @staticmethod
    def in_zone(
        name: str, zone: route53.IHostedZone, *, certificate: acm.ICertificate | None = None
    ) -> "FrontendDomain":
        """A name in a hosted zone of Route 53.

        Args:
            name: The full name, in small letters.
            zone: The zone, a construct.
            certificate: A certificate for the name in the stack's Region. Default: made and validated by DNS.

        Raises:
            ValueError: If the name is not one.
        """
        return FrontendDomain(name=_checked(name), zone=zone, certificate=certificate)

    @staticmethod
    def in_zone_of_id(
        name: str, *, hosted_zone_id: str, zone_name: str, certificate: acm.ICertificate | None = None
    ) -> "FrontendDomain":
        """A name in a hosted zone that exists already, named by value: nothing is looked up at synth.

        Args:
            name: The full name, in small letters.
            hosted_zone_id: The zone's id, `Z…`.
            zone_name: The zone's name, the end of `name`.
            certificate: A certificate for the name in the stack's Region. Default: made and validated by DNS.

        Raises:
            ValueError: If a name or the id is not one, or the name is not in the zone.
        """
        if not _ZONE_ID.fullmatch(hosted_zone_id):
            raise ValueError(
                f"the id of a hosted zone is Z and letters and digits, got {hosted_zone_id!r}; see"
                " `aws route53 list-hosted-zones`"
            )
        _checked(name)
        if name != zone_name and not name.endswith(f".{zone_name}"):
            raise ValueError(f"the name {name!r} is not in the zone {zone_name!r}; name the zone that holds it")
        return FrontendDomain(name=name, zone_id=hosted_zone_id, zone_name=zone_name, certificate=certificate)

    @staticmethod
    def elsewhere(name: str, *, certificate: acm.ICertificate) -> "FrontendDomain":
        """A name whose records are made elsewhere: let it be an alias of the load balancer, or of the distribution.

        Args:
            name: The full name, in small letters.
            certificate: A certificate for the name in the stack's Region.

        Raises:
            ValueError: If the name is not one.
        """
        return FrontendDomain(name=_checked(name), certificate=certificate)

    @property
    def address(self) -> str:
        """Where people go, and where they are sent after they sign out: add it to the client's `logout_urls`."""
        return f"https://{self.name}"

    @property
    def callback_url(self) -> str:
        """Where the login page sends people with a code: add it to the client's `callback_urls`."""
        return f"{self.address}{CALLBACK_PATH}"

    def hosted_zone(self, scope: Construct) -> route53.IHostedZone | None:
        """The zone as a construct below `scope`, or None if the records are made elsewhere."""
        if self.zone is not None or self.zone_id is None:
            return self.zone
        return route53.HostedZone.from_hosted_zone_attributes(
            scope, "Zone", hosted_zone_id=self.zone_id, zone_name=self.zone_name or ""
        )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"a domain is a full name in small letters such as 'assistant.example.com', got {name!r}; leave out scheme,"
            " port and path"
        )
    return name
