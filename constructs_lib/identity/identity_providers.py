"""Identity providers that a user directory signs users in with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from constructs_lib.identity._federation import (
    GROUPS,
    OidcClient,
    SamlMetadata,
    check_attributes,
    check_domain,
    check_guid,
    check_issuer,
    check_name,
)

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

# What a directory keeps of a user, by what an identity provider of OpenID Connect calls it.
OIDC_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {"email": "email", "email_verified": "email_verified", "given_name": "given_name", "family_name": "family_name"}
)
_XML_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_ENTRA_GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
# The name of a field, not what is in it.
SECRET_FIELD = "client_secret"  # noqa: S105
OIDC_SCOPES = ("openid", "email", "profile")


@dataclass(frozen=True, kw_only=True)
class IdentityProviderSource:
    """An identity provider. Made by one of the factories, passed to `UserDirectory.add_identity_provider`.

    Follows https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html

    The factories' `groups` is the claim or attribute that holds the user's groups; of these, a token carries the ones
    that the directory has too. Without it, groups are given in the directory.

    Args:
        name: Name of the provider in the directory: 3 to 32 letters, digits, `.` and `-`. Users' names begin with it.
        protocol: How it signs users in.
        attributes: What the directory keeps of a user, by the directory's name for it: the provider's name for it.
        tenant: Tenant of every user of this provider, for the claim `tenant`. Default: what an administrator gave the
            user.
        email_domains: Domains of e-mail addresses whose users are sent to this provider. Default: users choose.

    Raises:
        ValueError: If a name, a domain or an address is not one, or the provider would let anybody in.
    """

    name: str
    protocol: OidcClient | SamlMetadata
    attributes: Mapping[str, str] = field(default_factory=dict)
    tenant: str | None = None
    email_domains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        check_attributes(self.name, self.attributes, tenant=self.tenant)
        for domain in self.email_domains:
            check_domain(f"an e-mail domain of the identity provider {self.name!r}", domain)
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))

    @staticmethod
    def oidc(
        name: str,
        *,
        issuer_url: str,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        scopes: Sequence[str] = OIDC_SCOPES,
        attributes: Mapping[str, str] = OIDC_ATTRIBUTES,
        groups: str | None = None,
        tenant: str | None = None,
        email_domains: Sequence[str] = (),
    ) -> "IdentityProviderSource":
        """Any OpenID Connect provider.

        Args:
            name: As above.
            issuer_url: The issuer, https, as its discovery document spells it.
            client_id: The client that the provider registered for this directory, with the redirect address that the
                directory's `redirect_url` says.
            client_secret: Holds that client's secret. The template refers to it; CloudFormation reads it.
            secret_field: Field of the secret's JSON.
            scopes: What the directory asks for, `openid` among it.
            attributes: What the directory keeps.
            groups: As above.
            tenant: As above.
            email_domains: As above.
        """
        check_issuer(name, issuer_url)
        if "openid" not in scopes:
            raise ValueError(f"OpenID Connect asks for the scope 'openid', got {list(scopes)!r} for {name!r}; add it")
        return IdentityProviderSource(
            name=name,
            protocol=OidcClient(
                issuer_url=issuer_url,
                client_id=client_id,
                client_secret=client_secret,
                secret_field=secret_field,
                scopes=tuple(scopes),
            ),
            attributes=_with_groups(attributes, groups),
            tenant=tenant,
            email_domains=tuple(email_domains),
        )

    @staticmethod
    def saml(
        name: str,
        *,
        metadata: str | Path,
        attributes: Mapping[str, str],
        groups: str | None = None,
        tenant: str | None = None,
        email_domains: Sequence[str] = (),
    ) -> "IdentityProviderSource":
        """Any SAML 2.0 provider. The directory signs its requests and takes no sign-in that it did not ask for.

        Args:
            name: As above.
            metadata: The provider's metadata: an https address, from which Amazon Cognito follows changes of
                certificates, or a file.
            attributes: What the directory keeps, by the provider's names for it.
            groups: As above.
            tenant: As above.
            email_domains: As above.
        """
        return IdentityProviderSource(
            name=name,
            protocol=SamlMetadata.read(name, metadata),
            attributes=_with_groups(attributes, groups),
            tenant=tenant,
            email_domains=tuple(email_domains),
        )

    @staticmethod
    def okta(
        domain: str,
        *,
        client_id: str,
        client_secret: "secretsmanager.ISecret",
        secret_field: str = SECRET_FIELD,
        authorization_server: str | None = None,
        name: str = "Okta",
        groups: str | None = "groups",
        tenant: str | None = None,
        email_domains: Sequence[str] = (),
    ) -> "IdentityProviderSource":
        """Okta, by OpenID Connect.

        Args:
            domain: Your Okta domain, for instance `acme.okta.com`.
            client_id: Client of the app integration (OIDC, web application).
            client_secret: As for `oidc`.
            secret_field: As for `oidc`.
            authorization_server: Id of a custom authorization server, for instance `default`. Default: the
                organization's.
            name: As above.
            groups: Claim with the groups; the app integration has to be set to send it.
            tenant: As above.
            email_domains: As above.
        """
        check_domain("a domain of Okta", domain)
        return IdentityProviderSource.oidc(
            name,
            issuer_url=f"https://{domain}" + (f"/oauth2/{authorization_server}" if authorization_server else ""),
            client_id=client_id,
            client_secret=client_secret,
            secret_field=secret_field,
            scopes=(*OIDC_SCOPES, "groups") if groups else OIDC_SCOPES,
            groups=groups,
            tenant=tenant,
            email_domains=email_domains,
        )

    @staticmethod
    def entra_id(
        tenant_id: str,
        *,
        application_id: str,
        name: str = "EntraID",
        groups: str | None = _ENTRA_GROUPS,
        tenant: str | None = None,
        email_domains: Sequence[str] = (),
    ) -> "IdentityProviderSource":
        """Microsoft Entra ID, by SAML: its metadata is public, so there is no secret to keep.

        Args:
            tenant_id: The Entra tenant, a GUID. Not `common` and the like, which let in every Microsoft account.
            application_id: The enterprise application's id, a GUID.
            name: As above.
            groups: Attribute with the groups; Entra ID sends their object ids unless told to send names.
            tenant: As above.
            email_domains: As above.
        """
        check_guid("tenant_id", tenant_id)
        check_guid("application_id", application_id)
        return IdentityProviderSource.saml(
            name,
            metadata=f"https://login.microsoftonline.com/{tenant_id}/federationmetadata/2007-06/federationmetadata.xml"
            f"?appid={application_id}",
            attributes={
                "email": f"{_XML_CLAIMS}/emailaddress",
                "given_name": f"{_XML_CLAIMS}/givenname",
                "family_name": f"{_XML_CLAIMS}/surname",
            },
            groups=groups,
            tenant=tenant,
            email_domains=email_domains,
        )

    @staticmethod
    def google_workspace(
        metadata: str | Path,
        *,
        name: str = "GoogleWorkspace",
        groups: str | None = "groups",
        tenant: str | None = None,
        email_domains: Sequence[str] = (),
    ) -> "IdentityProviderSource":
        """Google Workspace, by SAML. Google's OpenID Connect would let in every Google account.

        In the SAML app of the admin console, map the primary e-mail to `email`, the names to `given_name` and
        `family_name`, and the group membership to `groups`.

        Args:
            metadata: The metadata file that the admin console offers.
            name: As above.
            groups: Attribute with the groups.
            tenant: As above.
            email_domains: As above.
        """
        return IdentityProviderSource.saml(
            name,
            metadata=metadata,
            attributes={"email": "email", "given_name": "given_name", "family_name": "family_name"},
            groups=groups,
            tenant=tenant,
            email_domains=email_domains,
        )


def _with_groups(attributes: Mapping[str, str], groups: str | None) -> dict[str, str]:
    return {**attributes, **({GROUPS: groups} if groups else {})}
