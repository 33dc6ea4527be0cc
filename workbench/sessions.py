"""From a CDK app to a running, deployed local cloud: what `up` and `demo` have in common."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.assembly import CloudAssembly, read_assembly
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.deployment import Deployment
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.model_choice import ModelChoice
from workbench.local_cloud.secrets import store_secrets
from workbench.synthesis import CdkApp
from workbench.terminal.progress import Progress


@dataclass(frozen=True)
class Request:
    """What to bring up.

    Args:
        directory: The directory the user works in.
        assembly: A synthesized assembly; None to synthesize the app of `directory`.
        environment: Name of the stage to deploy, in any case.
        context: Context for the synthesis.
        model: What answers as the model.
        secrets: Values of secrets that the app expects and does not make, by name. Default: none.
        front_ends: Whether the web applications run, too. Default: no, only what they would talk to.
    """

    directory: Path
    assembly: Path | None
    environment: str
    context: Mapping[str, str]
    model: ModelChoice
    secrets: Mapping[str, str] = field(default_factory=dict)
    front_ends: bool = False


@contextmanager
def deployed(request: Request, progress: Progress) -> Iterator[tuple[LocalCloud, Deployment]]:
    """A local cloud with the asked-for stacks on it; ended on the way out.

    Args:
        request: What to bring up.
        progress: Told what takes time.

    Yields:
        The cloud and what is deployed on it.

    Raises:
        WorkbenchError: If synthesis, start or deployment fails.
    """
    home = workbench_home(request.directory)
    cloud = LocalCloud(home, model=request.model, progress=progress.note)
    cloud.workspace.refuse_second()
    assembly = _assembly(request, home, progress)
    stacks = stage_patterns(assembly, request.environment)
    with ExitStack() as running:
        with progress.step("Starting the local cloud"):
            running.enter_context(cloud)
        with progress.step("Deploying"):
            store_secrets(assembly, stacks, cloud.endpoint, request.secrets)
            deployment = cloud.deploy(assembly, stacks=stacks, on_event=progress.deployment)
        if request.front_ends:
            with progress.step("Starting the front end"):
                cloud.start_front_ends(assembly)
        try:
            yield cloud, deployment
        finally:
            with progress.step("Ending every process of the local cloud"):
                running.close()


def stage_patterns(assembly: CloudAssembly, environment: str) -> tuple[str, ...]:
    """Which stacks of an assembly an environment's name means.

    Args:
        assembly: The assembly.
        environment: Name of a stage, in any case.

    Returns:
        The stage's path; for an assembly without stages, all stacks.

    Raises:
        WorkbenchError: If there are stages, but none of that name.
    """
    stages = sorted({stack.stage for stack in assembly.stacks if stack.stage})
    if not stages:
        return ("*",)
    chosen = tuple(stage for stage in stages if stage.casefold() == environment.casefold())
    if not chosen:
        raise WorkbenchError(
            f"no stage is called {environment!r}; the assembly has: {', '.join(stages)}. Pass one by --environment"
        )
    return chosen


def _assembly(request: Request, home: Path, progress: Progress) -> CloudAssembly:
    if request.assembly is not None:
        return read_assembly(request.assembly)
    app = CdkApp.read(request.directory)
    output = home / "cdk.out"
    with progress.step(f"Synthesizing `{app.command}` with every check"):
        app.synthesize(output, context=request.context)
    synthesized = read_assembly(output)
    for warning in dict.fromkeys(text for stack in synthesized.stacks for text in stack.warnings):
        progress.note(f"Warning: {warning}")
    return synthesized
