"""The command `cost`, as a user meets it: in a process of its own."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench.cost.support import LEAST, REFERENCE
from workbench.cli import USER_ERROR

CPU_SECONDS = 2.0


def cost(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", "cost", *arguments],
        cwd=directory,
        env={**os.environ, "COLUMNS": "120", "XDG_CACHE_HOME": str(directory / "cache"), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """An assembly with two stages, as the CDK writes it."""
    root = tmp_path / "cdk.out"
    for stage, keys in (("Dev", 1), ("Prod", 3)):
        inner = root / f"assembly-{stage}"
        inner.mkdir(parents=True)
        resources = {f"Key{n}": {"Type": "AWS::KMS::Key", "Properties": {}} for n in range(keys)}
        (inner / "Stack.template.json").write_text(json.dumps({"Resources": resources}))
        stack = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/eu-central-1",
            "properties": {"templateFile": "Stack.template.json"},
            "displayName": f"{stage}/Stack",
        }
        (inner / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": {f"{stage}Stack": stack}}))
    stages = {
        f"assembly-{stage}": {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": f"assembly-{stage}", "displayName": stage},
        }
        for stage in ("Dev", "Prod")
    }
    (root / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": stages}))
    return root


def keys(document: str) -> float:
    (found,) = [each for each in json.loads(document)["lines"] if each["item"] == "keys"]
    return float(found["amount"]["expected"])


def test_prices_the_environment_that_is_asked_for_in_any_case(tmp_path: Path, assembly: Path) -> None:
    assert keys(cost(tmp_path, "--json").stdout) == 3
    assert keys(cost(tmp_path, "--env", "dev", "--json").stdout) == 1
    assert keys(cost(tmp_path, "-e", "PROD", "--assembly", "cdk.out", "--json").stdout) == 3


def test_shows_lines_total_region_and_what_to_do_next(tmp_path: Path, assembly: Path) -> None:
    result = cost(tmp_path, "--profile", "light")
    assert result.returncode == 0, result.stderr
    assert "Prod/Stack" in result.stdout
    assert "Total a month" in result.stdout
    assert "Stacks go to eu-central-1; the prices are those of us-east-1." in result.stdout
    assert "pass it by --profile" in " ".join(result.stdout.split())
    assert "\x1b" not in result.stdout


def test_writes_the_document_that_budgets_read(tmp_path: Path, assembly: Path) -> None:
    result = cost(tmp_path, "--output", "cost.json")
    assert result.returncode == 0, result.stderr
    document = json.loads((tmp_path / "cost.json").read_text())
    assert document["currency"] == "USD"
    assert 3 <= document["total"]["low"] <= document["total"]["expected"] <= document["total"]["high"]
    assert "Total a month" in result.stdout


def test_compares_with_another_assembly(tmp_path: Path, assembly: Path) -> None:
    before = assembly / "assembly-Dev/Stack.template.json"
    document = json.loads(cost(tmp_path, "--diff", str(before), "--json").stdout)
    assert document["difference"]["change"]["expected"] == 2
    assert [each["item"] for each in document["difference"]["lines"]] == ["keys"]
    assert "What differs" in cost(tmp_path, "--diff", str(before)).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--env", "staging"), "no environment is called 'staging'; cdk.out has: Dev, Prod. Pass one by --env"),
        (("--profile", "none.toml"), "cannot read the profile none.toml: No such file"),
        (("--profile", "bad.toml"), "bad.toml: [usage] users has to be a number of 0 or more, got -1"),
        (("--profile", "key.toml"), "key.toml: unknown extra; known are"),
        (("--assembly", "nowhere"), "nowhere is no cloud assembly and no template; synthesize first"),
        (("--assembly", "bad.toml"), "bad.toml cannot be read as a template"),
        (("--assembly", "empty.json"), "empty.json is no CloudFormation template: it has no Resources"),
        (("--assembly", "cdk.out", "--synth"), "pass one of them"),
        (("--diff", "nowhere"), "nowhere is no cloud assembly"),
        (("--output", "no/such/directory"), "cannot write no/such/directory: No such file or directory"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(
    tmp_path: Path, assembly: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "bad.toml").write_text(LEAST.replace("users = 10", "users = -1", 1))
    (tmp_path / "key.toml").write_text(LEAST + "[extra]\n")
    (tmp_path / "empty.json").write_text("{}")
    result = cost(tmp_path, *arguments)
    assert result.returncode == USER_ERROR
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_without_an_assembly_and_an_app_it_says_how_to_get_one(tmp_path: Path) -> None:
    result = cost(tmp_path)
    assert result.returncode == USER_ERROR
    assert "has no cdk.json: run this in the directory of a CDK app" in result.stderr


def test_without_an_assembly_the_app_is_synthesized(tmp_path: Path, assembly: Path) -> None:
    assembly.rename(tmp_path / "made")
    (tmp_path / "cdk.json").write_text(json.dumps({"app": 'mkdir -p "$CDK_OUTDIR" && cp -r made/* "$CDK_OUTDIR"'}))
    result = cost(tmp_path, "--json")
    assert result.returncode == 0, result.stderr
    assert "Synthesizing" in result.stderr
    assert keys(result.stdout) == 3


def test_it_takes_less_than_two_seconds_of_cpu(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert cost(tmp_path, "--assembly", str(REFERENCE)).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_SECONDS
