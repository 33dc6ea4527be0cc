"""What is measured of a user directory."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito

from constructs_lib.observability.monitoring import thresholds as limits
from constructs_lib.observability.monitoring.metrics._metric import filled, key_of, math, metric, share

_NAMESPACE = "AWS/Cognito"


class ClientReadings:
    """Metrics of one client of a user pool: a sign-in that succeeds is 1, one that does not is 0.

    https://docs.aws.amazon.com/cognito/latest/developerguide/metrics-for-cognito-user-pools.html

    Args:
        pool: The user pool.
        client: Its client.
        among_others: Whether its metrics stand in one graph with those of other constructs.
    """

    def __init__(self, pool: cognito.IUserPool, client: cognito.IUserPoolClient, *, among_others: bool = False) -> None:
        self._key = key_of(client) if among_others else ""
        self._dimensions = {"UserPool": pool.user_pool_id, "UserPoolClient": client.user_pool_client_id}

    def sign_ins(self) -> cloudwatch.Metric:
        """Users who signed in."""
        return self._metric("SignInSuccesses", "Sum", "Signed in")

    def attempts(self) -> cloudwatch.Metric:
        """Attempts to sign in."""
        return self._metric("SignInSuccesses", "SampleCount", "Attempts")

    def refreshed(self) -> cloudwatch.Metric:
        """Tokens that were refreshed."""
        return self._metric("TokenRefreshSuccesses", "Sum", "Refreshed")

    def refreshes(self) -> cloudwatch.Metric:
        """Attempts to refresh a token."""
        return self._metric("TokenRefreshSuccesses", "SampleCount", "Attempts to refresh")

    def throttles(self) -> cloudwatch.MathExpression:
        """Requests that the user pool refused for their number."""
        metrics = {
            "entry": self._metric("SignInThrottles", "Sum", "Sign-ins"),
            "renewal": self._metric("TokenRefreshThrottles", "Sum", "Refreshes"),
        }
        return math(filled(*metrics), metrics, label="Throttled")

    def failures(self, threshold: limits.AuthenticationFailures, label: str = "Failed") -> cloudwatch.MathExpression:
        """Attempts to sign in or to refresh a token that failed, in percent."""
        metrics = {
            "entered": self.sign_ins(),
            "tried": self.attempts(),
            "renewed": self.refreshed(),
            "retried": self.refreshes(),
        }
        every = filled("tried", "retried")
        failed = f"{every} - {filled('entered')} - {filled('renewed')}"
        return math(share(failed, every, threshold.samples), metrics, label=label, key=self._key)

    def _metric(self, name: str, statistic: str, label: str) -> cloudwatch.Metric:
        return metric(name, self._dimensions, namespace=_NAMESPACE, statistic=statistic, label=label)
