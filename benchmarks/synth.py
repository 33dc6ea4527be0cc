"""Synth: the whole app, one more agent, and this library against a hand-written app with the same template."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.agents_app import Bill
from benchmarks.apps import AGENTS, L2_APP, OWN_APP, ROOT, package_agent, synthesis_environment, synthesize
from benchmarks.table import Row
from benchmarks.timing import in_turn, seconds
from workbench.synthesis import CdkApp

MORE_AGENTS = 3
"""Agents of the larger stack when the cost of one more is measured."""


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        return [*whole_app(Path(directory) / "app"), *one_more_agent(Path(directory) / "agents"), *against_l2()]


def whole_app(directory: Path) -> list[Row]:
    """`app.py` with every environment, rule pack and CDK's validator, as `make synth ENV=all` runs it."""
    app = CdkApp.read(ROOT)
    package_agent(directory / "uv")  # the wheels are in uv's cache then; downloading them would measure the network

    def synth() -> float:
        return seconds(lambda: app.synthesize(directory / "cdk.out", context={}))

    with _own_cache(directory / "cache"):
        cold = synth()
        warm = statistics.median(synth() for _ in range(3))
    return [
        Row("synth of the whole app, cold", cold, "s", how="four environments, every check; no package in our cache"),
        Row("synth of the whole app, warm", warm, "s", how="the same, code unchanged; median of 3"),
    ]


def one_more_agent(directory: Path) -> list[Row]:
    """What each further agent of unchanged code adds to a synth."""
    agents = _copies(directory, MORE_AGENTS)
    _bill(agents, MORE_AGENTS)  # packages them
    pairs = [(_bill(agents, 1), _bill(agents, MORE_AGENTS)) for _ in range(5)]
    further = MORE_AGENTS - 1
    slope = statistics.median((many.seconds - one.seconds) / further for one, many in pairs)
    one, many = pairs[-1]
    processes = [program for pair in pairs for bill in pair for program in bill.processes]
    return [
        Row(
            "re-synth of unchanged code: installs", len(processes), "processes", 0,
            "programs started by 10 synths, jsii's Node apart",
        ),
        Row("re-synth of unchanged code, per agent", slope, "s", 0.1, f"1 agent against {MORE_AGENTS}; median of 5"),
        Row("jsii round trips per agent", (many.round_trips - one.round_trips) / further, "calls", 45, "each further"),
        Row("jsii round trips of a stack", one.round_trips, "calls", how="key, memory with two strategies, one agent"),
    ]  # fmt: skip


def against_l2() -> list[Row]:
    """Whole processes in turn; the zip is packaged already and handed to the hand-written app."""
    archive = package_agent()
    with tempfile.TemporaryDirectory() as directory:
        outputs = {app: Path(directory) / app.parent.name for app in (OWN_APP, L2_APP)}

        def synth(app: Path) -> float:
            return seconds(lambda: synthesize(app, outputs[app], archive))

        synth(OWN_APP), synth(L2_APP)
        own, by_hand, ratio = in_turn(lambda: synth(OWN_APP), lambda: synth(L2_APP), runs=9)
    return [
        Row("synth of one agent with memory", own, "s", how="whole process, CDK's validator off"),
        Row("the same template by hand", by_hand, "s", how="benchmarks/l2_app"),
        Row("synth over hand-written", ratio, "×", 1.1, "median of 9 pairs in turn"),
    ]


def _copies(directory: Path, count: int) -> Path:
    """Directories of `count` agents with the same lock and a source of their own."""
    agents = directory / "agents"
    agents.mkdir(parents=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.lock")
    shutil.copy(AGENTS / "__init__.py", agents)
    shutil.copytree(AGENTS / "shared", agents / "shared", ignore=unwanted)
    for number in range(count):
        copy = agents / f"agent_{number}"
        shutil.copytree(AGENTS / "memory_assistant", copy, ignore=unwanted)
        (copy / "main.py").write_text((copy / "main.py").read_text() + f"\n# agent {number}\n")
    return agents


def _bill(agents: Path, count: int) -> Bill:
    """A synth of the first `count` agents, always into the same assembly."""
    report = agents.parent / "bill.json"
    environment = {**synthesis_environment(agents.parent / f"cdk.out-{count}"), "AGENT_CACHE": str(agents.parent / "c")}
    command = [sys.executable, "-m", "benchmarks.agents_app", str(agents), str(count), str(report)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return Bill(**json.loads(report.read_text()))


@contextmanager
def _own_cache(directory: Path) -> Iterator[None]:
    """Let this library begin with an empty cache, while uv and jsii keep theirs."""
    before = dict(os.environ)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ["UV_CACHE_DIR"] = subprocess.check_output(["uv", "cache", "dir"], text=True).strip()
    os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(base / "aws/jsii/package-cache")
    os.environ["XDG_CACHE_HOME"] = str(directory)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
