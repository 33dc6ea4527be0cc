"""The command line as a user meets it: in a process of its own."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from workbench.cli import USER_ERROR
from workbench.local_cloud.users import SignInPage
from workbench.local_cloud.workspace import RunningCloud
from workbench.terminal.console import console
from workbench.terminal.tables import cloud_table, sign_in_view


def _run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=directory,
        env={**os.environ, "COLUMNS": "100", "XDG_CACHE_HOME": str(directory / "cache"), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "command",
    [
        "alarms",
        "dashboard",
        "up",
        "demo",
        "status",
        "chat",
        "invoke",
        "sign-in",
        "check",
        "cost",
        "evaluate",
        "permissions",
    ],
)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    result = _run(tmp_path, command, "--help")
    assert result.returncode == 0
    assert f"Usage: agentcore-workbench {command}" in result.stdout.replace(
        "python -m workbench", "agentcore-workbench"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up",), "has no cdk.json: run this in the directory of a CDK app"),
        (("up", "--model", "gpt"), "no such model 'gpt'"),
        (("up", "--context", "novalue"), "--context takes KEY=VALUE, got 'novalue'"),
        (("up", "--secret", "novalue"), "--secret takes NAME=VALUE, got 'novalue'"),
        (("up", "--assembly", "nowhere"), "nowhere"),
        (("demo",), "no agent has demonstration conversations"),
        (("status",), "start one there with `agentcore-workbench up`"),
        (("permissions", "agent"), "no local cloud runs"),
        (("invoke", "agent", "Hello"), "no local cloud runs"),
        (("invoke", "agent", "Hello", "--json", "--stream"), "pass either --json or --stream"),
        (("sign-in", "agent", "--user", "ann@example.com"), "no local cloud runs"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = _run(tmp_path, *arguments)
    assert result.returncode == USER_ERROR
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_no_colour_off_a_terminal(tmp_path: Path) -> None:
    result = _run(tmp_path, "--help")
    assert "Usage" in result.stdout
    assert "\x1b" not in result.stdout


def test_addresses_of_sign_in_pages_stay_in_one_piece() -> None:
    page = SignInPage("agents", "web", "http://127.0.0.1:4566/oauth2/authorize?client_id=" + "x" * 200)
    output = Console(width=80, file=io.StringIO())
    output.print(sign_in_view([page]), soft_wrap=True)
    assert isinstance(output.file, io.StringIO)
    assert f"  {page.url}\n" in output.file.getvalue()


def test_an_arn_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:weather"
    console().print(arn, soft_wrap=True)
    assert capsys.readouterr().out == f"{arn}\n"


def test_the_logs_address_is_never_cut() -> None:
    cloud = RunningCloud(1, 0.0, "http://127.0.0.1:1", "http://127.0.0.1:2", "scripted stand-in", "log")
    output = Console(width=80, file=io.StringIO())
    output.print(cloud_table(cloud, "/home/" + "x" * 200))
    assert isinstance(output.file, io.StringIO)
    assert output.file.getvalue().count("x") == 200
