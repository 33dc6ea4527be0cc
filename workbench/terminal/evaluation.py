"""What an evaluation found, as tables."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.evaluation.baseline import Change, ChangeKind
from workbench.evaluation.report import EvaluationReport
from workbench.evaluation.scores import Outcome, Score

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.ERROR: "yellow"}
_CHANGES = {
    ChangeKind.WORSE: "red",
    ChangeKind.NEW_AND_FAILED: "red",
    ChangeKind.GONE: "yellow",
    ChangeKind.BETTER: "green",
}


def evaluation_view(report: EvaluationReport) -> RenderableType:
    """Scores by evaluator, what did not pass, and what differs from the baseline.

    Args:
        report: What was found.
    """
    parts: list[RenderableType] = [_by_evaluator(report), Text("")]
    parts += _not_passed(report.scores)
    parts += _changes(report)
    return Group(*parts, _summary(report))


def _by_evaluator(report: EvaluationReport) -> Table:
    title = Text.assemble((f"Evaluation of {report.agent}", "bold"), (f" [{report.model}]", "dim"))
    table = Table(title=title, title_justify="left", header_style="dim", box=None, pad_edge=False)
    table.add_column("Evaluator", overflow="fold")
    for column in ("Passed", "Failed", "Did not work", "Mean score", "Baseline"):
        table.add_column(column, justify="right")
    for name in dict.fromkeys(score.evaluator for score in report.scores):
        scores = [score for score in report.scores if score.evaluator == name]
        counts = [sum(score.outcome is outcome for score in scores) for outcome in Outcome]
        before = [report.baseline.values[each.key] for each in scores if each.key in report.baseline.values]
        cells = (
            Text(str(n), style=_STYLES[outcome] if n else "dim") for outcome, n in zip(Outcome, counts, strict=True)
        )
        table.add_row(name, *cells, _mean([each.value for each in scores]), _mean(before))
    return table


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{fmean(known):.2f}" if known else "–"


def _not_passed(scores: Sequence[Score]) -> Iterator[Text]:
    for score in scores:
        if score.outcome is not Outcome.PASSED:
            mark = "✗" if score.outcome is Outcome.FAILED else "! did not work:"
            yield Text.assemble((f"{mark} ", _STYLES[score.outcome]), f"{score.key}: ", (score.explanation, "dim"))


def _changes(report: EvaluationReport) -> Iterator[Text]:
    for change in report.changes:
        # Without a baseline everything is new, and what did not pass stands above.
        if report.baseline_path or change.kind is not ChangeKind.NEW_AND_FAILED:
            yield Text.assemble((f"{change.kind.value}: ", _CHANGES[change.kind]), _described(change))


def _described(change: Change) -> str:
    values = (f"{value:g}" if value is not None else "–" for value in (change.before, change.now))
    return f"{change.key} ({' → '.join(values)})"


def _summary(report: EvaluationReport) -> Text:
    counts = {outcome: sum(score.outcome is outcome for score in report.scores) for outcome in Outcome}
    regressions = sum(change.regression for change in report.changes)
    against = (
        f"{regressions} worse than {report.baseline_path}" if report.baseline_path else "no baseline to compare with"
    )
    text = (
        f"{len(report.scores)} evaluations of {len(report.turns)} turns in {report.seconds:.1f} s:"
        f" {counts[Outcome.PASSED]} passed, {counts[Outcome.FAILED]} failed, {counts[Outcome.ERROR]} did not work;"
        f" {against}"
    )
    return Text(text, style="bold green" if report.acceptable else "bold red")
