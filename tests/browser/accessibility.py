"""What axe finds on a page.

https://github.com/dequelabs/axe-core
"""

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

_SERIOUS = frozenset({"serious", "critical"})
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: Page) -> list[str]:
    """What axe holds for serious or critical, with where."""
    # Streamlit fades in what is new; half faded, a colour has less contrast.
    page.wait_for_timeout(400)
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}}).response
    assert results["passes"], "axe has not looked at anything"
    return [_told(found) for found in results["violations"] if found["impact"] in _SERIOUS]


def _told(found: Mapping[str, object]) -> str:
    nodes = found["nodes"]
    places = [str(node["html"])[:200] for node in nodes] if isinstance(nodes, list) else []
    return f"{found['impact']} {found['id']}: {found['help']}: {places}"
