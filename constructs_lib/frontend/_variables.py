"""What the application in the container is told; its settings read exactly these."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.frontend.chat_agent import ChatAgent

AGENTS = "CHAT_AGENTS"
METADATA_URL = "CHAT_USER_POOL_METADATA_URL"
CLIENT_ID = "CHAT_CLIENT_ID"
REDIRECT_URI = "CHAT_REDIRECT_URI"
SIGN_OUT_URL = "CHAT_SIGN_OUT_URL"
SCOPES = "CHAT_SCOPES"
REGION = "AWS_REGION"
# Names of variables, not what is in them.
CLIENT_SECRET = "CHAT_CLIENT_SECRET"  # noqa: S105
COOKIE_SECRET = "CHAT_COOKIE_SECRET"  # noqa: S105
_OPENID = "openid"
OWNED = frozenset(
    {AGENTS, METADATA_URL, CLIENT_ID, REDIRECT_URI, SIGN_OUT_URL, SCOPES, REGION, CLIENT_SECRET, COOKIE_SECRET}
)


def agents_json(scope: Construct, agents: Sequence[ChatAgent]) -> str:
    """The agents that can be chosen, in order."""
    listed = [
        {"label": each.label, "runtime_arn": each.service.arn, "description": each.description} for each in agents
    ]
    return Stack.of(scope).to_json_string(listed)


def scopes_of(client: cognito.UserPoolClient) -> str:
    """What to ask for at sign-in: all that the client may, so that agents which want a scope find it in the token."""
    resource = client.node.default_child
    assert isinstance(resource, cognito.CfnUserPoolClient)  # noqa: S101 -- the L2's own resource
    scopes = list(resource.allowed_o_auth_scopes or [])
    if _OPENID not in scopes:
        raise ValueError(
            f"the client {client.node.path!r} has the scopes {scopes}, and without {_OPENID!r} nobody is told who"
            " signed in; add it to scopes="
        )
    return " ".join(scopes)


def checked_further(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Further variables, none of which is ours."""
    taken = sorted(set(environment) & OWNED)
    if taken:
        raise ValueError(f"the front end sets {taken[0]} itself, got {environment[taken[0]]!r}; leave it out")
    return environment
