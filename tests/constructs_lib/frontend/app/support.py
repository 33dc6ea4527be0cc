"""What the front end's tests share."""

import json

from tests.constructs_lib.frontend.app.fake_cloud import ARN, OTHER_ARN

SESSION = "chat-0123456789-0123456789-0123456789"


def variables(url: str = "http://localhost:1", **changed: str) -> dict[str, str]:
    """What `ChatFrontend` sets, with changes; `url` is where the user pool and the agents are."""
    return {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "CHAT_AGENTS": json.dumps(
            [
                {"label": "Assistant", "runtime_arn": ARN, "description": "Remembers what you tell it."},
                {"label": "Engineer", "runtime_arn": OTHER_ARN, "description": ""},
            ]
        ),
        "CHAT_USER_POOL_METADATA_URL": f"{url}/pool/metadata",
        "CHAT_CLIENT_ID": "web",
        "CHAT_CLIENT_SECRET": "secret-of-the-client",
        "CHAT_COOKIE_SECRET": "c" * 40,
        "CHAT_SCOPES": "openid email profile",
        "CHAT_REDIRECT_URI": "http://localhost:8501/oauth2callback",
        "CHAT_SIGN_OUT_URL": f"{url}/pool/logout?client_id=web&logout_uri=http%3A%2F%2Flocalhost%3A8501",
        **changed,
    }
