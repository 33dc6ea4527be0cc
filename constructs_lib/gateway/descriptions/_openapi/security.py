"""What an API asks of its callers. The gateway takes it from the target's credentials, not from the description."""

from collections.abc import Iterable, Mapping

from constructs_lib.gateway.descriptions._nodes import Node, as_object, child, children, names, text
from constructs_lib.gateway.descriptions._openapi.references import References
from constructs_lib.gateway.descriptions.tool_description import AcceptedCredential

_PLACES = {"header": "header", "query": "query"}
_AUTH_PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-outbound-auth.html"


def accepted_credentials(
    operations: Iterable[tuple[str, Node]], document: Node, references: References, *, source: str
) -> tuple[AcceptedCredential, ...]:
    """Credentials of which one opens every operation; none if the API asks for none.

    A target has one credential provider, so operations that have no credential in common cannot share one.
    """
    schemes = child(child(document, "components", where=source), "securitySchemes", where=source)
    common: dict[str, AcceptedCredential] | None = None
    for name, operation in operations:
        where = f"{source}: {name}"
        asked = operation if "security" in operation else document
        wanted = [as_object(one, where=where) for one in children(asked, "security", where=where)]
        if not wanted or any(not one for one in wanted):
            continue
        usable = _usable(wanted, schemes, references, where)
        common = usable if common is None else _both(common, usable)
        if not common:
            raise ValueError(f"{where}: its credentials are not those of the others; pick it into a target of its own")
    return tuple((common or {}).values())


def _usable(wanted: Iterable[Node], schemes: Node, references: References, where: str) -> dict[str, AcceptedCredential]:
    usable: dict[str, AcceptedCredential] = {}
    refused: list[str] = []
    for alternative in wanted:
        if len(alternative) > 1:
            refused.append(" with ".join(sorted(alternative)))
            continue
        name = next(iter(alternative))
        scheme = references.resolved(child(schemes, name, where=where), where=where)
        credential = _credential(scheme, tuple(names(alternative, name)))
        if credential is None:
            refused.append(f"{name} ({text(scheme, 'type') or 'not described'})")
        else:
            usable[name] = credential
    if not usable:
        raise ValueError(
            f"{where}: asks for {', or '.join(refused)}; a gateway sends one API key, token or OAuth 2.0 token"
            f" ({_AUTH_PAGE}); pick another operation"
        )
    return usable


def _credential(scheme: Node, scopes: tuple[str, ...]) -> AcceptedCredential | None:
    kind, place = text(scheme, "type"), text(scheme, "in")
    if kind == "apiKey" and place in _PLACES:
        return AcceptedCredential("api key", place=_PLACES[place], name=text(scheme, "name"))
    if kind == "http" and text(scheme, "scheme").lower() == "bearer":
        return AcceptedCredential("bearer token", place="header", name="Authorization")
    if kind == "http" and text(scheme, "scheme").lower() == "basic":
        return AcceptedCredential("basic", place="header", name="Authorization")
    if kind in ("oauth2", "openIdConnect"):
        return AcceptedCredential("oauth2", place="header", name="Authorization", scopes=scopes)
    return None


def _both(
    first: Mapping[str, AcceptedCredential], second: Mapping[str, AcceptedCredential]
) -> dict[str, AcceptedCredential]:
    return {
        name: AcceptedCredential(
            credential.kind, credential.place, credential.name,
            tuple(dict.fromkeys([*credential.scopes, *second[name].scopes])),
        )
        for name, credential in first.items() if name in second
    }  # fmt: skip
