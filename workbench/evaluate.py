"""The command `evaluate`: a data set against an agent, against its baseline."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from workbench._options import (
    ContextOption,
    EnvironmentOption,
    JsonOption,
    ModelNameOption,
    ModelOption,
    context_values,
)
from workbench.errors import WorkbenchError
from workbench.evaluation.baseline import Baseline, read_baseline, write_baseline
from workbench.evaluation.dataset import EvaluatedConversation, read_dataset
from workbench.evaluation.report import EMPTY, EvaluationReport
from workbench.evaluation.runner import EvaluatedTurn, run
from workbench.evaluation.target import Target, deployed_target, local_target
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice
from workbench.sessions import Request, deployed
from workbench.terminal.console import console
from workbench.terminal.evaluation import evaluation_view
from workbench.terminal.progress import Progress

WORSE = 1
"""Exit code of a run that is worse than its baseline, or in which an evaluator did not work."""

DIRECTORY, DATASET, BASELINE = "evaluation", "dataset.toml", "baseline.json"
_ENVIRONMENT = "local"
_SUFFIX_CHARACTERS = 8


def evaluate(
    agent: Annotated[str, typer.Argument(help="Name of the agent's directory below agents/, or of its runtime.")],
    dataset: Annotated[
        Path | None,
        typer.Option("--dataset", help="TOML or .jsonl. Default: agents/AGENT/evaluation/dataset.toml."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", help="What to compare with. Default: baseline.json beside the data set."),
    ] = None,
    save_baseline: Annotated[
        bool, typer.Option("--save-baseline", help="Store this run's scores as the baseline instead of comparing.")
    ] = False,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Deploy the app of this directory onto a local cloud for the run.")
    ] = False,
    runtime_arn: Annotated[
        str,
        typer.Option("--runtime-arn", help="Evaluate this runtime in AWS, under your credentials and at your cost."),
    ] = "",
    judge_model: Annotated[
        str, typer.Option("--judge-model", help="Model id of the judges. Default: the agent's own model.")
    ] = "",
    environment: EnvironmentOption = _ENVIRONMENT,
    context: ContextOption = None,
    model: ModelOption = SCRIPTED,
    model_name: ModelNameOption = "",
    as_json: JsonOption = False,
) -> None:
    """Run a data set of conversations against an agent, score the answers, and compare with the stored baseline.

    The agent is one of the running local cloud, one that --deploy brings up, or one in AWS. Exit code 1: something is
    worse than the baseline, or an evaluator did not work.
    """
    if deploy and runtime_arn:
        raise WorkbenchError(
            "--deploy brings up a local cloud and --runtime-arn names an agent in AWS: pass one of them"
        )
    _refuse_unused(deploy, environment, context, model, model_name)
    path = dataset or _dataset_of(agent)
    conversations = read_dataset(path)
    stored = baseline or path.parent / BASELINE
    known = None if save_baseline else _known(stored, given=baseline is not None)
    progress = Progress(console(stderr=True))
    request = Request(
        directory=Path.cwd(),
        assembly=None,
        environment=environment,
        context={"environment": environment, **context_values(context or [])},
        model=ModelChoice.parse(model, name=model_name),
    )
    with _target(agent, runtime_arn, judge_model, request if deploy else None, progress) as target:
        _refuse_other_model(known, target, stored)
        started = time.monotonic()
        turns = _run(conversations, target, progress)
        seconds = time.monotonic() - started
    report = EvaluationReport(
        target.name, target.model, turns, seconds, known or EMPTY, str(stored) if known is not None else ""
    )
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        console().print(evaluation_view(report), soft_wrap=True)
    if save_baseline:
        write_baseline(stored, report.scores, target.model)
        progress.line(f"Baseline written to {stored}")
    elif not report.acceptable:
        raise typer.Exit(WORSE)


def _dataset_of(agent: str) -> Path:
    path = Path("agents") / agent / DIRECTORY / DATASET
    if not path.is_file():
        known = sorted(found.parent.parent.name for found in Path("agents").glob(f"*/{DIRECTORY}/{DATASET}"))
        has = f"data sets there are for: {', '.join(known)}" if known else "no agent here has one"
        raise WorkbenchError(f"there is no data set {path}; {has}. Name the agent's directory, or pass --dataset")
    return path


@contextmanager
def _target(
    agent: str, runtime_arn: str, judge_model: str, request: Request | None, progress: Progress
) -> Iterator[Target]:
    if runtime_arn:
        yield deployed_target(runtime_arn, judge_model)
    elif request is not None:
        with deployed(request, progress) as (cloud, _):
            yield local_target(cloud.record, agent, judge_model)
    else:
        yield local_target(running_cloud(workbench_home(Path.cwd())), agent, judge_model)


def _run(
    conversations: tuple[EvaluatedConversation, ...], target: Target, progress: Progress
) -> tuple[EvaluatedTurn, ...]:
    judged = any(case.judges for each in conversations for case in each.cases)
    number, total = 0, sum(len(each.cases) for each in conversations)

    def on_turn(conversation: str, turn: int) -> None:
        nonlocal number
        number += 1
        progress.note(f"{number} of {total}: {conversation}, turn {turn}")

    with progress.step(f"Evaluating {target.name}"):
        judge_model = target.judge_model() if judged else None
        suffix = uuid.uuid4().hex[:_SUFFIX_CHARACTERS]
        return tuple(run(conversations, target.agent_as, judge_model, suffix=suffix, on_turn=on_turn))


def _refuse_unused(deploy: bool, environment: str, context: list[str] | None, model: str, model_name: str) -> None:
    given = {
        "--environment": environment != _ENVIRONMENT,
        "--context": bool(context),
        "--model": model != SCRIPTED,
        "--model-name": bool(model_name),
    }
    unused = [option for option, is_given in given.items() if is_given]
    if unused and not deploy:
        raise WorkbenchError(
            f"{', '.join(unused)} count where the app is deployed for the run: add --deploy, or leave them out"
        )


def _known(path: Path, *, given: bool) -> Baseline | None:
    known = read_baseline(path)
    if known is None and given:
        raise WorkbenchError(f"there is no baseline {path}; make it with --save-baseline, or leave --baseline out")
    return known


def _refuse_other_model(known: Baseline | None, target: Target, path: Path) -> None:
    if known is not None and known.model != target.model:
        raise WorkbenchError(
            f"{path} has the scores of {known.model!r}, and here answers {target.model!r}: scores of different models"
            " do not compare; pass another --baseline, or make it with --save-baseline"
        )
