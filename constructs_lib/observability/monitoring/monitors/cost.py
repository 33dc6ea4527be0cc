"""What all of it costs, as far as CloudWatch knows it."""

from collections.abc import Sequence

from constructs_lib.observability.monitoring.board import Board
from constructs_lib.observability.monitoring.dashboards.pages import Page
from constructs_lib.observability.monitoring.dashboards.widgets import graph, numbers
from constructs_lib.observability.monitoring.metrics.agent import AgentReadings
from constructs_lib.observability.monitoring.metrics.cost import CostReadings

SERVICES = (
    "AmazonBedrock",
    "AmazonBedrockAgentCore",
    "AmazonCloudWatch",
    "AmazonCognito",
    "AmazonECS",
    "AmazonVPC",
    "AWSELB",
    "awskms",
    "awswaf",
)
"""AWS's names of the services in bills; one that the account does not use stays empty."""


def show_cost(board: Board, services: Sequence[str], agents: dict[str, AgentReadings]) -> None:
    """Show charges, and what agents use.

    Args:
        board: What all monitors share.
        services: AWS's names of services in bills.
        agents: Metrics of the agents that are watched by now, by label.
    """
    readings = CostReadings(services)
    board.pages.add(
        Page.COST,
        "The account, this month so far",
        [
            numbers("Charges, USD", [readings.total()], width=6),
            graph("Charges by service", readings.by_service(), unit="USD", width=18, stacked=True),
        ],
        [
            graph(
                "Tokens by agent", [each.hourly_tokens(name) for name, each in agents.items()], unit="an hour", width=8
            ),
            graph(
                "Processors by agent",
                [each.cpu_hours(name) for name, each in agents.items()],
                unit="vCPU hours",
                width=8,
            ),
            graph(
                "Memory by agent", [each.memory_hours(name) for name, each in agents.items()], unit="GB hours", width=8
            ),
        ],
    )
