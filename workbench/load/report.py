"""The results as one HTML page that needs nothing else."""

from importlib import resources
from pathlib import Path

from jinja2 import Environment

from workbench.charts import Style, pygal
from workbench.load.results import Results

_TEMPLATE = "report.html"
_STYLE = Style(background="transparent", plot_background="transparent", colors=("#2563eb", "#d97706"))


def write_report(results: Results, path: Path) -> None:
    """Write the page.

    Args:
        results: What was found.
        path: The file.
    """
    text = resources.files("workbench.load").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    template = Environment(autoescape=True).from_string(text)
    path.write_text(template.render(results=results, chart=_chart(results)), encoding="utf-8")


def _chart(results: Results) -> str:
    chart = pygal.XY(
        stroke=False,
        dots_size=2,
        style=_STYLE,
        height=320,
        x_title="seconds since the beginning",
        y_title="seconds to the whole answer",
        js=(),
        disable_xml_declaration=True,
    )
    answered = [(message.at, message.seconds) for message in results.messages if not message.error]
    failed = [(message.at, message.seconds) for message in results.messages if message.error]
    chart.add("answered", answered)
    chart.add("failed", failed)
    return str(chart.render(is_unicode=True))
