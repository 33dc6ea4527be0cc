"""The page about the rules says what the rules say."""

from pathlib import Path

from workbench.review.checks.rule_tables import rule_tables

PAGE = Path(__file__).parent.parent.parent.parent.parent / "docs/constructs/agentcore-checks.md"


def test_the_page_holds_the_rules_of_today() -> None:
    page = PAGE.read_text()
    said = page[page.index("### Inbound authorization") :]
    assert said == rule_tables(), "put the output of `agentcore-workbench check --rules` at the end of the page"
