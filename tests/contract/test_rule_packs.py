"""The gate: `cdk synth --strict` of every environment and example under all rule packs, cfn-lint and checkov."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib.runtime._packaging.bytecode import find_interpreter
from constructs_lib.runtime._packaging.cache import Cache, default_cache_directory
from constructs_lib.safety.rules import Finding, check_templates
from stacks.environments import ENVIRONMENTS
from workbench.review.checks.templates import read_templates

ROOT = Path(__file__).parent.parent.parent
PACKS = {"AwsSolutions", "NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321", "Serverless"}
OWN_PACK = "AgentCoreChecks"
# Eight of each environment, and one of the account.
STACKS = 8 * len(ENVIRONMENTS) + 1
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/app.py"))
CDK = ROOT / "node_modules/.bin/cdk"
BIN = Path(sys.executable).parent
CHECKOV = ROOT / "tests/checkov/.venv/bin/checkov"
WITH_CHECKOV = pytest.mark.skipif(not CHECKOV.exists(), reason="`make test` installs checkov")

# Warnings that are not the app's, by their id: the reason. The L2 causes none today.
KNOWN_WARNINGS: Mapping[str, str] = (
    {}
    if find_interpreter(Cache(default_cache_directory()), "3.13")
    else {"noBytecode": "this machine has no Python 3.13, the agents' version, to compile their bytecode with"}
)
# `--strict` makes every warning an error; a machine that cannot compile is still held to all other warnings below.
STRICT = () if KNOWN_WARNINGS else ("--strict",)


def synthesize(directory: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    return subprocess.run(
        [str(CDK), "synth", *STRICT, "--quiet", "--output", str(output), *arguments, "**"],
        cwd=directory,
        env={**environment, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("gate") / "cdk.out"
    result = synthesize(ROOT, output, "--context", "environment=all")
    assert result.returncode == 0, result.stdout + result.stderr
    return output


def test_every_environment_passes_all_packs(everything: Path) -> None:
    report = json.loads((everything / "validation-report.json").read_text())
    findings = {plugin["pluginName"]: plugin["violations"] for plugin in report["pluginReports"]}
    # A pack with nothing to say is not in the report; that all run is shown below, on an app that fails each.
    assert findings
    assert not any(findings.values()), findings


def findings(assembly: Path) -> list[Finding]:
    """What AgentCoreChecks find in templates, as the workbench reads them."""
    templates = read_templates([assembly])
    assert templates
    found = check_templates(
        {each.name: each.document for each in templates},
        acknowledgements={each.name: each.acknowledgements for each in templates},
    )
    return [finding for finding in found if not finding.acknowledged]


def test_the_review_finds_nothing_in_any_environment(everything: Path) -> None:
    assert findings(everything) == []


def test_every_acknowledged_finding_has_a_reason_and_an_exact_id(everything: Path) -> None:
    report = json.loads((everything / "validation-report.json").read_text())
    acknowledged = [finding for plugin in report["pluginReports"] for finding in plugin["suppressedViolations"]]
    assert acknowledged
    for finding in acknowledged:
        assert finding["acknowledgedId"].endswith(finding["ruleName"])
        assert len(finding["reason"]) > 40, finding


def test_every_environment_passes_cfn_lint(everything: Path) -> None:
    templates = sorted(str(path) for path in everything.rglob("*.template.json"))
    assert len(templates) == STACKS, templates
    result = subprocess.run(
        [str(BIN / "cfn-lint"), "--non-zero-exit-code", "error", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def checkov(directory: Path) -> dict[str, list[str]]:
    """What checkov finds in the templates below a directory, by check; what it skips is `skipped`."""
    command = [str(CHECKOV), "--directory", str(directory), "--framework", "cloudformation", "--output", "json"]
    result = subprocess.run(
        [*command, "--compact", "--skip-download", "--soft-fail"], capture_output=True, text=True, check=True
    )
    found: dict[str, list[str]] = {}
    checks = json.loads(result.stdout)["results"]
    for check in checks["failed_checks"]:
        found.setdefault(check["check_id"], []).append(check["resource"])
    assert checks["passed_checks"]
    assert all(len(check["check_result"]["suppress_comment"]) > 40 for check in checks["skipped_checks"])
    return found


@WITH_CHECKOV
def test_every_environment_passes_checkov(everything: Path) -> None:
    assert checkov(everything) == {}


@WITH_CHECKOV
def test_checkov_finds_what_nobody_acknowledged(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    s3.Bucket(cdk.Stack(app, "Careless"), "Bucket")
    app.synth()
    assert checkov(tmp_path)


def test_warnings_are_the_known_ones(everything: Path) -> None:
    files = sorted(everything.rglob("*.metadata.json"))
    warnings = {
        entry["data"]
        for file in files
        for entries in json.loads(file.read_text()).values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
    }
    assert len(files) == STACKS
    assert not {warning for warning in warnings if not any(known in warning for known in KNOWN_WARNINGS)}


def test_an_unacknowledged_finding_of_any_pack_stops_the_synth(tmp_path: Path) -> None:
    app = tmp_path / "careless.py"
    app.write_text(
        "import aws_cdk as cdk\n"
        "from aws_cdk import aws_lambda as lambda_, aws_s3 as s3\n"
        "from aws_cdk import aws_bedrockagentcore as agentcore\n"
        "from app import add_rule_packs\n"
        "app = cdk.App()\n"
        "stack = cdk.Stack(app, 'Careless')\n"
        "s3.Bucket(stack, 'Bucket')\n"
        "agentcore.Memory(stack, 'Memory', memory_name='careless')\n"
        "code = lambda_.Code.from_inline('def handler(event, context): pass')\n"
        "lambda_.Function(stack, 'Function', code=code, handler='index.handler', runtime=lambda_.Runtime.PYTHON_3_13)\n"
        "add_rule_packs(app)\n"
        "app.synth()\n"
    )
    output = tmp_path / "out"
    result = subprocess.run(
        [sys.executable, str(app)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "CDK_VALIDATION": "true", "CDK_OUTDIR": str(output)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads((output / "validation-report.json").read_text())
    assert result.returncode != 0
    assert {plugin["pluginName"] for plugin in report["pluginReports"] if plugin["violations"]} >= PACKS | {OWN_PACK}


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("examples")
    for example in EXAMPLES:
        result = synthesize(ROOT / "examples" / example, output / example)
        assert result.returncode == 0, example + result.stdout + result.stderr
    return output


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_synthesizes_strictly_and_the_review_finds_nothing(examples: Path, example: str) -> None:
    assert findings(examples / example) == []


@WITH_CHECKOV
def test_every_example_passes_checkov(examples: Path) -> None:
    assert checkov(examples) == {}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_short_and_uses_public_names(example: str) -> None:
    source = (ROOT / "examples" / example / "app.py").read_text()
    assert len(source.splitlines()) < 60
    imports = [line for line in source.splitlines() if "constructs_lib" in line and "import" in line]
    assert imports
    assert all(line.startswith("from constructs_lib import ") for line in imports), imports
