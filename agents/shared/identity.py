"""Who is speaking: the actor whose memory a conversation reads and writes."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.shared.errors import AgentError
from agents.shared.settings import InboundAuth, Settings

ACTOR_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"
AUTHORIZATION_HEADER = "Authorization"
WORKLOAD_TOKEN_HEADERS = ("workloadaccesstoken", "x-amz-bedrock-agentcore-identity-wat")
"""https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/get-workload-access-token.html"""

# Narrower than the service's own actorId: a "/" would let one actor's namespace lie below another's.
_VERBATIM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_DIGEST_PREFIX = "sha256-"


def resolve_actor(settings: Settings, headers: Mapping[str, str]) -> str:
    """The actor of a request, as an id AgentCore Memory accepts.

    Under JWT the actor is the `sub` of the token Runtime has verified, and nothing else. Under IAM it is the actor
    header, and only where the environment allows a caller to choose it.

    Args:
        settings: The agent's settings.
        headers: The request's headers, in any case.

    Raises:
        AgentError: `identity_required`, if the request names no actor in the way this environment trusts.
    """
    found = {name.lower(): value for name, value in headers.items()}
    if settings.inbound_auth is InboundAuth.JWT:
        return memory_actor_id(_verified_subject(found.get(AUTHORIZATION_HEADER.lower(), "")))
    if not settings.actor_header_allowed:
        raise _identity_required("this environment takes no actor from a caller and verifies no token")
    actor = found.get(ACTOR_HEADER.lower(), "").strip()
    if not actor:
        raise _identity_required(f"the header {ACTOR_HEADER} is missing or empty")
    return memory_actor_id(actor)


@dataclass(frozen=True)
class Proof:
    """What a request brought along by which its agent can show others for whom it asks, or that it is itself.

    Args:
        user_token: The token by which Runtime let the actor in. None: Runtime takes no tokens.
        workload_token: Runtime's own, by which AgentCore Identity knows the agent. None: Runtime gave none.
    """

    user_token: str | None = field(default=None, repr=False)
    workload_token: str | None = field(default=None, repr=False)


def proof_of(settings: Settings, headers: Mapping[str, str]) -> Proof:
    """What a request proves.

    Args:
        settings: The agent's settings.
        headers: The request's headers, in any case.

    Raises:
        AgentError: `identity_required`, if Runtime takes tokens and the request has none.
    """
    found = {name.lower(): value for name, value in headers.items()}
    workload_token = next((found[name] for name in WORKLOAD_TOKEN_HEADERS if found.get(name)), None)
    if settings.inbound_auth is not InboundAuth.JWT:
        return Proof(workload_token=workload_token)
    return Proof(_bearer(found.get(AUTHORIZATION_HEADER.lower(), "")), workload_token)


def memory_actor_id(identity: str) -> str:
    """An identity as an `actorId`: unchanged where it is one already, else its SHA-256, so that no two ever meet.

    Follows the `actorId` pattern of
    https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_CreateEvent.html

    Args:
        identity: Any non-empty text, such as a Cognito `sub`, `auth0|5f7…` or an e-mail address.
    """
    if _VERBATIM.fullmatch(identity) and not identity.startswith(_DIGEST_PREFIX):
        return identity
    return _DIGEST_PREFIX + hashlib.sha256(identity.encode()).hexdigest()


def _verified_subject(authorization: str) -> str:
    # Only an agent behind a JWT authorizer needs the library.
    import jwt

    token = _bearer(authorization)
    try:
        # Runtime has verified the signature before it forwards the token; the agent holds no key to do it again.
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise _identity_required("the bearer token is not a readable JWT") from error
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        raise _identity_required("the bearer token has no 'sub'")
    return subject


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _identity_required("the request carries no bearer token")
    return token.strip()


def _identity_required(reason: str) -> AgentError:
    return AgentError(
        "identity_required",
        f"The agent does not know who is speaking: {reason}.",
        "Sign in and send the token as 'Authorization: Bearer …', or, where the environment allows it, "
        f"name the actor in {ACTOR_HEADER}.",
        status=401,
    )
