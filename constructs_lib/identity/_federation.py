"""How a directory reaches an identity provider, and what is checked before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib._place import is_token
from constructs_lib.identity._credential_access import check_secret

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

TENANT, GROUPS = "tenant", "groups"
# The directory's names of what it keeps of a user, and Amazon Cognito's.
ATTRIBUTES: Mapping[str, str] = {
    "email": "email",
    "email_verified": "email_verified",
    "family_name": "family_name",
    "given_name": "given_name",
    "name": "name",
    GROUPS: "custom:groups",
    TENANT: "custom:tenant",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{2,31}")
_RESERVED = frozenset({"cognito", "facebook", "google", "loginwithamazon", "signinwithapple"})
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISSUER = re.compile(r"https://[^/?#\s]+[^?#\s]*")
# Issuers that sign for everybody, not for one organization.
_OPEN_ISSUER = re.compile(
    r"https://(?:accounts\.google\.com|login\.microsoftonline\.com/(?:common|organizations|consumers)(?:/.*)?)/?"
)


@dataclass(frozen=True, kw_only=True)
class OidcClient:
    """This directory as a client of an OpenID Connect provider."""

    issuer_url: str
    client_id: str
    client_secret: "secretsmanager.ISecret"
    secret_field: str
    scopes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_secret("client_secret", self.client_secret)

    def details(self) -> dict[str, str]:
        """As Amazon Cognito takes it. The secret is a reference that CloudFormation resolves."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret.secret_value_from_json(self.secret_field).unsafe_unwrap(),
            "oidc_issuer": self.issuer_url,
            "authorize_scopes": " ".join(self.scopes),
            "attributes_request_method": "GET",
        }


@dataclass(frozen=True, kw_only=True)
class SamlMetadata:
    """Where the metadata of a SAML provider is: at an address, or here."""

    url: str | None = None
    text: str | None = None

    @staticmethod
    def read(name: str, metadata: str | Path) -> "SamlMetadata":
        """From an address or a file."""
        if isinstance(metadata, str) and (is_token(metadata) or metadata.startswith("https://")):
            return SamlMetadata(url=metadata)
        path = Path(metadata)
        if not path.is_file():
            raise ValueError(
                f"the metadata of {name!r} is an https address or a file, got {str(metadata)!r}, which is neither;"
                " download it from the identity provider"
            )
        text = path.read_text()
        if "EntityDescriptor" not in text:
            raise ValueError(
                f"the file {str(path)!r} is no SAML metadata: it has no EntityDescriptor; download it again"
            )
        return SamlMetadata(text=text)

    def details(self) -> dict[str, str]:
        """As Amazon Cognito takes it: signed requests, and no sign-in that the directory did not ask for."""
        where = {"MetadataURL": self.url} if self.url else {"MetadataFile": self.text or ""}
        return {**where, "IDPSignout": "true", "RequestSigningAlgorithm": "rsa-sha256"}


def check_name(name: str) -> None:
    """Refuse a name that Amazon Cognito would, or that is its own."""
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        raise ValueError(
            "an identity provider's name has 3 to 32 letters, digits, '.' and '-', and is none of Amazon Cognito's"
            f" own, got {name!r}; choose another name"
        )


def check_attributes(name: str, attributes: Mapping[str, str], *, tenant: str | None) -> None:
    """Refuse a mapping without e-mail or with what the directory does not keep, and a tenant from two places."""
    unknown = sorted(set(attributes) - set(ATTRIBUTES))
    if unknown:
        raise ValueError(
            f"a directory keeps {', '.join(sorted(ATTRIBUTES))} of a user, got the attribute {unknown[0]!r} of the"
            f" identity provider {name!r}; leave it out"
        )
    if "email" not in attributes:
        raise ValueError(
            f"users sign in by e-mail, and the identity provider {name!r} maps none; pass attributes= with the"
            " provider's name for 'email'"
        )
    if tenant is not None and (not tenant.strip() or TENANT in attributes):
        raise ValueError(
            f"the tenant {tenant!r} of the identity provider {name!r} is empty, or is mapped from an attribute as"
            " well; name it once"
        )


def check_domain(what: str, domain: str) -> None:
    """Refuse what is no domain name."""
    if not is_token(domain) and not _DOMAIN.fullmatch(domain):
        raise ValueError(
            f"{what} is like acme.example.com, in small letters, without https:// and path, got {domain!r}"
        )


def check_guid(what: str, value: str) -> None:
    """Refuse an id of Entra ID that names no single organization."""
    if not is_token(value) and not _GUID.fullmatch(value):
        raise ValueError(
            f"{what} of Entra ID is a GUID such as 11111111-2222-3333-4444-555555555555, got {value!r}; names such as"
            " 'common' would let in accounts of other organizations"
        )


def check_issuer(name: str, issuer_url: str) -> None:
    """Refuse an issuer that is no https address, or that signs for everybody."""
    if is_token(issuer_url):
        return
    if not _ISSUER.fullmatch(issuer_url):
        raise ValueError(f"the issuer of {name!r} is an https address without query, got {issuer_url!r}")
    if _OPEN_ISSUER.fullmatch(issuer_url):
        raise ValueError(
            f"the issuer {issuer_url!r} of {name!r} signs for accounts of every organization; use the SAML presets"
            " google_workspace(…) and entra_id(…), or the issuer of your Entra tenant"
        )
