"""Where people reach a front end, and whether its client knows that."""

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aws_cdk import aws_cognito as cognito

if TYPE_CHECKING:
    from constructs_lib.frontend.frontend_domain import FrontendDomain

# Where Streamlit's own sign-in expects the code: https://docs.streamlit.io/develop/api-reference/user/st.login
CALLBACK_PATH = "/oauth2callback"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_address(domain: "FrontendDomain | None", plain_http_address: str | None) -> str:
    """The one address, without a path."""
    if domain is not None and plain_http_address is not None:
        raise ValueError(
            f"a front end has one address, got the domain {domain.name!r} and plain_http_address="
            f"{plain_http_address!r}; leave out the second"
        )
    if domain is not None:
        return domain.address
    if plain_http_address is None:
        raise ValueError(
            "without a domain the front end would send tokens and conversations over plain HTTP; pass domain="
            "FrontendDomain.in_zone(…). On one's own machine, pass plain_http_address='http://localhost:8501'"
        )
    parts = urlsplit(plain_http_address)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.path or parts.query:
        raise ValueError(
            f"plain_http_address is http on this machine, such as 'http://localhost:8501', got {plain_http_address!r};"
            " for any other address, pass domain="
        )
    return plain_http_address


def check_client(client: cognito.UserPoolClient, address: str) -> None:
    """Refuse a client that would not send people back to this front end."""
    resource = client.node.default_child
    assert isinstance(resource, cognito.CfnUserPoolClient)  # noqa: S101 -- the L2's own resource
    for what, url, known in (
        ("callback_urls", f"{address}{CALLBACK_PATH}", resource.callback_ur_ls),
        ("logout_urls", address, resource.logout_ur_ls),
    ):
        if url not in (known or []):
            raise ValueError(
                f"the client {client.node.path!r} does not know the front end: {what} has {list(known or [])}, and not"
                f" {url!r}; add it there"
            )


def sign_out_url(login_url: str, client_id: str, address: str) -> str:
    """Where a browser is sent to end the session at the login page too, and comes back from.

    https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
    """
    return f"{login_url}/logout?client_id={client_id}&logout_uri={quote(address, safe='')}"
