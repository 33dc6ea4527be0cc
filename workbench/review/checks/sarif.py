"""Findings as SARIF 2.1.0, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from constructs_lib.safety.rules import PACK, RULES, Finding, Rule
from workbench.review.checks.templates import CheckedTemplate

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Sequence[Finding], templates: Sequence[CheckedTemplate]) -> dict[str, object]:
    """A SARIF log with one run: every rule, and the findings, acknowledged ones as suppressed.

    Args:
        findings: The findings.
        templates: The templates they were found in.
    """
    files = {each.name: each.file for each in templates}
    texts = {each.name: each.file.read_text(encoding="utf-8") for each in templates}
    order = {name: index for index, name in enumerate(RULES)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": PACK, "rules": [_rule(rule) for rule in RULES.values()]}},
                "results": [
                    _result(each, order[each.rule], files[each.template], texts[each.template]) for each in findings
                ],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.remedy}"},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["security", "amazon-bedrock-agentcore"]},
    }


def _result(finding: Finding, index: int, file: Path, text: str) -> dict[str, object]:
    name = f"{finding.template}/{finding.logical_id}"
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": f"{RULES[finding.rule].title}: {finding.message}. {RULES[finding.rule].remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(file)},
                    "region": {"startLine": _line(text, finding.logical_id)},
                },
                "logicalLocations": [{"name": finding.logical_id, "fullyQualifiedName": name, "kind": "resource"}],
            }
        ],
        # Code scanning tells by it that a finding is the one it knows, wherever the resource moves in the file.
        "partialFingerprints": {"finding/v1": hashlib.sha256(f"{name}/{finding.name}".encode()).hexdigest()},
    }
    return {**result, **_suppression(finding)}


def _suppression(finding: Finding) -> Mapping[str, object]:
    if not finding.acknowledged:
        return {}
    return {"suppressions": [{"kind": "inSource", "justification": finding.acknowledged}]}


def _uri(file: Path) -> str:
    here = Path.cwd()
    whole = file.resolve()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.as_uri()


def _line(text: str, logical_id: str) -> int:
    found = re.search(rf"^\s*[\"']?{re.escape(logical_id)}[\"']?\s*:", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1
