"""`agentcore-workbench cost`: pricing the production stage that is synthesized already."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apps import ROOT
from benchmarks.table import Row
from benchmarks.timing import seconds
from workbench.cost.prices import read_prices
from workbench.cost.profile import find_profile, read_profile
from workbench.cost.report import CostReport, report
from workbench.cost.sources import read_source
from workbench.synthesis import CdkApp

ENVIRONMENT, PROFILE = "prod", "typical"
RUNS = 9
MAX_SECONDS = 2


def measure() -> list[Row]:
    with TemporaryDirectory() as directory:
        output = Path(directory) / "cdk.out"
        app = CdkApp.read(ROOT)

        def synth() -> float:
            return seconds(lambda: app.synthesize(output, context={"environment": ENVIRONMENT}))

        synth()  # packages the agents
        synthesized = synth()
        priced = price(output)
        if priced.total.expected <= 0:
            raise AssertionError("the measured stage should cost something")
        taken = statistics.median(seconds(lambda: price(output)) for _ in range(RUNS))
    how = f"in process, {len(priced.stacks)} stacks, {len(priced.lines)} lines; median of {RUNS}"
    return [
        Row("cost of the production stage", taken, "s", MAX_SECONDS, how),
        Row("synth of the production stage", synthesized, "s", how="every check, agents packaged"),
        Row("cost, synth = 1", taken / synthesized, "×", how="of one run"),
    ]


def price(assembly: Path) -> CostReport:
    """What the command does between reading its options and printing."""
    usage, prices = read_profile(find_profile(PROFILE)), read_prices()
    source = read_source(assembly, ENVIRONMENT)
    return report(source.stacks, source.regions, source.resources, usage, prices)
