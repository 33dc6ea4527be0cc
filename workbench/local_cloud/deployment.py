"""What a deployment reports: events while it runs, and what is deployed when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class AssetPublished:
    """A file is in its bucket.

    Args:
        stack: Display name of the stack that needs it.
        asset: Display name of the asset.
        bytes: Size; 0 where the bucket already had it.
    """

    stack: str
    asset: str
    bytes: int


@dataclass(frozen=True)
class StackStarted:
    """A stack's deployment or deletion begins.

    Args:
        stack: Display name.
        operation: `create`, `update` or `delete`.
        resources: Number of resources the operation is about.
    """

    stack: str
    operation: str
    resources: int


@dataclass(frozen=True)
class ResourceChanged:
    """CloudFormation reports on a resource, or on the stack itself.

    Args:
        stack: Display name of the stack.
        logical_id: Logical id; the stack's name for the stack itself.
        type: CloudFormation type.
        status: For example `CREATE_COMPLETE`.
        reason: Why; empty where CloudFormation gives no reason.
    """

    stack: str
    logical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class StackFinished:
    """A stack's deployment or deletion ended well.

    Args:
        stack: Display name.
        outcome: `created`, `updated`, `unchanged` or `deleted`.
        seconds: How long it took.
    """

    stack: str
    outcome: str
    seconds: float


Event = AssetPublished | StackStarted | ResourceChanged | StackFinished
OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class DeployedResource:
    """A resource that exists.

    Args:
        logical_id: Logical id in the template.
        type: CloudFormation type.
        physical_id: What `Ref` returns.
        kind: `real` (works as in the service), `stand-in` (something simpler in its place), `record only` (noted, does
            nothing) or `emulated` (served by the emulator).
    """

    logical_id: str
    type: str
    physical_id: str
    kind: str


@dataclass(frozen=True)
class DeployedStack:
    """A stack that exists.

    Args:
        id: Artifact id in the assembly.
        name: Name in CloudFormation.
        display_name: Path in the construct tree.
        stack_id: ARN.
        account: Account it is in.
        region: Region it is in.
        outcome: `created`, `updated` or `unchanged`.
        outputs: Values of the template's outputs.
        resources: Its resources.
        seconds: How long the deployment took.
    """

    id: str
    name: str
    display_name: str
    stack_id: str
    account: str
    region: str
    outcome: str
    outputs: Mapping[str, str]
    resources: tuple[DeployedResource, ...]
    seconds: float


@dataclass(frozen=True)
class Deployment:
    """Everything that was deployed, in deployment order."""

    stacks: tuple[DeployedStack, ...]


class DeploymentError(WorkbenchError):
    """A stack could not be deployed or deleted.

    Args:
        message: Stack, resource, reason, and what became of the stack, in one line.
        stack: Display name of the stack.
        logical_id: The resource that failed first; empty where none did.
        reason: Its reason.
        detail: Every failure, one line each.
    """

    def __init__(self, message: str, *, stack: str, logical_id: str = "", reason: str = "", detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.stack = stack
        self.logical_id = logical_id
        self.reason = reason
