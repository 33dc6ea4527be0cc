"""What the account is charged, as far as CloudWatch knows it."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.observability.monitoring.metrics._metric import minutes

_SIX_HOURS = 6 * 60
_REGION = "us-east-1"
"""Charges of all Regions are published there, and only for accounts that receive billing alerts."""


class CostReadings:
    """Charges so far this month.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html

    Args:
        services: AWS's names of services in bills, such as `AmazonBedrock`.
    """

    def __init__(self, services: Sequence[str]) -> None:
        self._services = tuple(services)

    def total(self) -> cloudwatch.Metric:
        """Of all services."""
        return self._charges({"Currency": "USD"}, "All services")

    def by_service(self) -> list[cloudwatch.Metric]:
        """Of each service."""
        return [self._charges({"Currency": "USD", "ServiceName": each}, each) for each in self._services]

    def _charges(self, dimensions: dict[str, str], label: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/Billing",
            metric_name="EstimatedCharges",
            dimensions_map=dimensions,
            statistic="Maximum",
            period=minutes(_SIX_HOURS),
            region=_REGION,
            label=label,
        )
