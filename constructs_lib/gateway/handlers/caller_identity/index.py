"""Request interceptor of a gateway: puts the subject of the caller's token into a header for the tools."""

import base64
import json

HEADER = "x-caller-subject"


def handler(event: dict[str, object], _context: object) -> dict[str, object]:
    """Overwrite the header, whatever the caller sent in it.

    The gateway has verified the token before it calls this function, so its claims may be read without its key.
    """
    request = event["mcp"]["gatewayRequest"]  # type: ignore[index]
    tokens = [value for name, value in request.get("headers", {}).items() if name.lower() == "authorization"]
    return {
        "interceptorOutputVersion": "1.0",
        "mcp": {
            "transformedGatewayRequest": {
                "headers": {HEADER: _subject(tokens)},
                "body": request["body"],
            }
        },
    }


def _subject(tokens: list[str]) -> str:
    # Of two, nobody could say which one the gateway has verified.
    scheme, _, token = tokens[0].partition(" ") if len(tokens) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        raise ValueError(
            "the request carries not one bearer token: this interceptor needs a gateway with an authorizer"
        )
    payload = token.strip().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or not subject.isprintable():
        raise ValueError("the token has no 'sub' that fits into a header")
    return subject
