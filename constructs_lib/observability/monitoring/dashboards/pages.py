"""The pages: each thing that is watched adds a section to those that concern it."""

from collections.abc import Sequence
from enum import StrEnum

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.observability.monitoring.dashboards.widgets import heading

MAX_SECTIONS = 50
"""Sections on a page. A section has at most 9 widgets and 50 metrics, and CloudWatch takes 500 and 2,500.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

MAX_WIDGETS, MAX_METRICS = 9, 50
"""Of a section; a test holds this line."""


class Page(StrEnum):
    """What one looks for."""

    PERFORMANCE = "Performance"
    SESSIONS = "Sessions"
    ERRORS = "Errors"
    MEMORY = "Memory"
    AUTHENTICATION = "Authentication"
    GUARDRAILS = "Guardrails"
    TOOLS = "Tools"
    FRONT_END = "FrontEnd"
    QUALITY = "Quality"
    COST = "Cost"

    @property
    def link(self) -> str:
        """The page's name in links."""
        return "Front end" if self is Page.FRONT_END else self.value


class Pages:
    """Dashboards that come into being with their first section; a full one is followed by another.

    Args:
        scope: Where they are made.

    Attributes:
        dashboards: The L2 dashboards, by id: `Performance`, and `Performance2` when the first is full.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._sections: dict[Page, int] = {}
        self.dashboards: dict[str, cloudwatch.Dashboard] = {}

    def add(self, page: Page, title: str, *rows: Sequence[cloudwatch.IWidget]) -> cloudwatch.Dashboard:
        """Add a section.

        Args:
            page: Where to.
            title: What it shows.
            rows: Its widgets, a row each.
        """
        count = self._sections.get(page, 0)
        self._sections[page] = count + 1
        number = count // MAX_SECTIONS + 1
        name = page.value if number == 1 else f"{page.value}{number}"
        if name not in self.dashboards:
            self.dashboards[name] = cloudwatch.Dashboard(self._scope, name, default_interval=Duration.hours(3))
        dashboard = self.dashboards[name]
        dashboard.add_widgets(heading(f"## {title}"))
        for row in rows:
            dashboard.add_widgets(*row)
        return dashboard

    def links(self) -> str:
        """Links to the pages, in Markdown."""
        titles = {page.value: page.link for page in Page}
        return " · ".join(
            f"[{titles.get(name, name)}](#dashboards:name={dashboard.dashboard_name})"
            for name, dashboard in self.dashboards.items()
        )
