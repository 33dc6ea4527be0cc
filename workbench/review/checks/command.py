"""The command `check`: the rules about AgentCore over anybody's templates."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from constructs_lib.safety.rules import RULES, Demand, Finding, Settings, Severity, check_templates
from workbench._options import JsonOption
from workbench.errors import WorkbenchError
from workbench.review.checks.rule_tables import rule_tables
from workbench.review.checks.sarif import sarif
from workbench.review.checks.templates import CheckedTemplate, read_templates
from workbench.terminal.console import console

FOUND = 1
"""Exit code if there is a finding that nobody acknowledged."""

_DEFAULT = Path("cdk.out")
_DEMANDS = {"permissions-boundary": Demand.PERMISSIONS_BOUNDARY, "guardrail": Demand.GUARDRAIL}
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def check(
    templates: Annotated[
        list[Path] | None,
        typer.Argument(help="Templates (JSON or YAML), or what `cdk synth` wrote. Default: cdk.out."),
    ] = None,
    production: Annotated[
        list[str] | None,
        typer.Option(
            "--production",
            help="Pattern of the stacks that are for production (`Prod/*`); further rules apply there. Repeatable.",
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option("--require", help=f"Demand {' or '.join(_DEMANDS)} of every agent. Repeatable."),
    ] = None,
    as_json: JsonOption = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 for code scanning.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Print the rules as Markdown; check nothing.")] = False,
) -> None:
    """Check templates for what AgentCore needs to be safe: no cloud and no deployment, anybody's templates.

    Exit code 1: there is a finding that nobody acknowledged.
    """
    if rules:
        typer.echo(rule_tables(), nl=False)
        return
    if as_json and as_sarif:
        raise WorkbenchError("--json and --sarif are different formats: pass one of them")
    read = read_templates(templates or [_DEFAULT])
    findings = check_templates(
        {each.name: each.document for each in read},
        settings=_settings(production or [], require or []),
        acknowledgements={each.name: each.acknowledgements for each in read},
        parents={each.name: each.parent for each in read if each.parent},
    )
    if as_sarif:
        typer.echo(json.dumps(sarif(findings, read), indent=2))
    elif as_json:
        typer.echo(json.dumps(_document(findings, read), indent=2))
    else:
        console().print(_view(findings, read), soft_wrap=True, highlight=False)
    if any(not each.acknowledged for each in findings):
        raise typer.Exit(FOUND)


def _settings(production: Sequence[str], required: Sequence[str]) -> Settings:
    for name in required:
        if name not in _DEMANDS:
            raise WorkbenchError(f"--require takes {' or '.join(_DEMANDS)}, got {name!r}")
    demands = {_DEMANDS[name] for name in required}
    return Settings(
        production=production,
        permissions_boundary=Demand.PERMISSIONS_BOUNDARY in demands,
        guardrail=Demand.GUARDRAIL in demands,
    )


def _document(findings: Sequence[Finding], templates: Sequence[CheckedTemplate]) -> dict[str, object]:
    return {
        "rules": len(RULES),
        "templates": [{"name": each.name, "file": str(each.file)} for each in templates],
        "findings": [
            {
                **asdict(each),
                "severity": each.severity.value,
                "acknowledgement": each.acknowledgement,
                "title": RULES[each.rule].title,
                "why": RULES[each.rule].why,
                "remedy": RULES[each.rule].remedy,
            }
            for each in findings
        ],
    }


def _view(findings: Sequence[Finding], templates: Sequence[CheckedTemplate]) -> Group:
    parts: list[RenderableType] = []
    for template in templates:
        found = [each for each in findings if each.template == template.name and not each.acknowledged]
        if found:
            parts += [Text(template.name, style="bold"), *map(_line, found), Text("")]
    return Group(*parts, _summary(findings, templates))


def _line(finding: Finding) -> Text:
    rule = RULES[finding.rule]
    return Text.assemble(
        ("  " + finding.severity.value, _COLOURS[finding.severity]),
        f" {finding.logical_id}: {finding.message} ",
        (f"({finding.path})", "dim"),
        f"\n    {rule.why}\n    Remedy: {rule.remedy}\n    ",
        (finding.acknowledgement, "dim"),
    )


def _summary(findings: Sequence[Finding], templates: Sequence[CheckedTemplate]) -> Text:
    numbers = Counter(each.severity for each in findings if not each.acknowledged)
    acknowledged = sum(bool(each.acknowledged) for each in findings)
    return Text(
        f"{len(RULES)} rules, {len(templates)} template(s): {numbers[Severity.ERROR]} error(s),"
        f" {numbers[Severity.WARNING]} warning(s), {acknowledged} acknowledged"
    )
