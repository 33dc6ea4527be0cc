"""The applications that may ask a directory for tokens, what they may ask for, and how groups are called."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib._place import is_token

DEFAULT_ACCESS = Duration.hours(1)
DEFAULT_REFRESH = Duration.days(30)
OPENID_SCOPES = ("openid", "email", "profile")
SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ACCESS_BOUNDS = (300, 86_400)
_REFRESH_BOUNDS = (3_600, 315_360_000)
_SCOPE_NAME = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")
_IDENTIFIER = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")
# Narrower than Amazon Cognito's own: what a RequiredClaim can be compared with.
_GROUP = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
_MAX_URLS, _MAX_SCOPES = 100, 50
# Without a write permission, Amazon Cognito refuses the sign-in of a user whose provider maps the attribute.
_WRITABLE = ("email", "family_name", "given_name", "name")


@dataclass(frozen=True, kw_only=True)
class ResourceServer:
    """An API that tokens are for, and the scopes it knows.

    Attributes:
        identifier: Its name, the first part of its scopes.
        scopes: Descriptions by scope, without the identifier.
        resource: The L2 resource server.
    """

    identifier: str
    scopes: Mapping[str, str]
    resource: cognito.UserPoolResourceServer

    def scope(self, name: str) -> str:
        """A scope as it stands in a token: `identifier/name`.

        Raises:
            ValueError: If the resource server has no such scope.
        """
        if name not in self.scopes:
            raise ValueError(
                f"the resource server {self.identifier!r} has the scopes {sorted(self.scopes)}, got {name!r};"
                " add it to scopes="
            )
        return f"{self.identifier}/{name}"


def resource_server(
    scope: Construct, pool: cognito.IUserPool, identifier: str, scopes: Mapping[str, str]
) -> ResourceServer:
    """A resource server, its id in the tree made from its identifier."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"a resource server's identifier has no spaces and quotes, got {identifier!r}")
    if not scopes:
        raise ValueError(f"the resource server {identifier!r} has no scope; name at least one with its description")
    for name, description in scopes.items():
        if not _SCOPE_NAME.fullmatch(name) or not description.strip():
            raise ValueError(
                f"a scope of {identifier!r} has a name without '/', spaces and quotes, and a description, got"
                f" {name!r}: {description!r}"
            )
    server = cognito.UserPoolResourceServer(
        scope,
        f"ResourceServer-{identifier}",
        user_pool=pool,
        identifier=identifier,
        scopes=[cognito.ResourceServerScope(scope_name=name, scope_description=text) for name, text in scopes.items()],
    )
    return ResourceServer(identifier=identifier, scopes=dict(scopes), resource=server)


def check_group(name: str, precedence: int, *, taken: Container[str]) -> None:
    """Refuse a group that Amazon Cognito or a required claim would not take."""
    if not _GROUP.fullmatch(name):
        raise ValueError(
            f"a group's name has letters, digits and _ . : / -, at most 128, got {name!r}: AgentCore compares no"
            " other with a claim"
        )
    if name in taken:
        raise ValueError(f"there is a group {name!r} already; choose another name")
    if precedence < 0:
        raise ValueError(f"the precedence of the group {name!r} is 0 or more, got {precedence}")


def check_preferred(name: str, precedence: int, first: str) -> None:
    """Refuse a second group with a role of one precedence."""
    if first != name:
        raise ValueError(
            f"the groups {first!r} and {name!r} have roles and the precedence {precedence}: of a user in both, neither"
            " role would be preferred; give each its own precedence"
        )


def checked_urls(what: str, urls: Sequence[str], *, least: int) -> list[str]:
    """Addresses that a browser may be sent to with a code: exact, and https unless on this machine."""
    if isinstance(urls, str):
        raise ValueError(f"{what} is a sequence of addresses, got the string {urls!r}; pass [{urls!r}]")  # noqa: TRY004
    if not least <= len(urls) <= _MAX_URLS:
        raise ValueError(f"{what} has {least} to {_MAX_URLS} addresses, got {len(urls)}")
    for url in urls:
        if not is_token(url):
            _check_url(what, url)
    return list(urls)


def _check_url(what: str, url: str) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or not parts.hostname:
        raise ValueError(
            f"{what} are https addresses, or http on localhost, got {url!r}: a code sent anywhere else can be read on"
            " the way"
        )
    if "*" in url or "#" in url or parts.username is not None:
        raise ValueError(f"{what} are exact, without '*', '#' and a user's name, got {url!r}; name each address")


def checked_validity(access: Duration, refresh: Duration) -> None:
    """Refuse how long tokens are valid, if Amazon Cognito would."""
    seconds = []
    for what, duration, (least, most) in (
        ("access_token_validity", access, _ACCESS_BOUNDS),
        ("refresh_token_validity", refresh, _REFRESH_BOUNDS),
    ):
        value = int(duration.to_seconds())
        seconds.append(value)
        if not least <= value <= most:
            raise ValueError(f"{what} is {least} to {most} seconds, got {value} s")
    if seconds[0] > seconds[1]:
        raise ValueError(
            f"access_token_validity is {seconds[0]} s, above refresh_token_validity of {seconds[1]} s; shorten the"
            " first: a refresh token outlives the access tokens that it renews"
        )


def checked_scopes(
    scopes: Sequence[str], servers: Mapping[str, ResourceServer], *, standard: Sequence[str], known: bool
) -> list[str]:
    """Scopes of the resource servers, and those of `standard`. `known`: whether all resource servers are here."""
    if isinstance(scopes, str):
        raise ValueError(f"scopes is a sequence of strings, got the string {scopes!r}; pass [{scopes!r}]")  # noqa: TRY004
    if len(scopes) > _MAX_SCOPES:
        raise ValueError(f"a client has at most {_MAX_SCOPES} scopes, got {len(scopes)}")
    for scope in scopes:
        if scope == SELF_SERVICE_SCOPE:
            raise ValueError(
                f"{scope!r} lets a user change the attributes that decide on groups and tenant; leave it out and"
                " change attributes from your own backend"
            )
        identifier, _, name = scope.rpartition("/")
        if identifier in servers:
            servers[identifier].scope(name)
        elif scope not in standard and (known or not identifier):
            raise ValueError(
                f"no resource server of this directory has the scope {scope!r}; call add_resource_server first. Also"
                f" possible: {', '.join(standard) or 'nothing else'}"
            )
    return list(scopes)


def user_pool_client(
    scope: Construct,
    id: str,
    *,
    pool: cognito.IUserPool,
    oauth: cognito.OAuthSettings,
    secret: bool,
    password: bool,
    providers: Sequence[str],
    attributes: Sequence[str],
    access: Duration,
    refresh: Duration,
) -> cognito.UserPoolClient:
    """A client with exactly these ways in, which may write of a user what its identity providers map."""
    client = cognito.UserPoolClient(
        scope,
        id,
        user_pool=pool,
        # Named, because an empty choice would be Amazon Cognito's own, with password sign-in by SRP.
        auth_flows=cognito.AuthFlow(user_password=password),
        o_auth=oauth,
        generate_secret=secret,
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=access,
        id_token_validity=access,
        refresh_token_validity=refresh,
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.custom(name) for name in providers],
    )
    resource = client.node.default_child
    assert isinstance(resource, cognito.CfnUserPoolClient)  # noqa: S101 -- the L2's own resource
    resource.add_property_override("WriteAttributes", sorted({*_WRITABLE, *attributes} - {"email_verified"}))
    return client
