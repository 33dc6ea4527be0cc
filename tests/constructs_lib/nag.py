"""What the five rule packs of cdk-nag find in an app, acknowledged findings left out."""

import json
from pathlib import Path
from typing import NamedTuple

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

PACKS = (AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks, ServerlessChecks)


class Finding(NamedTuple):
    pack: str
    rule: str
    construct: str


def findings(app: cdk.App, directory: Path) -> list[Finding]:
    """Synthesize `app`, which has to write to `directory` (`cdk.App(outdir=…)`), with all packs."""
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))
    try:
        app.synth()
    except Exception as error:
        if "validation" not in str(error).lower():
            raise
    report = json.loads((directory / "validation-report.json").read_text())
    # A pack that finds nothing does not report.
    reports = report["pluginReports"]
    return sorted(
        Finding(each["pluginName"], violation["ruleName"], place["constructPath"])
        for each in reports
        for violation in each["violations"]
        for place in violation["violatingConstructs"]
    )
