"""The command line `agentcore-workbench`."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from workbench.conversations.command import chat, invoke, sign_in
from workbench.cost.command import cost
from workbench.dashboards.command import alarms, dashboard
from workbench.errors import WorkbenchError
from workbench.evaluate import evaluate
from workbench.load.command import load
from workbench.local_cloud.command import demo, status, up
from workbench.permissions.command import permissions
from workbench.review.checks.command import check
from workbench.telemetry.command import trace
from workbench.terminal.console import console

USER_ERROR = 2
"""Exit code for what the user can put right."""

_LOOPBACK = ("127.0.0.1", "localhost")

app = typer.Typer(
    help="Deploys synthesized CDK templates onto a local cloud, runs their agents, and shows what each used.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(up)
app.command()(demo)
app.command()(status)
app.command()(chat)
app.command()(invoke)
app.command("sign-in")(sign_in)
app.command()(permissions)
app.command()(evaluate)
app.command()(load)
app.command()(check)
app.command()(dashboard)
app.command()(alarms)
app.command()(cost)
app.command()(trace)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; what the user can put right is one line and exit code 2.

    Args:
        arguments: The arguments. Default: those of the process.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    # A shell starts background jobs with SIGINT ignored, and Ctrl-C has to end `up` all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_loopback_off_proxies()
    try:
        app(args=arguments)
    except WorkbenchError as error:
        _fail(str(error), error.detail)
    except (BotoCoreError, ClientError, httpx.HTTPError) as error:
        _fail(f"the local cloud answered with an error: {error}", "")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.exit(0)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _keep_loopback_off_proxies() -> None:
    for variable in ("NO_PROXY", "no_proxy"):
        os.environ[variable] = ",".join(filter(None, (os.environ.get(variable), *_LOOPBACK)))


def _fail(message: str, detail: str) -> NoReturn:
    errors = console(stderr=True)
    # Errors of botocore run over several lines.
    line = " ".join(message.split())
    errors.print(f"[bold red]error:[/bold red] {escape(line)}", highlight=False, soft_wrap=True)
    if detail:
        errors.print(escape(detail), style="dim", highlight=False, soft_wrap=True)
    sys.exit(USER_ERROR)
