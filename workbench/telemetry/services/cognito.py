"""What Amazon Cognito publishes of user pools. A success is 1 and a failure 0: the average is the share of successes.

https://docs.aws.amazon.com/cognito/latest/developerguide/metrics-for-cognito-user-pools.html
"""

from workbench.telemetry.services.outcome import measured
from workbench.telemetry.store import Datum

NAMESPACE = "AWS/Cognito"


def signed_in(*, pool: str, client: str, succeeded: bool, when: float) -> list[Datum]:
    """Somebody signed in, or failed to.

    Args:
        pool: The user pool's id.
        client: The client's id.
        succeeded: Whether it worked.
        when: When.
    """
    return _counted("SignInSuccesses", pool, client, succeeded=succeeded, when=when)


def signed_up(*, pool: str, client: str, succeeded: bool, when: float) -> list[Datum]:
    """Somebody signed up, or failed to."""
    return _counted("SignUpSuccesses", pool, client, succeeded=succeeded, when=when)


def token_refreshed(*, pool: str, client: str, succeeded: bool, when: float) -> list[Datum]:
    """Somebody's tokens were refreshed, or not."""
    return _counted("TokenRefreshSuccesses", pool, client, succeeded=succeeded, when=when)


def federated(*, pool: str, client: str, provider: str, succeeded: bool, when: float) -> list[Datum]:
    """Somebody came in by another identity provider, or failed to.

    Args:
        pool: The user pool's id.
        client: The client's id.
        provider: The identity provider's name.
        succeeded: Whether it worked.
        when: When.
    """
    dimensions = {"UserPool": pool, "UserPoolClient": client, "IdentityProvider": provider}
    return measured(NAMESPACE, [dimensions], {"FederationSuccesses": succeeded}, when=when)


def _counted(name: str, pool: str, client: str, *, succeeded: bool, when: float) -> list[Datum]:
    return measured(NAMESPACE, [{"UserPool": pool, "UserPoolClient": client}], {name: succeeded}, when=when)
