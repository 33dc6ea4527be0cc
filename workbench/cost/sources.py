"""What is priced: the stacks of an environment in an assembly, or a single template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.safety.rules import LoadedTemplate, load
from workbench.assembly import AssemblyError, Stack, read_assembly
from workbench.cost.resources import Found, Resources
from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Source:
    """Stacks that are priced together.

    Args:
        path: The assembly or template.
        stacks: Names of the stacks.
        regions: Regions they go to; none for those that are not bound to one.
        resources: Their resources, those of nested stacks included.
    """

    path: Path
    stacks: tuple[str, ...]
    regions: tuple[str, ...]
    resources: Resources


def read_source(path: Path, environment: str) -> Source:
    """Read what is to be priced.

    Args:
        path: A cloud assembly such as `cdk.out`, or a template (JSON).
        environment: Name of the stage, in any case; an assembly without stages is taken as a whole.

    Returns:
        The stacks.

    Raises:
        WorkbenchError: If there is no such assembly, template or stage.
    """
    if path.is_file():
        templates = list(_loaded(path.name, path))
        return Source(path, (path.name,), (), Resources(list(_found(templates))))
    if not (path / "manifest.json").is_file():
        raise AssemblyError(f"{path} is no cloud assembly and no template; synthesize first (`cdk synth`)")
    assembly = read_assembly(path)
    stages = sorted({stack.stage for stack in assembly.stacks if stack.stage})
    chosen = [stage for stage in stages if stage.casefold() == environment.casefold()]
    if stages and not chosen:
        raise WorkbenchError(
            f"no environment is called {environment!r}; {path} has: {', '.join(stages)}. Pass one by --env"
        )
    stacks = assembly.select(chosen or ["*"])
    templates = [each for stack in stacks for each in _loaded(stack.display_name, stack.template.path)]
    regions = sorted({stack.environment.region for stack in stacks if stack.environment.region})
    names = tuple(stack.display_name for stack in stacks)
    return Source(path, names, tuple(regions), Resources(list(_found(templates)), _asset_bytes(stacks)))


def _loaded(name: str, file: Path) -> list[LoadedTemplate]:
    try:
        return list(load(name, file))
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"{file} cannot be read as a template: {error}") from None


def _found(templates: list[LoadedTemplate]) -> Iterator[Found]:
    for template in templates:
        resources = template.document.get("Resources")
        if not isinstance(resources, dict):
            raise WorkbenchError(f"{template.file} is no CloudFormation template: it has no Resources")
        for id_, body in resources.items():
            yield _resource(template, id_, body)


def _resource(template: LoadedTemplate, id_: str, body: object) -> Found:
    known: Mapping[str, object] = body if isinstance(body, dict) else {}
    properties = known.get("Properties")
    return Found(
        stack=template.name,
        id=id_,
        type=str(known.get("Type")),
        properties=properties if isinstance(properties, dict) else {},
    )


def _asset_bytes(stacks: tuple[Stack, ...]) -> int:
    sources = {file.source for stack in stacks for file in stack.files}
    return sum(_bytes(source) for source in sources)


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
