"""The rules as Markdown, for the documentation."""

from constructs_lib.safety.rules import FAMILIES, Demand, Rule

_WHEN = {
    Demand.ALWAYS: "always",
    Demand.PRODUCTION: "production",
    Demand.PERMISSIONS_BOUNDARY: "`permissions-boundary`",
    Demand.GUARDRAIL: "`guardrail`",
}


def rule_tables() -> str:
    """A table for each family of rules."""
    parts = []
    for family, rules in FAMILIES.items():
        rows = [_row(rule) for rule in rules]
        header = [
            "| rule | severity | applies | what has to be so, and why | remedy |",
            "| --- | --- | --- | --- | --- |",
        ]
        parts.append("\n".join([f"### {family}", "", *header, *rows, ""]))
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    title, why, remedy = (_plain(text) for text in (rule.title, rule.why, rule.remedy))
    cells = (f"`{rule.id}`", rule.severity.value, _WHEN[rule.demand], f"**{title}.** {why}", remedy)
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """The text as Markdown that shows it as it is."""
    for character in "|*_{}":
        text = text.replace(character, f"\\{character}")
    return text
