"""The `local` stage on a local cloud of the benchmarks' own, with the scripted model."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apps import ROOT
from benchmarks.timing import seconds
from workbench.assembly import CloudAssembly, read_assembly
from workbench.local_cloud.agents import DeployedAgent, find_agent
from workbench.local_cloud.cloud import LocalCloud
from workbench.synthesis import CdkApp

HOME = ROOT / ".workbench"
ASSISTANT = "Local/MemoryAssistant"
"""The stack that is measured; deployed with those that it depends on."""


@dataclass(frozen=True)
class DeployedStage:
    """The assistant's part of the stage, deployed onto an empty cloud.

    Args:
        cloud: The cloud.
        archive: The packaged agent.
        agent: `memory_assistant`.
        deploy_seconds: How long the deployment took.
    """

    cloud: LocalCloud
    archive: Path
    agent: DeployedAgent
    deploy_seconds: float


@contextmanager
def deployed_stage() -> Iterator[DeployedStage]:
    """Synthesize, start a cloud and deploy; everything ends on the way out."""
    with TemporaryDirectory() as directory:
        output = Path(directory) / "cdk.out"
        CdkApp.read(ROOT).synthesize(output, context={"environment": "local"})
        assembly = read_assembly(output)
        with LocalCloud(HOME, work=HOME / "benchmarks") as cloud:
            taken = seconds(lambda: cloud.deploy(assembly, stacks=[ASSISTANT]))
            yield DeployedStage(cloud, _archive(assembly), find_agent(cloud.record, "memory_assistant"), taken)


def _archive(assembly: CloudAssembly) -> Path:
    """The zip among what the assistant's own stack publishes."""
    (stack,) = assembly.select([ASSISTANT], with_dependencies=False)
    (archive,) = (file.source for file in stack.files if file.source.suffix == ".zip")
    return archive
