"""What a cloud assembly holds, as immutable objects."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError


class AssemblyError(WorkbenchError):
    """The directory is no cloud assembly, or holds something that cannot be read."""


@dataclass(frozen=True)
class Environment:
    """Where a stack goes.

    Args:
        account: Twelve digits, or None for a stack that is not bound to an account.
        region: For example `eu-central-1`, or None for a stack that is not bound to a region.
    """

    account: str | None
    region: str | None


@dataclass(frozen=True)
class FileDestination:
    """Where a file is published; both may hold `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}`.

    Args:
        bucket: Bucket name.
        key: Object key.
        region: Region of the bucket. Default: the stack's own.
    """

    bucket: str
    key: str
    region: str | None = None


@dataclass(frozen=True)
class FileAsset:
    """A file, or a directory to be zipped, that has to be in a bucket before its stack is deployed.

    Args:
        id: Id in the asset manifest.
        display_name: What a person calls it.
        source: The file or directory.
        is_directory: Whether the source has to be zipped.
        destinations: Where it goes.
    """

    id: str
    display_name: str
    source: Path
    is_directory: bool
    destinations: tuple[FileDestination, ...]


@dataclass(frozen=True)
class ImageAsset:
    """A container image that has to be built and pushed before its stack is deployed.

    Args:
        id: Id in the asset manifest.
        display_name: What a person calls it.
        directory: What it is built from. None: it is made by a command.
        dockerfile: Name of its Dockerfile in that directory.
        tags: Tags under which it is pushed; they stand in the addresses of the template.
    """

    id: str
    display_name: str
    directory: Path | None = None
    dockerfile: str = "Dockerfile"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Args:
        logical_id: Its key in the template.
        type: CloudFormation type.
        properties: As in the template, intrinsic functions unresolved.
        depends_on: Logical ids named by `DependsOn`.
        deletion_policy: `Delete` where the template names none.
        update_replace_policy: `Delete` where the template names none.
        construct_path: Path of the construct that made it; empty where the template does not say.
    """

    logical_id: str
    type: str
    properties: Mapping[str, object]
    depends_on: tuple[str, ...]
    deletion_policy: str
    update_replace_policy: str
    construct_path: str


@dataclass(frozen=True)
class Template:
    """A CloudFormation template.

    Args:
        path: The file.
        body: The whole template.
        resources: Its resources in the template's order.
    """

    path: Path
    body: Mapping[str, object]
    resources: tuple[Resource, ...]

    def of_type(self, type: str) -> tuple[Resource, ...]:
        """The resources of one CloudFormation type."""
        return tuple(resource for resource in self.resources if resource.type == type)


@dataclass(frozen=True)
class Stack:
    """A stack to deploy.

    Args:
        id: Artifact id, unique in the whole assembly.
        name: Name in CloudFormation.
        display_name: Path in the construct tree, for example `Local/State`.
        stage: Path of the stage it is in; empty at the top.
        environment: Account and region.
        template: What it consists of.
        template_url: Where the template is published, `s3://bucket/key`; None where it is not.
        dependencies: Ids of the stacks to deploy before it.
        files: Files to publish before it is deployed, the template among them.
        images: Container images to publish before it is deployed.
        tags: Stack-level tags.
        parameters: Values for the template's parameters.
        termination_protection: Whether deleting it has to be forced.
        bootstrap_version: Least version of the bootstrap stack it needs; None where it needs none.
        bootstrap_parameter: SSM parameter that holds the version; None where it is not looked up.
        warnings: What its constructs warned of during the synthesis.
    """

    id: str
    name: str
    display_name: str
    stage: str
    environment: Environment
    template: Template
    template_url: str | None
    dependencies: tuple[str, ...]
    files: tuple[FileAsset, ...]
    images: tuple[ImageAsset, ...]
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    termination_protection: bool
    bootstrap_version: int | None
    bootstrap_parameter: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CloudAssembly:
    """A cloud assembly with everything nested in it.

    Args:
        directory: The directory it was read from.
        stacks: Every stack, those of nested stages included, each after the stacks it depends on.
    """

    directory: Path
    stacks: tuple[Stack, ...]

    def select(self, patterns: Sequence[str], *, with_dependencies: bool = True) -> tuple[Stack, ...]:
        """The stacks a user means, and what they depend on, in deployment order.

        Args:
            patterns: Display names, names or ids of stacks, or a stage's path for all stacks in it; `*` and `?` match
                as in a shell.
            with_dependencies: Whether the stacks they depend on are selected, too.

        Raises:
            AssemblyError: If a pattern matches no stack.
        """
        wanted: set[str] = set()
        for pattern in patterns:
            matched = {stack.id for stack in self.stacks if _matches(stack, pattern)}
            if not matched:
                known = ", ".join(stack.display_name for stack in self.stacks)
                raise AssemblyError(f"no stack or stage is called {pattern!r}; the assembly has: {known}")
            wanted |= matched
        for stack in reversed(self.stacks):
            if with_dependencies and stack.id in wanted:
                wanted.update(stack.dependencies)
        return tuple(stack for stack in self.stacks if stack.id in wanted)


def _matches(stack: Stack, pattern: str) -> bool:
    names = (stack.id, stack.name, stack.display_name)
    in_stage = stack.stage == pattern or stack.stage.startswith(f"{pattern}/")
    return in_stage or any(fnmatch.fnmatchcase(name, pattern) for name in names)
