"""The command `cost`: what an app costs a month, before it is deployed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from workbench._options import ContextOption, JsonOption, context_values
from workbench.errors import WorkbenchError

_DEFAULT = Path("cdk.out")
_PROFILE = "typical"


def cost(
    environment: Annotated[
        str,
        typer.Option(
            "--env",
            "--environment",
            "-e",
            help="Price the stage of this name, in any case. An assembly without stages is priced as a whole.",
        ),
    ] = "prod",
    profile: Annotated[
        str,
        typer.Option(
            "--profile", help="How much the app is used: a TOML file, or one of light, typical, heavy and enterprise."
        ),
    ] = _PROFILE,
    assembly: Annotated[
        Path | None,
        typer.Option(
            "--assembly",
            help="A synthesized assembly, or a template (JSON). Default: cdk.out; if there is none, the app of this"
            " directory is synthesized.",
        ),
    ] = None,
    synthesize: Annotated[
        bool, typer.Option("--synth", help="Synthesize the app of this directory, also if there is a cdk.out.")
    ] = False,
    diff: Annotated[
        Path | None, typer.Option("--diff", help="Compare with this assembly or template, as the state before.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the JSON document into this file, too.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say under each line how its amount comes about.")] = False,
    context: ContextOption = None,
    as_json: JsonOption = False,
) -> None:
    """Price the synthesized templates with a usage profile: a monthly range for each line, no account, no network."""
    # Other commands need none of this.
    from workbench.cost.difference import change, differences
    from workbench.cost.prices import read_prices
    from workbench.cost.profile import find_profile, read_profile
    from workbench.cost.report import CostReport, report
    from workbench.cost.sources import read_source
    from workbench.terminal.console import console
    from workbench.terminal.cost import cost_view, difference_view

    if assembly and synthesize:
        raise WorkbenchError("--assembly names what is synthesized already and --synth synthesizes: pass one of them")
    usage, prices = read_profile(find_profile(profile)), read_prices()

    def priced(path: Path) -> CostReport:
        source = read_source(path, environment)
        return report(source.stacks, source.regions, source.resources, usage, prices)

    after = priced(assembly or _assembly(environment, context or [], synthesize))
    document, before = after.to_dict(), priced(diff) if diff else None
    if before:
        document["difference"] = {
            "before": before.total.to_dict(),
            "change": change(before, after).to_dict(),
            "lines": [each.to_dict() for each in differences(before, after)],
        }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if output:
        _write(output, text)
    if as_json:
        typer.echo(text)
        return
    screen = console()
    screen.print(cost_view(after, explain=explain), highlight=False)
    if before:
        screen.print("", difference_view(differences(before, after), change(before, after)), sep="\n", highlight=False)


def _assembly(environment: str, context: list[str], synthesize: bool) -> Path:
    if not synthesize and (_DEFAULT / "manifest.json").is_file():
        return _DEFAULT
    from workbench.local_cloud.environments import workbench_home
    from workbench.synthesis import CdkApp
    from workbench.terminal.console import console
    from workbench.terminal.progress import Progress

    app = CdkApp.read(Path.cwd())
    target = workbench_home(Path.cwd()) / "cost" / "cdk.out"
    with Progress(console(stderr=True)).step(f"Synthesizing `{app.command}` with every check"):
        app.synthesize(target, context={"environment": environment, **context_values(context)})
    return target


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise WorkbenchError(f"cannot write {path}: {error.strerror}; name another file by --output") from None
