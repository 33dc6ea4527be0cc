"""The few shapes of widget that the dashboards are made of."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

COLUMNS = 24
"""How wide CloudWatch's grid is."""

HEIGHT = 6
FLAT = 4
_LATEST = 20


def heading(text: str) -> cloudwatch.TextWidget:
    """A line of text across the page.

    Args:
        text: Markdown.
    """
    return cloudwatch.TextWidget(
        markdown=text, width=COLUMNS, height=1, background=cloudwatch.TextWidgetBackground.TRANSPARENT
    )


def graph(
    title: str,
    left: Sequence[cloudwatch.IMetric],
    right: Sequence[cloudwatch.IMetric] = (),
    *,
    unit: str = "",
    width: int = COLUMNS // 4,
    height: int = HEIGHT,
    stacked: bool = False,
    limit: float | None = None,
    annotated: str = "Alarm",
) -> cloudwatch.GraphWidget:
    """A graph over time.

    Args:
        title: Its title.
        left: Metrics by the left axis.
        right: Metrics by the right axis.
        unit: What the left axis counts.
        width: Its width, of 24.
        height: Its height.
        stacked: Whether the metrics are stacked.
        limit: Where an alarm goes off, drawn as a line. Default: nowhere.
        annotated: What that line is called.
    """
    return cloudwatch.GraphWidget(
        title=title,
        left=list(left),
        right=list(right),
        width=width,
        height=height,
        stacked=stacked,
        left_y_axis=cloudwatch.YAxisProps(label=unit, show_units=False, min=0),
        right_y_axis=cloudwatch.YAxisProps(min=0, show_units=False) if right else None,
        left_annotations=(
            [cloudwatch.HorizontalAnnotation(value=limit, label=annotated, color=cloudwatch.Color.RED)]
            if limit is not None
            else None
        ),
    )


def numbers(title: str, metrics: Sequence[cloudwatch.IMetric], *, width: int = COLUMNS // 4) -> cloudwatch.IWidget:
    """The latest value of metrics.

    Args:
        title: Its title.
        metrics: The metrics.
        width: Its width, of 24.
    """
    return cloudwatch.SingleValueWidget(
        title=title, metrics=list(metrics), width=width, height=FLAT, set_period_to_time_range=True
    )


def table(title: str, log_groups: Sequence[str], query: Sequence[str], *, width: int = COLUMNS) -> cloudwatch.IWidget:
    """What a query of Logs Insights finds.

    Args:
        title: Its title.
        log_groups: Names of the log groups it asks.
        query: The query, a command a line.
        width: Its width, of 24.
    """
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=list(log_groups),
        query_lines=list(query),
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=width,
        height=HEIGHT,
    )
