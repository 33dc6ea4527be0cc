"""Who may call an agent or a gateway with a token of an identity provider."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib._place import is_token
from constructs_lib.identity.required_claim import RequiredClaim

DISCOVERY_SUFFIX = "/.well-known/openid-configuration"


@dataclass(frozen=True, kw_only=True)
class JwtAuthorizer:
    """Tokens that AgentCore accepts: their issuer and what must stand in them.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/inbound-jwt-authorizer.html

    Args:
        discovery_url: OpenID Connect discovery document of the issuer: https, ending in
            `/.well-known/openid-configuration`.
        allowed_clients: Client ids of which one must be the token's `client_id`. Amazon Cognito's access tokens carry
            no `aud`, so authorize those by client.
        allowed_audience: Audiences of which one must be in the token's `aud`.
        allowed_scopes: Scopes of which one must be in the token.
        required_claims: Further claims, all of which the token must carry.

    Raises:
        ValueError: If the discovery URL is not one; if neither a client nor an audience is named, because then every
            token of the issuer, whoever it was made for, would be accepted; if no token can carry the required claims.
    """

    discovery_url: str
    allowed_clients: Sequence[str] = ()
    allowed_audience: Sequence[str] = ()
    allowed_scopes: Sequence[str] = ()
    required_claims: Sequence[RequiredClaim] = ()

    def __post_init__(self) -> None:
        for name in ("allowed_clients", "allowed_audience", "allowed_scopes"):
            object.__setattr__(self, name, _texts(name, getattr(self, name)))
        object.__setattr__(self, "required_claims", _claims(self.required_claims))
        check_discovery_url(self.discovery_url)
        if not (self.allowed_clients or self.allowed_audience):
            raise ValueError(
                f"an authorizer for {self.discovery_url!r} without allowed_clients and allowed_audience accepts every"
                " token of that issuer; name the clients or the audience your tokens carry"
            )


def _texts(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise ValueError(f"{name} is a sequence of strings, got the string {values!r}; pass [{values!r}]")  # noqa: TRY004
    if any(not value for value in values):
        raise ValueError(f"{name} contains an empty string, got {list(values)!r}; remove it")
    return tuple(values)


def _claims(claims: Sequence[RequiredClaim]) -> tuple[RequiredClaim, ...]:
    texts: dict[str, str] = {}
    for claim in claims:
        value = claim.values[0]
        if claim.operator == "EQUALS" and texts.setdefault(claim.name, value) != value:
            raise ValueError(
                f"no token carries the claim {claim.name!r} as {texts[claim.name]!r} and as {value!r}, and required"
                " claims have to hold all at once; require one of the two"
            )
    return tuple(claims)


def check_discovery_url(url: str) -> None:
    """Refuse an address that is no discovery document."""
    if is_token(url):
        return
    if not url.startswith("https://"):
        raise ValueError(
            f"the discovery URL has to be https, got {url!r}; AgentCore fetches the issuer's keys through it"
        )
    if not url.endswith(DISCOVERY_SUFFIX) or url == f"https://{DISCOVERY_SUFFIX.lstrip('/')}":
        raise ValueError(
            f"the discovery URL has to end in {DISCOVERY_SUFFIX}, got {url!r}; take it from your identity provider"
        )
