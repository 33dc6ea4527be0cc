"""The command `load`: many users at once, and nobody may see what another said."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from workbench._options import JsonOption
from workbench.errors import WorkbenchError
from workbench.load.canaries import Canaries
from workbench.load.isolation import Kept
from workbench.load.plan import LoadPlan, Ramp, Speaker
from workbench.load.results import Results
from workbench.load.runner import carry_out, refuse_missing_locust
from workbench.load.scenarios import SCENARIOS, Scenario
from workbench.load.spending import INPUT_TOKENS, OUTPUT_TOKENS, refuse_above_cap, usd_per_message
from workbench.load.targets import Target, deployed_target, local_target
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.terminal.console import console
from workbench.terminal.load import load_view
from workbench.terminal.progress import Progress

MISSED = 1
"""Exit code of a test that did not reach what it had to."""

_TIMEOUT_SECONDS = 300.0


def load(
    agent: Annotated[str, typer.Argument(help="Name of the agent on the local cloud.")] = "",
    scenario: Annotated[str, typer.Option("--scenario", help=f"{', '.join(SCENARIOS)}.")] = "users",
    users: Annotated[
        int | None, typer.Option("--users", min=1, max=99_999, help="Users at the peak. Default: the scenario's.")
    ] = None,
    requests: Annotated[
        int | None, typer.Option("--requests", min=2, help="Messages of each user. Default: the scenario's.")
    ] = None,
    ramp: Annotated[
        float | None, typer.Option("--ramp", min=0, help="Seconds until the peak. Default: the scenario's.")
    ] = None,
    report: Annotated[Path, typer.Option("--report", help="Where to write the HTML page.")] = Path("load.html"),
    runtime_arn: Annotated[
        str, typer.Option("--runtime-arn", help="Test a deployed agent instead; needs --tokens and --max-usd.")
    ] = "",
    qualifier: Annotated[str, typer.Option("--qualifier", help="Endpoint of the deployed agent.")] = "DEFAULT",
    tokens: Annotated[
        Path | None, typer.Option("--tokens", help="File with access tokens of its users, one a line.")
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option("--max-usd", min=0, help="What the test of a deployed agent may cost at most.")
    ] = None,
    message_usd: Annotated[
        float | None,
        typer.Option(
            "--usd-per-message",
            min=0,
            help=f"Most a message costs. Default: {INPUT_TOKENS} tokens of its model in and {OUTPUT_TOKENS} out.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Load-test an agent with many users, and look for anybody's words with anybody else.

    Exit code 1: something was not reached.
    """
    refuse_missing_locust()
    chosen = _scenario(scenario, users, requests, ramp)
    progress = Progress(console(stderr=True))
    target, cap = _target(agent, runtime_arn, qualifier, tokens), 0
    if runtime_arn:
        cap = _cap(target, chosen, max_usd, message_usd)
    results = _run(target, chosen, cap, progress)
    from workbench.load.report import write_report  # its libraries are an extra of the distribution

    write_report(results, report)
    if as_json:
        typer.echo(json.dumps({**results.to_dict(), "report": str(report)}, indent=2))
    else:
        console().print(load_view(results, report), soft_wrap=True, highlight=False)
    if not results.passed:
        raise typer.Exit(MISSED)


def _scenario(name: str, users: int | None, requests: int | None, ramp: float | None) -> Scenario:
    if name not in SCENARIOS:
        raise WorkbenchError(f"there is no scenario {name!r}; pass one of {', '.join(SCENARIOS)}")
    chosen = SCENARIOS[name]
    peak = users or chosen.ramp.users
    seconds = chosen.ramp.seconds if ramp is None else ramp
    return replace(chosen, requests=requests or chosen.requests, ramp=Ramp(min(chosen.ramp.start, peak), peak, seconds))


def _target(agent: str, runtime_arn: str, qualifier: str, tokens: Path | None) -> Target:
    if bool(agent) == bool(runtime_arn):
        raise WorkbenchError("name an agent of the local cloud, or pass --runtime-arn for a deployed one")
    if agent:
        return local_target(running_cloud(workbench_home(Path.cwd())), agent)
    if tokens is None:
        raise WorkbenchError("a deployed agent's users are not made here: pass --tokens FILE, one access token a line")
    return deployed_target(runtime_arn, qualifier, tokens)


def _cap(target: Target, scenario: Scenario, max_usd: float | None, given: float | None) -> int:
    if not max_usd:
        raise WorkbenchError("a load test of a deployed agent costs money: pass --max-usd")
    messages = scenario.ramp.users * scenario.requests
    return refuse_above_cap(messages, usd_per_message(target.model_id, given), max_usd)


def _kept(target: Target, speakers: tuple[Speaker, ...], canaries: Canaries, progress: Progress) -> Kept | None:
    """What the memory keeps, or None where it may not be read: what was sent and paid for is reported all the same."""
    try:
        return target.kept(speakers, canaries) if target.kept else None
    except (BotoCoreError, ClientError) as error:
        progress.line(
            f"[yellow]The memory cannot be read, so only answers were searched:[/yellow] {escape(str(error))}"
        )
        return None


def _run(target: Target, scenario: Scenario, cap: int, progress: Progress) -> Results:
    canaries = Canaries.fresh()
    with progress.step(f"Signing {scenario.ramp.users} users in"):
        speakers = target.speakers(scenario.ramp.users, progress.note)
    plan = LoadPlan(
        address=target.address,
        canaries=canaries.run,
        speakers=speakers,
        requests=scenario.requests,
        ramp=scenario.ramp,
        think_seconds=scenario.think_seconds,
        most_requests=cap,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    with progress.step(f"{scenario.title.capitalize()}: {scenario.ramp.users} users × {scenario.requests} messages"):
        messages, seconds = carry_out(plan, progress.note)
    with progress.step("Reading what the memory keeps of them"):
        kept = _kept(target, speakers, canaries, progress)
    return target.complete(
        Results(
            title=scenario.title,
            agent=target.name,
            model=target.model,
            seconds=seconds,
            users=len({message.user for message in messages}),
            sessions=len({message.session for message in messages}),
            processes=None,
            messages=messages,
            kept=kept,
            acceptance=scenario.acceptance,
        )
    )
