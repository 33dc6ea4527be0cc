"""What an authorizer demands of a token's claims, beyond its signature and its times."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

Claims = Mapping[str, object]


def mismatch(claims: Claims, authorizer: Mapping[str, object]) -> str | None:
    """Name of the first claim that is not as demanded, or None. What the authorizer leaves out demands nothing.

    Args:
        claims: Claims of a token whose signature holds.
        authorizer: The `customJWTAuthorizer` of the control plane.
    """
    for name, allowed, given in _demands(claims, authorizer):
        if not allowed & given:
            return name
    for rule in cast("Sequence[Mapping[str, object]]", authorizer.get("customClaims") or ()):
        name = str(rule["inboundTokenClaimName"])
        if not _matches(claims.get(name), rule):
            return name
    return None


def _demands(claims: Claims, authorizer: Mapping[str, object]) -> Iterator[tuple[str, set[str], set[str]]]:
    for member, name, given in (
        ("allowedClients", "client_id", _texts(claims.get("client_id"))),
        ("allowedAudience", "aud", _texts(claims.get("aud"))),
        ("allowedScopes", "scope", _scopes(claims)),
    ):
        allowed = cast("Sequence[str] | None", authorizer.get(member))
        if allowed is not None:
            yield name, set(allowed), given


def _scopes(claims: Claims) -> set[str]:
    # RFC 9068 has `scope`, one text; Microsoft Entra ID and Okta write `scp`, Okta as a list.
    scope = claims.get("scope", claims.get("scp"))
    return set(scope.split(" ")) if isinstance(scope, str) else _texts(scope)


def _texts(value: object) -> set[str]:
    listed = value if isinstance(value, list) else [value]
    return {item for item in listed if isinstance(item, str) and item}


def _equals(value: object, wanted: Mapping[str, object]) -> bool:
    return isinstance(value, str) and value == wanted.get("matchValueString")


def _contains(value: object, wanted: Mapping[str, object]) -> bool:
    return isinstance(value, list) and wanted.get("matchValueString") in _texts(value)


def _contains_any(value: object, wanted: Mapping[str, object]) -> bool:
    listed = cast("Sequence[str]", wanted.get("matchValueStringList") or ())
    return isinstance(value, list) and bool(set(listed) & _texts(value))


_OPERATORS: Mapping[tuple[str, str], Callable[[object, Mapping[str, object]], bool]] = {
    ("STRING", "EQUALS"): _equals,
    ("STRING_ARRAY", "CONTAINS"): _contains,
    ("STRING_ARRAY", "CONTAINS_ANY"): _contains_any,
}


def _matches(value: object, rule: Mapping[str, object]) -> bool:
    match = cast("Mapping[str, object]", rule["authorizingClaimMatchValue"])
    operator = _OPERATORS.get((str(rule["inboundTokenClaimValueType"]), str(match["claimMatchOperator"])))
    return operator is not None and operator(value, cast("Mapping[str, object]", match["claimMatchValue"]))
