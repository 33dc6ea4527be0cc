"""Every public construct in one app: nothing that a rule pack, cfn-lint or checkov would say is left unsaid."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from constructs import Construct

import constructs_lib
from tests.constructs_lib.lint import complaints
from tests.contract.test_rule_packs import WITH_CHECKOV, checkov
from workbench.cost.prices import read_prices
from workbench.cost.profile import read_profile, shipped
from workbench.cost.report import report
from workbench.cost.sources import read_source

APP = Path(__file__).parent / "constructs_app.py"
ROOT = APP.parents[3]
# Not made by a user, or made by `UserDirectory.from_user_pool` of what exists, or a part of the others.
NOT_ALONE = {"ImportedUserDirectory", "LogDelivery", "UserDirectoryBase"}
# W3010: the zones of an agent network are named by its user, because AgentCore supports some only.
BY_CHOICE = ("W3010",)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("every") / "cdk.out"
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    result = subprocess.run(
        [sys.executable, str(APP)],
        env={**environment, "CDK_OUTDIR": str(output), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return output


def test_every_construct_is_in_it() -> None:
    source = APP.read_text()
    constructs = {
        name
        for name in constructs_lib.__all__
        if inspect.isclass(made := getattr(constructs_lib, name)) and issubclass(made, Construct)
    }
    assert not {name for name in constructs - NOT_ALONE if f"{name}(" not in source and f"{name}." not in source}


def test_no_rule_pack_finds_anything(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())
    assert len(report["pluginReports"]) >= 5
    assert not [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]


def test_cfn_lint_says_nothing(assembly: Path) -> None:
    assert not complaints(json.loads((assembly / "EveryConstruct.template.json").read_text()), ignore=BY_CHOICE)


def test_the_cost_of_every_resource_is_known(assembly: Path) -> None:
    source = read_source(assembly, "prod")
    found = report(source.stacks, source.regions, source.resources, read_profile(shipped()["typical"]), read_prices())
    assert not found.not_priced, "price these types in workbench/cost/estimate, or list them in workbench/cost/free.py"
    assert not found.unknown
    assert found.total.expected > 0


@WITH_CHECKOV
def test_checkov_finds_nothing(assembly: Path) -> None:
    assert checkov(assembly) == {}
