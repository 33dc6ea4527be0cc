"""Reads manifests, asset manifests and templates; the format is aws-cdk's cloud-assembly-schema."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from workbench.assembly._fields import Fields, load
from workbench.assembly._warnings import read_warnings
from workbench.assembly.model import (
    AssemblyError,
    CloudAssembly,
    Environment,
    FileAsset,
    FileDestination,
    ImageAsset,
    Resource,
    Stack,
    Template,
)

_STACK = "aws:cloudformation:stack"
_ASSETS = "cdk:asset-manifest"
_NESTED = "cdk:cloud-assembly"


def read_assembly(directory: Path) -> CloudAssembly:
    """Read a cloud assembly and every assembly nested in it.

    Args:
        directory: What `cdk synth` wrote, for example `cdk.out`.

    Returns:
        The assembly, its stacks in deployment order.

    Raises:
        AssemblyError: If the directory is no cloud assembly, a file it names is missing, or stacks depend on each
            other in a circle.
    """
    stacks = {stack.id: stack for stack in _stacks(directory, stage="")}
    graph = {stack.id: [known for known in stack.dependencies if known in stacks] for stack in stacks.values()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssemblyError(f"stacks of {directory} depend on each other: {' → '.join(error.args[1])}") from error
    return CloudAssembly(directory, tuple(stacks[id_] for id_ in order))


def _stacks(directory: Path, stage: str) -> Iterator[Stack]:
    artifacts = load(directory / "manifest.json").objects("artifacts")
    for id_, artifact in artifacts.items():
        kind = artifact.text("type")
        if kind == _STACK:
            yield _stack(directory, stage, id_, artifact, artifacts)
        elif kind == _NESTED:
            properties = artifact.object("properties")
            nested = properties.optional_text("displayName") or id_
            yield from _stacks(directory / properties.text("directoryName"), nested)


def _stack(directory: Path, stage: str, id_: str, artifact: Fields, artifacts: dict[str, Fields]) -> Stack:
    properties = artifact.object("properties")
    files, images = _assets(directory, artifact, artifacts)
    return Stack(
        id=id_,
        name=properties.optional_text("stackName") or id_,
        display_name=artifact.optional_text("displayName") or id_,
        stage=stage,
        environment=_environment(artifact),
        template=_template(directory / properties.text("templateFile")),
        template_url=properties.optional_text("stackTemplateAssetObjectUrl"),
        dependencies=_stack_dependencies(artifact, artifacts),
        files=files,
        images=images,
        tags=properties.text_map("tags"),
        parameters=properties.text_map("parameters"),
        termination_protection=properties.flag("terminationProtection"),
        bootstrap_version=properties.optional_integer("requiresBootstrapStackVersion"),
        bootstrap_parameter=properties.optional_text("bootstrapStackVersionSsmParameter"),
        warnings=read_warnings(directory, artifact),
    )


def _stack_dependencies(artifact: Fields, artifacts: dict[str, Fields]) -> tuple[str, ...]:
    named = artifact.texts("dependencies")
    return tuple(id_ for id_ in named if id_ not in artifacts or artifacts[id_].text("type") == _STACK)


def _environment(artifact: Fields) -> Environment:
    text = artifact.text("environment")
    account, _, region = text.removeprefix("aws://").partition("/")
    if not text.startswith("aws://") or not region:
        raise AssemblyError(f"{artifact.file}: {artifact.at}/environment has to be aws://ACCOUNT/REGION, got {text!r}")
    return Environment(
        None if account == "unknown-account" else account, None if region == "unknown-region" else region
    )


def _assets(
    directory: Path, artifact: Fields, artifacts: dict[str, Fields]
) -> tuple[tuple[FileAsset, ...], tuple[ImageAsset, ...]]:
    files: list[FileAsset] = []
    images: list[ImageAsset] = []
    for id_ in artifact.texts("dependencies"):
        if id_ in artifacts and artifacts[id_].text("type") == _ASSETS:
            manifest = load(directory / artifacts[id_].object("properties").text("file"))
            files += [_file_asset(directory, name, asset) for name, asset in manifest.objects("files").items()]
            images += [_image_asset(directory, name, asset) for name, asset in manifest.objects("dockerImages").items()]
    return tuple(files), tuple(images)


def _file_asset(directory: Path, id_: str, asset: Fields) -> FileAsset:
    source = asset.object("source")
    path = directory / source.text("path")
    if not path.exists():
        raise AssemblyError(f"{asset.file}: the asset {path} is missing; synthesize again")
    return FileAsset(
        id=id_,
        display_name=asset.optional_text("displayName") or id_,
        source=path,
        is_directory=source.optional_text("packaging") == "zip",
        destinations=tuple(
            FileDestination(one.text("bucketName"), one.text("objectKey"), one.optional_text("region"))
            for one in asset.objects("destinations").values()
        ),
    )


def _image_asset(directory: Path, id_: str, asset: Fields) -> ImageAsset:
    source = asset.object("source")
    named = source.optional_text("directory")
    # The reader of the manifest looks from where the manifest is.
    path = (directory / named).resolve() if named else None
    if path is not None and not path.is_dir():
        raise AssemblyError(f"{asset.file}: the asset {path} is missing; synthesize again")
    return ImageAsset(
        id=id_,
        display_name=asset.optional_text("displayName") or id_,
        directory=path,
        dockerfile=source.optional_text("dockerFile") or "Dockerfile",
        tags=tuple(one.text("imageTag") for one in asset.objects("destinations").values()),
    )


def _template(file: Path) -> Template:
    body = load(file)
    resources = tuple(_resource(id_, resource) for id_, resource in body.objects("Resources").items())
    return Template(file, body.values, resources)


def _resource(logical_id: str, resource: Fields) -> Resource:
    return Resource(
        logical_id=logical_id,
        type=resource.text("Type"),
        properties=resource.object("Properties").values,
        depends_on=resource.texts("DependsOn"),
        deletion_policy=resource.optional_text("DeletionPolicy") or "Delete",
        update_replace_policy=resource.optional_text("UpdateReplacePolicy") or "Delete",
        construct_path=resource.object("Metadata").optional_text("aws:cdk:path") or "",
    )
