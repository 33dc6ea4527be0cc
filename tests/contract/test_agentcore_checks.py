"""AgentCoreChecks find nothing in what this repository deploys: every environment and every example."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.safety.rules import Finding, check_templates
from workbench.review.checks.templates import read_templates

ROOT = Path(__file__).parent.parent.parent
APPS = [ROOT, *sorted(path.parent for path in (ROOT / "examples").glob("*/app.py"))]


def findings(assembly: Path) -> list[Finding]:
    templates = read_templates([assembly])
    assert templates
    found = check_templates(
        {each.name: each.document for each in templates},
        acknowledgements={each.name: each.acknowledgements for each in templates},
    )
    return [finding for finding in found if not finding.acknowledged]


@pytest.mark.parametrize("app", APPS, ids=lambda path: path.name if path != ROOT else "environments")
def test_what_this_repository_deploys_has_no_finding(app: Path, tmp_path: Path) -> None:
    output = tmp_path / "cdk.out"
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=app,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CDK_OUTDIR": str(output)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert findings(output) == []
